"""`docs/reference/modbus-map.md`, made from the register map.

`python -m inspectd.publish.register_page > docs/reference/modbus-map.md` writes it anew.
"""

import sys
from collections.abc import Iterable, Sequence

from inspectd.core.commands import CommandResult, LineCommand
from inspectd.core.handshake_rules import RESULT_SLOTS, LinkFault
from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    FLAG_BITS,
    INPUT,
    INPUT_WORDS,
    MAP_VERSION,
    MIRROR_ADDRESS,
    STATE_NAMES,
    STATUS_2_BITS,
    STATUS_BITS,
    Bits,
    LineFault,
    LineState,
    Register,
)

_HEAD = f"""\
# Modbus map, version {MAP_VERSION}

Made by `python -m inspectd.publish.register_page`; edit `inspectd/publish/register_map.py`.

Addresses are 0-based, as on the wire. A u32 takes two registers, the high word first unless
`plc.word_order` says otherwise; `word_order_check` shows which. The service answers functions 3,
4, 6 and 16 on the unit `plc.unit_id` and on 0 and 255.

- Input registers: function 4 at 0 to {INPUT_WORDS - 1}, and the same again by function 3 at
  {MIRROR_ADDRESS} to {MIRROR_ADDRESS + INPUT_WORDS - 1}. One read returns status and record
  together, and always a whole record.
- Control registers: functions 3, 6 and 16 at 0 to 9. The first client that writes owns them until
  it disconnects, or until its heartbeat has stopped and another client writes; the block is then
  zero again. Writes of others get exception 06.
"""

_LIMITS = """\
Counters, sizes and times stop at their greatest number; ids and sequences start again at 0 after
it. Registers that are not listed read 0.
"""

_EXCEPTIONS = """\
## What is refused, and how

| request | answer |
| --- | --- |
| function that is not served | exception 01 |
| register outside the map, or a write outside the control registers | exception 02 |
| 0 or more than 125 registers read, 0 or more than 123 written, byte count that does not fit | \
exception 03 |
| write by a client that is not the writer | exception 06 |
| write by a client whose certificate lacks `plc.tls.writer_role` | exception 01 |
| unit that is not served | exception 0B |
| protocol identifier that is not 0, length below 2 or above 254 | connection closed, no answer |
| one connection more than `plc.max_connections` | closed at once, unless a client other than the \
writer has asked nothing for 5 s: then that one is closed, and the new one stays |
| no whole request for 60 s | connection closed |
"""

_HANDSHAKE = f"""\
## Handshake

The states behind these bits are drawn in [The handshake's states](handshake.md).

1. The PLC raises TriggerEnable and counts `plc_heartbeat` up. TriggerReady rises once the service
   is ready, every camera is connected, a result slot is free and no overrun stands.
2. The PLC writes part id and lot id and raises Trigger. If TriggerReady was up, it drops, the
   acquisition id is set and TriggerAck rises. Otherwise MissedAcq rises, and the part's record
   will be NO-VERDICT. The PLC lowers Trigger; TriggerAck drops. MissedAcq stands until the next
   trigger that is taken, or ClearError.
3. ExposureComplete rises when the part may move on, and drops with the next trigger taken.
4. The record is written, InspectionCompleted flips and ResultsValid rises, in one step. The
   record stands until it is acknowledged.
5. The PLC compares both copies of the sequence and the part id, writes `ack_sequence` and raises
   ResultsAck. ResultsValid drops; the PLC lowers ResultsAck; the next record appears, or the
   record turns to 0 (no verdict). A ResultsAck with any other sequence, or while ResultsValid is
   down, changes nothing and is reported as error {LinkFault.ACK_MISMATCH}. No record appears
   while ResultsAck is up.
6. {RESULT_SLOTS} results are held. One more sets ResultsBufferOverrun; the oldest are kept, the
   new one is missing (a gap in `result_sequence`), and TriggerReady stays down until all held
   ones are acknowledged.
7. A heartbeat that stands still for `plc.watchdog_ms` drops TriggerReady and sets
   PlcWatchdogTripped; the next beat takes both back.
8. A bit that stands longer than `plc.handshake_timeout_ms` is reported as an error. Nothing is
   given up: a record waits for its acknowledgement for ever.
9. ExecuteCommand runs the command whose code stands in register 2, with the argument of register
   3. CommandExecuting is up while it lasts; then CommandCompleted or CommandFailed stands, with
   the code in `command_echo` and the result in `command_result`, until ExecuteCommand drops. A
   PLC that lowers ExecuteCommand earlier is not told how it ended; the command is carried out.
10. SetUserData asks whether part id and lot id have arrived: SetUserDataAck rises when the block
   that held it has been read, and drops with it. A PLC that writes its block in one request, as
   function 16 does, has no need of it. Trigger latches both ids either way.
11. Error {LineFault.VERIFICATION_FAILED:d} stands as long as nothing may pass for it. ClearError
   acknowledges a failed verification, once a good one has followed; before that it changes
   nothing, and the error comes back.
"""

