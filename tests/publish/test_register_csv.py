"""The map as CSV: what a tag import reads."""

import csv
import io

from inspectd.publish.register_csv import HEAD, csv_text
from inspectd.publish.register_map import CONTROL, CONTROL_BITS, INPUT, STATUS_BITS


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text(), newline="")))


def test_every_register_has_one_row_with_its_place() -> None:
    found = {
        (row["block"], row["name"]): (int(row["address"]), int(row["width"]), row["type"])
        for row in rows()
        if not row["bit"]
    }
    expected = {("input", r.name): (r.address, 16 * r.words, r.kind) for r in INPUT}
    expected |= {("control", r.name): (r.address, 16 * r.words, r.kind) for r in CONTROL}
    assert found == expected


def test_bits_follow_their_register() -> None:
    found = [(row["name"], int(row["bit"])) for row in rows() if row["bit"]]
    for bit in (*CONTROL_BITS, *STATUS_BITS):
        assert (bit.name, bit.bit) in found


def test_the_mirror_is_where_function_3_reads_the_same() -> None:
    verdict = next(row for row in rows() if row["name"] == "verdict")
    assert (verdict["function"], verdict["address"], verdict["mirror"]) == ("4", "26", "1026")


def test_every_row_is_as_long_as_the_head() -> None:
    assert {len(row) for row in csv.reader(io.StringIO(csv_text()))} == {len(HEAD)}
