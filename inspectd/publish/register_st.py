"""The register map as IEC 61131-3 Structured Text: declarations, decoding, and the handshake.

The declarations are made of the map's tables. The handshake itself, `handshake_block.st`, is
written by hand in the language's second edition without vendors' extensions: it knows registers
by their names and never by their place. Its loops are WHILE loops, since MATIEC (in OpenPLC and
Beremiz; commit 6bb2c33) leaves out the body of a FOR loop of one pass.
"""

from collections.abc import Iterator, Sequence
from importlib.resources import files

from inspectd import __version__
from inspectd.core.commands import LineCommand
from inspectd.core.verdict import Decision
from inspectd.publish.register_map import (
    BITS_OF,
    CONTROL,
    CONTROL_WORDS,
    INPUT,
    INPUT_WORDS,
    MAP_VERSION,
    MIRROR_ADDRESS,
    WORD_ORDER_CHECK,
    Bits,
    Register,
)

_TYPES = {"u16": "UINT", "u32": "UDINT"}
# Degraded and Simulated are bits of the status and of the record: ST tells names apart by no case,
# and a structure holds each name once.
_PREFIXES = {"flags": "Result"}

_HEAD = f"""\
(* inspectd {__version__}, register map version {MAP_VERSION}.
   Made by `inspectd plc map --format st`. IEC 61131-3, second edition; names are the map's.

   Read {INPUT_WORDS} input registers from 0 by function 4, or holding registers from
   {MIRROR_ADDRESS} by function 3, into an InspectdInputWords; call InspectdHandshake; write its
   OutputWords to the {CONTROL_WORDS} holding registers from 0 by function 16. *)
"""

_FUNCTIONS = """\
FUNCTION InspectdBit : BOOL
VAR_INPUT
    Raw : WORD;
    Place : INT;
END_VAR
InspectdBit := (SHR(Raw, Place) AND WORD#16#0001) = WORD#16#0001;
END_FUNCTION

FUNCTION InspectdSetBit : WORD
VAR_INPUT
    Raw : WORD;
    Place : INT;
    Value : BOOL;
END_VAR
IF Value THEN
    InspectdSetBit := Raw OR SHL(WORD#16#0001, Place);
ELSE
    InspectdSetBit := Raw;
END_IF;
END_FUNCTION

FUNCTION InspectdU32 : UDINT
VAR_INPUT
    First : WORD;
    Second : WORD;
    LowFirst : BOOL;
END_VAR
IF LowFirst THEN
    InspectdU32 := DWORD_TO_UDINT(SHL(WORD_TO_DWORD(Second), 16) OR WORD_TO_DWORD(First));
ELSE
    InspectdU32 := DWORD_TO_UDINT(SHL(WORD_TO_DWORD(First), 16) OR WORD_TO_DWORD(Second));
END_IF;
END_FUNCTION

FUNCTION InspectdHigh : WORD
VAR_INPUT
    Number : UDINT;
END_VAR
InspectdHigh := DWORD_TO_WORD(SHR(UDINT_TO_DWORD(Number), 16));
END_FUNCTION

FUNCTION InspectdLow : WORD
VAR_INPUT
    Number : UDINT;
END_VAR
InspectdLow := DWORD_TO_WORD(UDINT_TO_DWORD(Number) AND DWORD#16#0000FFFF);
END_FUNCTION
"""


def structured_text() -> str:
    """The whole file."""
    parts = [_HEAD, _types(), _FUNCTIONS, _decode(), _encode(), _handshake()]
    return "\n".join(parts)


def _types() -> str:
    """One type a block: TwinCAT takes no more."""
    types = (
        [f"    InspectdInputWords : ARRAY [0..{INPUT_WORDS - 1}] OF WORD;"],
        [f"    InspectdControlWords : ARRAY [0..{CONTROL_WORDS - 1}] OF WORD;"],
        _structure("InspectdInput", INPUT),
        _structure("InspectdControl", CONTROL),
    )
    return "\n".join("\n".join(("TYPE", *lines, "END_TYPE\n")) for lines in types)