_STATES = {
    LineState.PREOPERATIONAL: "the service starts: not every camera has been up yet",
    LineState.ERROR: "a camera or the journal has failed, or the service stops",
    LineState.INITIALIZED: "nothing is wrong, and parts are not taken: a changeover, a command "
    "that took the line offline, or an overrun whose results are not acknowledged yet",
    LineState.READY: "cameras and journal are well, and no part is being inspected",
    LineState.CONTINUOUS_EXECUTION: "at least one part is being inspected",
}

_FAULTS: dict[LineFault | LinkFault, str] = {
    LineFault.STATION_DOWN: "a station is down; the cause is its number in the settings, from 1",
    LineFault.JOURNAL_FAILED: "the journal has not stored a verdict",
    LineFault.VERIFICATION_FAILED: "a verification failed, or is due: nothing passes",
    LineFault.CALIBRATION_EXPIRED: "a calibration has expired: nothing passes",
    LineFault.CALIBRATION_MISMATCH: "a calibration is of another camera or AOI: nothing passes",
    LinkFault.ACK_MISMATCH: "ResultsAck without a record, or with another sequence",
    LinkFault.RESULT_NOT_ACKNOWLEDGED: "ResultsValid stood too long without ResultsAck",
    LinkFault.ACK_HELD: "ResultsAck was not lowered in time",
    LinkFault.TRIGGER_HELD: "Trigger was not lowered in time",
    LinkFault.RESULTS_OVERRUN: "a result found no free slot",
    LinkFault.COMMAND_HELD: "ExecuteCommand was not lowered in time after a command's end",
    LinkFault.USER_DATA_HELD: "SetUserData was not lowered in time",
}


_COMMANDS = {
    LineCommand.DEQUEUE_RESULT: "take the record that `ack_sequence` names off the registers, as "
    "ResultsAck does; the next one appears",
    LineCommand.PREPARE_RECIPE: "have the recipe of that number loaded, while parts go on",
    LineCommand.VERIFY: "the next parts are the gauge "
    "([verification](../how-to/verify-at-shift-start.md))",
    LineCommand.ACTIVATE_RECIPE: "change over to the recipe of that number, between two parts",
    LineCommand.GO_OFFLINE: "take no triggers until command 103; SetOffline is another reason",
    LineCommand.GO_ONLINE: "take back command 102",
    LineCommand.ACKNOWLEDGE_ERROR: "what ClearError does",
    LineCommand.RESET: "what ClearError does, and start stations that are down at once",
}

_RESULTS = {
    CommandResult.DONE: "none, or done",
    CommandResult.UNKNOWN_COMMAND: "no command has this code",
    CommandResult.NOT_POSSIBLE_NOW: "not possible now: the log, the page and `/readyz` say why",
    CommandResult.UNKNOWN_RECIPE: "the settings name no recipe of this number",
    CommandResult.FAILED: "it was tried and failed; what was before holds, or the line is not "
    "ready",
}


def page() -> str:
    """The whole page as Markdown."""
    parts = [
        _HEAD,
        _registers("Control registers, written by the PLC", CONTROL),
        _bits("Register 0, control", CONTROL_BITS),
        _registers("Input registers", INPUT),
        _bits("Register 3, status", STATUS_BITS),
        _bits("Register 4, status 2", STATUS_2_BITS),
        _bits("Register 27, flags", FLAG_BITS),
        _table(
            "Register 6, state",
            ("number", "name", "meaning"),
            ((f"{state:d}", STATE_NAMES[state], _STATES[state]) for state in LineState),
        ),
        _LIMITS,
        _HANDSHAKE,
        _table(
            "Commands (control registers 2 and 3)",
            ("code", "name", "argument", "meaning"),
            (
                (f"{command:d}", camel_case(command), _argument(command), _COMMANDS[command])
                for command in LineCommand
            ),
        ),
        "Codes below 100 are MVTec MERLIC's for the same thing.\n",
        _table(
            "Register 8, command result",
            ("number", "meaning"),
            ((f"{result:d}", _RESULTS[result]) for result in CommandResult),
        ),
        _table(
            "Error codes (registers 12 and 13)",
            ("code", "meaning"),
            ((f"{fault:d}", _FAULTS[fault]) for fault in (*LineFault, *LinkFault)),
        ),
        _EXCEPTIONS,
    ]
    return "\n".join(parts)


def camel_case(command: LineCommand) -> str:
    """Its name as PLC programs write it: `PrepareRecipe`."""
    return command.name.title().replace("_", "")


def _argument(command: LineCommand) -> str:
    with_recipe = (LineCommand.PREPARE_RECIPE, LineCommand.ACTIVATE_RECIPE)
    return "recipe number" if command in with_recipe else ""


def _registers(title: str, registers: Sequence[Register]) -> str:
    rows = (
        (_span(item.address, item.words), item.name, item.kind, item.unit, item.meaning)
        for item in registers
    )
    return _table(title, ("address", "name", "type", "unit", "meaning"), rows)


def _bits(title: str, bits: Sequence[Bits]) -> str:
    rows = ((_span(item.bit, item.width), item.name, item.meaning) for item in bits)
    return _table(title, ("bit", "name", "meaning"), rows)


def _span(first: int, count: int) -> str:
    return str(first) if count == 1 else f"{first}-{first + count - 1}"


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"## {title}", "", _row(head), _row(["---"] * len(head))]
    return "\n".join([*lines, *(_row(row) for row in rows), ""])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(page())
