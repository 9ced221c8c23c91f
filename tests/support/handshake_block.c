/* Runs the PLC's function block InspectdHandshake, which MATIEC has made C of: one scan a line.
   In: Fresh Connected NowMs Enable Start PartId LotId Recipe Changeover, then the input words.
   Out: numbers as printed below, then the words to write. */
#include <stdio.h>
#include "POUS.h"
#include "POUS.c"

TIME __CURRENT_TIME;
BOOL __DEBUG;

static unsigned number(void) {
    unsigned value;
    if (scanf("%u", &value) != 1) {
        exit(0);
    }
    return value;
}

#define GIVE(name) __SET_VAR(block., name, , number())
#define TELL(name) printf("%u ", (unsigned)__GET_VAR(block.name, ))
#define MEMBERS(field) (sizeof field.value.table / sizeof field.value.table[0])

int main(void) {
    static INSPECTDHANDSHAKE block;
    INSPECTDHANDSHAKE_init__(&block, 0);
    for (;;) {
        GIVE(FRESH); GIVE(CONNECTED); GIVE(NOWMS); GIVE(ENABLE); GIVE(START);
        GIVE(PARTID); GIVE(LOTID); GIVE(RECIPE); GIVE(CHANGEOVER);
        for (size_t i = 0; i < MEMBERS(block.INPUTWORDS); i++) {
            block.INPUTWORDS.value.table[i] = number();
        }
        INSPECTDHANDSHAKE_body__(&block);
        TELL(READY); TELL(ANSWERED); TELL(ANSWEREDPART); TELL(PASS); TELL(REJECT); TELL(REASON);
        TELL(REJECTPREVIOUS); TELL(WAITINGPARTS); TELL(MAPWRONG); TELL(VISIONALIVE);
        TELL(TRIGGERTIMEOUT); TELL(ACKTIMEOUT); TELL(COMMANDDONE); TELL(COMMANDFAILED);
        for (size_t i = 0; i < MEMBERS(block.OUTPUTWORDS); i++) {
            printf("%u ", (unsigned)block.OUTPUTWORDS.value.table[i]);
        }
        printf("\n");
        fflush(stdout);
    }
}