def _structure(name: str, registers: Sequence[Register]) -> Iterator[str]:
    yield f"    {name} : STRUCT"
    for register in registers:
        if register.name in BITS_OF:
            for field in BITS_OF[register.name]:
                kind = "BOOL" if field.width == 1 else "UINT"
                yield f"        {_bit_name(register, field)} : {kind}; (* {field.meaning} *)"
        else:
            unit = f", {register.unit}" if register.unit else ""
            kind = _TYPES[register.kind]
            yield f"        {register.name} : {kind}; (* {register.meaning}{unit} *)"
    yield "    END_STRUCT;"


def _decode() -> str:
    low, high = WORD_ORDER_CHECK & 0xFFFF, WORD_ORDER_CHECK >> 16
    check = next(register for register in INPUT if register.name == "word_order_check")
    version = next(register for register in INPUT if register.name == "map_version")
    words = [f"InputWords[{check.address + place}]" for place in range(check.words)]
    lines = [
        "FUNCTION_BLOCK InspectdDecode",
        "VAR_INPUT\n    InputWords : InspectdInputWords;\nEND_VAR",
        "VAR_OUTPUT",
        "    MapRight : BOOL; (* FALSE: another version, or not inspectd: nothing is decoded *)",
        "    LowFirst : BOOL; (* as plc.word_order says; found by word_order_check *)",
        "    Decoded : InspectdInput;",
        "END_VAR",
        f"LowFirst := {words[0]} = WORD#16#{low:04X};",
        f"MapRight := WORD_TO_UINT(InputWords[{version.address}]) = {MAP_VERSION}",
        f"    AND InspectdU32({words[0]}, {words[1]}, LowFirst) = UDINT#16#{high:04X}{low:04X};",
        "IF MapRight THEN",
        *(f"    {line}" for register in INPUT for line in _decoded(register)),
        "END_IF;",
        "END_FUNCTION_BLOCK\n",
    ]
    return "\n".join(lines)


def _decoded(register: Register) -> Iterator[str]:
    raw = f"InputWords[{register.address}]"
    if register.name in BITS_OF:
        for field in BITS_OF[register.name]:
            value = f"InspectdBit({raw}, {field.bit})"
            if field.width > 1:
                mask = (1 << field.width) - 1
                value = f"WORD_TO_UINT(SHR({raw}, {field.bit}) AND WORD#16#{mask:04X})"
            yield f"Decoded.{_bit_name(register, field)} := {value};"
    elif register.kind == "u16":
        yield f"Decoded.{register.name} := WORD_TO_UINT({raw});"
    else:
        pair = f"{raw}, InputWords[{register.address + 1}]"
        yield f"Decoded.{register.name} := InspectdU32({pair}, LowFirst);"


def _encode() -> str:
    lines = [
        "FUNCTION_BLOCK InspectdEncode",
        "VAR_INPUT\n    Control : InspectdControl;\n    LowFirst : BOOL;\nEND_VAR",
        "VAR_OUTPUT\n    Words : InspectdControlWords;\nEND_VAR",
        *(line for register in CONTROL for line in _encoded(register)),
        "END_FUNCTION_BLOCK\n",
    ]
    return "\n".join(lines)


def _encoded(register: Register) -> Iterator[str]:
    first, second = f"Words[{register.address}]", f"Words[{register.address + 1}]"
    if register.name in BITS_OF:
        yield f"{first} := WORD#16#0000;"
        for field in BITS_OF[register.name]:
            bit = f"Control.{_bit_name(register, field)}"
            yield f"{first} := InspectdSetBit({first}, {field.bit}, {bit});"
    elif register.kind == "u16":
        yield f"{first} := UINT_TO_WORD(Control.{register.name});"
    else:
        high, low = (f"Inspectd{half}(Control.{register.name})" for half in ("High", "Low"))
        yield f"IF LowFirst THEN {first} := {low}; {second} := {high};"
        yield f"ELSE {first} := {high}; {second} := {low}; END_IF;"


def _handshake() -> str:
    written = files("inspectd.publish").joinpath("handshake_block.st").read_text("utf-8")
    constants = (
        f"    VerdictPass : UINT := {Decision.PASS:d};",
        f"    CommandActivateRecipe : UINT := {LineCommand.ACTIVATE_RECIPE:d};",
    )
    return written.replace("(*CONSTANTS*)", "\n".join(constants))


def _bit_name(register: Register, field: Bits) -> str:
    return _PREFIXES.get(register.name, "") + field.name
