"""The register table, and numbers to words and back."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    CONTROL_WORDS,
    FLAG_BITS,
    INPUT,
    INPUT_WORDS,
    STATUS_2_BITS,
    STATUS_BITS,
    Bits,
    Register,
    WordOrder,
    decode,
    encode,
    pack_bits,
    unpack_bits,
)

orders = st.sampled_from(["high_first", "low_first"])
tables = pytest.mark.parametrize("registers", [CONTROL, INPUT], ids=["control", "input"])
words_of_bits = pytest.mark.parametrize(
    "bits", [CONTROL_BITS, STATUS_BITS, STATUS_2_BITS, FLAG_BITS]
)


@tables
def test_registers_stand_in_order_and_do_not_overlap(registers: tuple[Register, ...]) -> None:
    for before, after in pairwise(registers):
        assert before.address + before.words <= after.address


@words_of_bits
def test_bits_stand_in_order_and_do_not_overlap(bits: tuple[Bits, ...]) -> None:
    for before, after in pairwise(bits):
        assert before.bit + before.width <= after.bit
    assert bits[-1].bit + bits[-1].width <= 16


@pytest.mark.parametrize("names", [CONTROL, INPUT, CONTROL_BITS, STATUS_BITS, STATUS_2_BITS])
def test_a_name_stands_once(names: tuple[Register | Bits, ...]) -> None:
    assert len({item.name for item in names}) == len(names)


def test_the_contract_s_addresses_are_kept() -> None:
    places = {register.name: register.address for register in (*INPUT, *CONTROL)}
    contract = {
        "plc_heartbeat": 1,
        "part_id": 4,
        "lot_id": 6,
        "ack_sequence": 8,
        "word_order_check": 1,
        "status": 3,
        "vision_heartbeat": 5,
        "error_code": 12,
        "acquisition_id": 15,
        "result_sequence": 20,
        "result_part_id": 24,
        "verdict": 26,
        "worst_length": 32,
        "result_sequence_copy": 38,
        "triggers": 50,
        "missed": 60,
    }
    assert {name: places[name] for name in contract} == contract


def test_status_and_record_fit_into_one_read() -> None:
    assert INPUT_WORDS == 62
    assert CONTROL_WORDS == 10


def test_the_high_word_stands_first_unless_settings_say_otherwise() -> None:
    values = {"word_order_check": 0x0102_0304}
    assert encode(INPUT, values, "high_first")[1:3] == (0x0102, 0x0304)
    assert encode(INPUT, values, "low_first")[1:3] == (0x0304, 0x0102)


def test_what_is_not_named_is_zero() -> None:
    assert encode(INPUT, {}, "high_first") == (0,) * INPUT_WORDS


@tables
@given(data=st.data(), order=orders)
def test_numbers_come_back_as_they_were(
    registers: tuple[Register, ...], data: st.DataObject, order: WordOrder
) -> None:
    values = {item.name: data.draw(st.integers(0, item.limit)) for item in registers}
    assert decode(registers, encode(registers, values, order), order) == values


@tables
@given(number=st.integers(), order=orders)
def test_a_number_out_of_range_stops_at_the_limit(
    registers: tuple[Register, ...], number: int, order: WordOrder
) -> None:
    words = encode(registers, {item.name: number for item in registers}, order)
    assert all(0 <= word <= 0xFFFF for word in words)
    for item in registers:
        expected = min(max(number, 0), item.limit)
        assert decode(registers, words, order)[item.name] == expected


@words_of_bits
@given(word=st.integers(0, 0xFFFF))
def test_bits_come_back_as_they_were(bits: tuple[Bits, ...], word: int) -> None:
    used = pack_bits(bits, {item.name: 0xFFFF for item in bits})
    assert pack_bits(bits, unpack_bits(bits, word)) == word & used
