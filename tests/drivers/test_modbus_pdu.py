"""Request PDUs byte by byte, against MODBUS Application Protocol V1.1b3."""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from inspectd_drivers.modbus_pdu import ExceptionCode, RequestRefusedError, answer
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersResponse,
    ReadInputRegistersResponse,
)


class Words:
    """Ten registers that remember what was written."""

    def __init__(self) -> None:
        self.words = list(range(100, 110))

    def read(self, function: int, address: int, count: int) -> bytes:
        del function
        if address + count > len(self.words):
            raise RequestRefusedError(ExceptionCode.ILLEGAL_DATA_ADDRESS)
        return struct.pack(f">{count}H", *self.words[address : address + count])

    def write(self, address: int, words: tuple[int, ...]) -> None:
        if address + len(words) > len(self.words):
            raise RequestRefusedError(ExceptionCode.ILLEGAL_DATA_ADDRESS)
        self.words[address : address + len(words)] = words


@pytest.mark.parametrize(
    ("request_hex", "response_hex"),
    [
        ("03 0001 0002", "03 04 0065 0066"),
        ("04 0000 0001", "04 02 0064"),
        ("06 0009 abcd", "06 0009 abcd"),
        ("10 0002 0002 04 0001 0002", "10 0002 0002"),
    ],
)
def test_a_request_is_answered_as_the_standard_writes_it(
    request_hex: str, response_hex: str
) -> None:
    assert answer(bytes.fromhex(request_hex), Words()) == bytes.fromhex(response_hex)


@pytest.mark.parametrize(
    ("request_hex", "response_hex"),
    [
        ("01 0000 0001", "81 01"),
        ("17 0000 0001 0000 0001 02 0000", "97 01"),
        ("2b 0e 01 00", "ab 01"),
        ("00", "80 01"),
        ("83 0000 0001", "83 01"),
        ("03 0000 0000", "83 03"),
        ("03 0000 007e", "83 03"),
        ("04 0000 ffff", "84 03"),
        ("03 0009 0002", "83 02"),
        ("04 ffff 0001", "84 02"),
        ("03", "83 03"),
        ("03 0000", "83 03"),
        ("03 0000 0001 00", "83 03"),
        ("06 000a 0000", "86 02"),
        ("06 0000", "86 03"),
        ("10 0000 0000 00", "90 03"),
        ("10 0000 0001 02 00", "90 03"),
        ("10 0000 0001 03 000000", "90 03"),
        ("10 0000 0002 02 0000", "90 03"),
        ("10 0009 0002 04 0000 0000", "90 02"),
    ],
)
def test_a_wrong_request_gets_the_exception_of_the_standard(
    request_hex: str, response_hex: str
) -> None:
    registers = Words()
    assert answer(bytes.fromhex(request_hex), registers) == bytes.fromhex(response_hex)
    assert registers.words == list(range(100, 110))


def test_the_longest_write_is_taken_and_one_more_is_not() -> None:
    registers = Words()
    registers.words = [0] * 200
    longest = struct.pack(">BHHB", 16, 0, 123, 246) + bytes(246)
    assert answer(longest, registers) == bytes.fromhex("10 0000 007b")
    one_more = struct.pack(">BHHB", 16, 0, 124, 248) + bytes(248)
    assert answer(one_more, registers) == bytes.fromhex("90 03")


@given(request=st.binary(min_size=1, max_size=253))
@example(request=bytes.fromhex("10 0000 0001 ff 0000"))
def test_any_bytes_get_one_answer_that_another_implementation_can_read(request: bytes) -> None:
    response = answer(request, Words())
    assert response[0] & 0x7F == request[0] & 0x7F
    assert len(response) <= 253
    if response[0] != 0x80:
        assert DecodePDU(is_server=False).decode(response) is not None


@given(address=st.integers(0, 9), words=st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=10))
def test_what_is_written_is_read_back(address: int, words: list[int]) -> None:
    registers = Words()
    count = min(len(words), 10 - address)
    data = struct.pack(f">{count}H", *words[:count])
    answer(struct.pack(">BHHB", 16, address, count, 2 * count) + data, registers)
    response = answer(struct.pack(">BHH", 3, address, count), registers)
    decoded = DecodePDU(is_server=False).decode(response)
    assert isinstance(decoded, ReadHoldingRegistersResponse | ReadInputRegistersResponse)
    assert list(decoded.registers) == words[:count]


@given(
    function=st.sampled_from([3, 4, 6, 16]),
    address=st.one_of(st.integers(0, 12), st.integers(0, 0xFFFF)),
    count=st.one_of(st.integers(0, 12), st.integers(0, 0xFFFF)),
    extra=st.integers(-3, 3),
)
def test_every_well_formed_and_nearly_well_formed_request_gets_the_code_of_the_standard(
    function: int, address: int, count: int, extra: int
) -> None:
    request = struct.pack(">BHH", function, address, count)
    data = bytes(2 * count % 256)
    if function == 16:
        request += bytes((len(data),)) + data
    request = request[: len(request) + extra] if extra < 0 else request + bytes(extra)
    most = 125 if function in (3, 4) else 123
    wanted = 1 if function == 6 else count
    if extra or (function != 6 and not 1 <= count <= most):
        expected = 3
    elif address + wanted > 10:
        expected = 2
    else:
        expected = 0
    response = answer(request, Words())
    assert response[0] == (function | 0x80 if expected else function)
    assert not expected or response[1] == expected
