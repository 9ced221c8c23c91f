"""The register map as CSV, for a PLC's tag import or a spreadsheet: one row a number or bit."""

import csv
import io
from collections.abc import Iterator, Sequence

from inspectd.publish.register_map import BITS_OF, CONTROL, INPUT, MIRROR_ADDRESS, Register

HEAD = (
    "block",
    "access",
    "function",
    "address",
    "mirror",
    "bit",
    "width",
    "name",
    "type",
    "unit",
    "meaning",
)


def csv_text() -> str:
    """The whole table, RFC 4180.

    `address` is 0-based, for `function`; `mirror` is where function 3 reads the same. A row with
    a `bit` is `width` bits of the register whose row stands before it.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    writer.writerows(_rows("control", "write", "3/6/16", CONTROL))
    writer.writerows(_rows("input", "read", "4", INPUT))
    return out.getvalue()


def _rows(
    block: str, access: str, function: str, registers: Sequence[Register]
) -> Iterator[tuple[str | int, ...]]:
    for register in registers:
        mirror = MIRROR_ADDRESS + register.address if block == "input" else ""
        place = (block, access, function, register.address, mirror)
        yield (
            *place,
            "",
            16 * register.words,
            register.name,
            register.kind,
            register.unit,
            register.meaning,
        )
        for field in BITS_OF.get(register.name, ()):
            kind = "bool" if field.width == 1 else "bits"
            yield (*place, field.bit, field.width, field.name, kind, "", field.meaning)
