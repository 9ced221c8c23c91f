"""Two blocks, one writer."""

from collections.abc import Callable

import pytest
from inspectd_drivers.modbus_bank import RegisterBank
from inspectd_drivers.modbus_pdu import ExceptionCode, RequestRefusedError

FIRST, SECOND = object(), object()


class Log:
    """Remembers what the bank said."""

    def __init__(self) -> None:
        self.said: list[tuple[int, ...] | str] = []

    def control_written(self, words: tuple[int, ...]) -> None:
        self.said.append(words)

    def writer_lost(self) -> None:
        self.said.append("lost")


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def bank(log: Log) -> RegisterBank:
    bank = RegisterBank(log, control_words=4, mirror_address=1000)
    bank.publish((1, 2, 3))
    return bank


def refused(call: Callable[[], object]) -> ExceptionCode:
    with pytest.raises(RequestRefusedError) as caught:
        call()
    return caught.value.code


def test_input_registers_read_the_same_at_the_mirror(bank: RegisterBank) -> None:
    assert bank.read(4, 0, 3) == bank.read(3, 1000, 3) == bytes.fromhex("000100020003")


def test_control_registers_read_back_what_was_written(bank: RegisterBank) -> None:
    bank.write(FIRST, 1, (7, 8))
    assert bank.read(3, 0, 4) == bytes.fromhex("0000 0007 0008 0000")


@pytest.mark.parametrize(
    ("function", "address", "count"),
    [(4, 3, 1), (4, 0, 4), (4, 1000, 1), (3, 4, 1), (3, 0, 5), (3, 999, 2), (3, 1003, 1)],
)
def test_a_register_that_does_not_exist_is_an_illegal_address(
    bank: RegisterBank, function: int, address: int, count: int
) -> None:
    assert refused(lambda: bank.read(function, address, count)) == 2


@pytest.mark.parametrize("address", [3, 4, 1000, 65_535])
def test_a_write_beyond_the_control_block_is_an_illegal_address(
    bank: RegisterBank, log: Log, address: int
) -> None:
    assert refused(lambda: bank.write(FIRST, address, (1, 1))) == 2
    assert log.said == []
    assert not bank.has_writer


def test_the_first_that_writes_owns_the_block(bank: RegisterBank, log: Log) -> None:
    bank.write(FIRST, 0, (1,))
    assert refused(lambda: bank.write(SECOND, 0, (2,))) is ExceptionCode.SERVER_DEVICE_BUSY
    assert bank.foreign_writes == 1
    assert log.said == [(1, 0, 0, 0)]


def test_when_the_writer_leaves_its_bits_are_gone_and_another_may_write(
    bank: RegisterBank, log: Log
) -> None:
    bank.write(FIRST, 0, (1,))
    bank.leave(FIRST)
    assert bank.read(3, 0, 1) == bytes(2)
    bank.write(SECOND, 1, (2,))
    assert log.said == [(1, 0, 0, 0), "lost", (0, 2, 0, 0)]


def test_a_reader_that_leaves_changes_nothing(bank: RegisterBank, log: Log) -> None:
    bank.write(FIRST, 0, (1,))
    bank.leave(SECOND)
    assert bank.has_writer
    assert "lost" not in log.said


def test_a_silent_writer_can_be_replaced_and_the_new_one_starts_from_zero(
    bank: RegisterBank, log: Log
) -> None:
    bank.write(FIRST, 0, (1,))
    bank.release_writer()
    bank.write(SECOND, 1, (2,))
    assert log.said[1:] == ["lost", (0, 2, 0, 0)]
    assert refused(lambda: bank.write(FIRST, 0, (1,))) is ExceptionCode.SERVER_DEVICE_BUSY


def test_a_silent_writer_that_writes_again_keeps_the_block(bank: RegisterBank, log: Log) -> None:
    bank.write(FIRST, 0, (1,))
    bank.release_writer()
    bank.write(FIRST, 1, (2,))
    assert refused(lambda: bank.write(SECOND, 0, (2,))) is ExceptionCode.SERVER_DEVICE_BUSY
    assert log.said == [(1, 0, 0, 0), (1, 2, 0, 0)]
