"""What a verdict and a status look like in registers."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.handshake_rules import Control, Handshake
from inspectd.core.verdict import Decision, Provenance, Verdict
from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    FLAG_BITS,
    INPUT,
    STATUS_2_BITS,
    STATUS_BITS,
    decode,
    encode,
    pack_bits,
    unpack_bits,
)
from inspectd.publish.register_values import (
    LineStatus,
    Values,
    decode_control,
    result_values,
    status_values,
)

MakeVerdict = Callable[..., Verdict]
READY = LineStatus(ready=True, online=True, camera_connected=True, state_number=6)


def handshake() -> Handshake[Values]:
    return Handshake(watchdog_ns=1000, timeout_ns=1000)


def flags(values: Values) -> Values:
    return unpack_bits(FLAG_BITS, values["flags"])


def shown(status: LineStatus, link: Handshake[Values]) -> Values:
    """Registers 0 to 17 after a trip through words."""
    values = status_values(status, link, heartbeat=70_000, acquisition_id=2**32 + 5)
    return decode(INPUT, encode(INPUT, values, "high_first"), "high_first")


def bits(status: LineStatus, link: Handshake[Values]) -> Values:
    values = shown(status, link)
    return unpack_bits(STATUS_BITS, values["status"]) | unpack_bits(
        STATUS_2_BITS, values["status_2"]
    )


def test_a_record_says_what_the_verdict_says(make_verdict: MakeVerdict) -> None:
    values = result_values(make_verdict(sequence=70_001, acquisition_id=70_002), 12.34)
    assert values == {
        "result_sequence": 70_001,
        "result_sequence_copy": 70_001,
        "result_acquisition_id": 70_002,
        "result_part_id": 7,
        "verdict": 2,
        "flags": pack_bits(FLAG_BITS, {"Simulated": 1}),
        "defects": 1,
        "scratches": 0,
        "dents": 1,
        "stains": 0,
        "worst_length": 3500,
        "worst_area": 8000,
        "processing_time": 123,
        "recipe_used": make_verdict().provenance.recipe_number,
    }


def test_defects_are_counted_by_kind_and_the_worst_of_all_is_given(
    make_verdict: MakeVerdict,
) -> None:
    (dent,) = make_verdict().defects
    defects = (
        dent,
        replace(dent, kind=DefectKind.SCRATCH, length_mm=9.0004, area_mm2=0.5),
        replace(dent, kind=DefectKind.STAIN, length_mm=1.0, area_mm2=20.0),
        replace(dent, kind=DefectKind.OTHER),
    )
    values = result_values(make_verdict(defects=defects), 0.0)
    counts = [values[name] for name in ("defects", "scratches", "dents", "stains")]
    assert counts == [4, 1, 1, 1]
    assert (values["worst_length"], values["worst_area"]) == (9000, 20_000)


def test_a_part_without_defects_has_no_sizes(make_verdict: MakeVerdict) -> None:
    values = result_values(make_verdict(defects=(), decision=Decision.PASS), 0.0)
    assert [values[name] for name in ("defects", "worst_length", "worst_area")] == [0, 0, 0]
    assert values["verdict"] == 1


def test_a_decision_that_was_never_made_is_no_verdict(make_verdict: MakeVerdict) -> None:
    assert result_values(make_verdict(decision=Decision.NONE), 0.0)["verdict"] == 4


@pytest.mark.parametrize(
    ("field", "flag"),
    [
        ("late", "Late"),
        ("degraded", "Degraded"),
        ("simulated", "Simulated"),
        ("truncated", "Truncated"),
    ],
)
def test_a_flag_of_the_verdict_is_a_flag_of_the_record(
    make_verdict: MakeVerdict, field: str, flag: str
) -> None:
    clear: dict[str, Any] = dict.fromkeys(("late", "degraded", "simulated", "truncated"), False)
    assert not any(flags(result_values(make_verdict(**clear), 0.0)).values())
    raised = flags(result_values(make_verdict(**clear | {field: True}), 0.0))
    assert [name for name, up in raised.items() if up] == [flag]


@pytest.mark.parametrize("length_mm", [4_294_968.0, 1e300, math.inf, math.nan])
def test_a_size_beyond_its_register_stops_at_the_limit_and_says_so(
    make_verdict: MakeVerdict, length_mm: float
) -> None:
    (dent,) = make_verdict().defects
    defects = (dent, replace(dent, length_mm=length_mm))
    values = result_values(make_verdict(defects=defects), 0.0)
    assert flags(values)["Truncated"]
    words = encode(INPUT, values, "high_first")
    assert decode(INPUT, words, "high_first")["worst_length"] == 0xFFFF_FFFF


def test_more_defects_than_a_register_counts_stop_at_the_limit_and_say_so(
    make_verdict: MakeVerdict,
) -> None:
    values = result_values(make_verdict(defects=make_verdict().defects * 65_536), 0.0)
    assert flags(values)["Truncated"]
    assert decode(INPUT, encode(INPUT, values, "high_first"), "high_first")["dents"] == 65_535


@given(
    sizes=st.lists(st.tuples(st.floats(), st.floats()), max_size=5),
    processing_ms=st.floats(),
    number=st.integers(0, 2**70),
    decision=st.sampled_from(Decision),
    truncated=st.booleans(),
)
def test_any_verdict_makes_a_record_that_fits_or_says_truncated(
    sizes: list[tuple[float, float]],
    processing_ms: float,
    number: int,
    decision: Decision,
    truncated: bool,
) -> None:
    defects = tuple(_defect(length_mm, area_mm2) for length_mm, area_mm2 in sizes)
    verdict = _verdict(number, decision, defects, truncated=truncated)
    values = result_values(verdict, processing_ms)
    read = decode(INPUT, encode(INPUT, values, "low_first"), "low_first")
    assert read["result_sequence"] == read["result_sequence_copy"] == number % 2**32
    assert read["verdict"] == (int(decision) or Decision.NO_VERDICT)
    changed = {name for name in values if read[name] != values[name] and values[name] > read[name]}
    assert bool(flags(read)["Truncated"]) == (truncated or bool(changed))


def test_a_service_that_has_just_begun_promises_nothing() -> None:
    up = {name for name, value in bits(LineStatus(), handshake()).items() if value}
    assert up == {"OfflineReason"}
    values = shown(LineStatus(), handshake())
    assert (values["state"], values["free_slots"], values["verdict"]) == (1, 8, 0)
    assert (values["map_version"], values["word_order_check"]) == (1, 0x0102_0304)


def test_counters_of_life_and_ids_start_again_after_the_greatest_number() -> None:
    values = shown(READY, handshake())
    assert values["vision_heartbeat"] == 70_000 - 0x1_0000
    assert values["acquisition_id"] == 5


def test_every_bit_of_the_status_has_its_place() -> None:
    names = ("busy", "degraded", "simulated", "camera_connected", "outbox_backlog")
    places = ("SystemBusy", "Degraded", "Simulated", "CameraConnected", "OutboxBacklog")
    for name, place in zip(names, places, strict=True):
        status = LineStatus(online=True, **{name: True})
        up = [bit for bit, value in bits(status, handshake()).items() if value]
        assert up == sorted((place, "Online"), key=list(bits(status, handshake())).index)


def test_the_first_error_is_shown_with_its_cause() -> None:
    link = handshake()
    link.fault(70_000, 3, 1)
    values = shown(READY, link)
    assert (values["error_code"], values["error_cause"]) == (70_000, 3)
    assert bits(READY, link)["Error"]


def test_offline_says_whose_wish_it_is() -> None:
    link = handshake()
    link.write(Control(set_offline=True), 1)
    assert (bits(READY, link)["OfflineReason"], bits(READY, link)["Online"]) == (3, 0)
    link.write(Control(), 2)
    assert (bits(READY, link)["OfflineReason"], bits(READY, link)["Online"]) == (0, 1)
    assert bits(LineStatus(), link)["OfflineReason"] == 1


def test_an_overrun_leaves_ready() -> None:
    link = handshake()
    for number in range(9):
        link.offer(number, {}, 1)
    assert shown(READY, link)["state"] == 5
    assert bits(READY, link)["ResultsBufferOverrun"]
    assert shown(replace(READY, state_number=3), link)["state"] == 3


def test_job_pass_is_up_only_over_a_pass_record() -> None:
    for decision in Decision:
        link = handshake()
        link.offer(1, {"verdict": int(decision)}, 1)
        assert bits(READY, link)["JobPass"] == (decision is Decision.PASS)
    assert not bits(READY, handshake())["JobPass"]


def test_a_command_is_refused_with_its_code_until_execute_drops() -> None:
    link = handshake()
    link.write(Control(execute_command=True, command_code=4), 1)
    values = shown(READY, link)
    assert (values["command_echo"], values["command_result"]) == (4, 1)
    assert bits(READY, link)["CommandFailed"]
    link.write(Control(command_code=4), 2)
    assert shown(READY, link)["command_result"] == 0
    assert not bits(READY, link)["CommandFailed"]


@pytest.mark.parametrize(
    ("bit", "field"),
    [
        ("TriggerEnable", "trigger_enable"),
        ("Trigger", "trigger"),
        ("ResultsAck", "results_ack"),
        ("ExecuteCommand", "execute_command"),
        ("SetOffline", "set_offline"),
        ("ClearError", "clear_error"),
    ],
)
def test_a_control_bit_is_read_from_its_place(bit: str, field: str) -> None:
    word = pack_bits(CONTROL_BITS, {bit: 1})
    control = decode_control(encode(CONTROL, {"control": word}, "high_first"), "high_first")
    assert control == replace(Control(), **{field: True})


def test_numbers_of_the_control_block_are_read_in_either_word_order() -> None:
    values = {
        "plc_heartbeat": 1,
        "command_code": 2,
        "part_id": 70_003,
        "lot_id": 70_004,
        "ack_sequence": 70_005,
    }
    for encoded, read in product(("high_first", "low_first"), repeat=2):
        control = decode_control(encode(CONTROL, values, encoded), read)  # type: ignore[arg-type]  # literals lost in product
        assert (control.part_id == 70_003) == (encoded == read)
        assert (control.heartbeat, control.command_code) == (1, 2)


def _defect(length_mm: float, area_mm2: float) -> Defect:
    numbers: dict[str, Any] = {
        "width_mm": 0.0,
        "diameter_mm": 0.0,
        "uncertainty_mm": 0.0,
        "contrast": 0.0,
    }
    return Defect(
        kind=DefectKind.DENT,
        length_mm=length_mm,
        area_mm2=area_mm2,
        area_uncertainty_mm2=0.0,
        depth_mm=None,
        shot="main",
        contour_mm=(),
        contour_px=(),
        **numbers,
    )


def _verdict(
    number: int, decision: Decision, defects: tuple[Defect, ...], *, truncated: bool
) -> Verdict:
    return Verdict(
        boot_id="boot",
        sequence=number,
        acquisition_id=number,
        part_id=number,
        lot_id=0,
        decision=decision,
        reasons=(),
        defects=defects,
        late=False,
        degraded=False,
        simulated=False,
        truncated=truncated,
        created_at="",
        received_ns=0,
        vision_ms=0.0,
        stages_ms={},
        provenance=Provenance("0", "default", 1, "", {}, {}),
    )
