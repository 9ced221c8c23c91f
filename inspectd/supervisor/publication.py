"""A committed verdict on its way out: the PLC first, then everybody else."""

import time
from collections import deque
from collections.abc import Callable

import structlog

from inspectd.core.gate import GateRules
from inspectd.core.messages import Preview
from inspectd.core.verdict import Decision, Verdict
from inspectd.observe.metrics import Metrics
from inspectd.publish.mqtt import MqttPublisher
from inspectd.publish.plc import PlcLink
from inspectd.supervisor.gate import Gate
from inspectd.supervisor.outputs import DigitalOutputs
from inspectd.web.board import Board

_NAMED_PARTS = 10

log = structlog.get_logger("verdict")


class Publication:
    """Hands each verdict to the PLC and the lines, then to broker, metrics, page and log."""

    def __init__(
        self,
        plc: PlcLink,
        mqtt: MqttPublisher,
        metrics: Metrics,
        board: Board,
        *,
        now_ns: Callable[[], int] = time.monotonic_ns,
        outputs: DigitalOutputs | None = None,
        gate: GateRules | None = None,
        deadline_ms: float | None = None,
    ) -> None:
        self._deadline_ns = None if deadline_ms is None else deadline_ms * 1e6
        self._outputs = outputs
        self._now_ns = now_ns
        self._gate = None if gate is None else Gate(gate, plc.at_gate, now_ns)
        self.decisions: dict[Decision, int] = dict.fromkeys(Decision, 0)
        self._overruns = 0
        self._overrun_parts: deque[int] = deque(maxlen=_NAMED_PARTS)
        self._plc = plc
        self._mqtt = mqtt
        self._metrics = metrics
        self._board = board

    def publish(self, verdict: Verdict, triggered_ns: int) -> None:
        """Make one committed verdict known, the reject gate first.

        `triggered_ns`: CLOCK_MONOTONIC of the part's trigger.
        """
        readable = self._plc.publish(verdict, self._age_ms(verdict))
        latency_ms = self._age_ms(verdict)
        if self._outputs is not None:
            self._outputs.show(verdict)
        if not readable:
            self._overruns += 1
            self._overrun_parts.append(verdict.part_id)
        self.decisions[verdict.decision] += 1
        if self._gate is not None:
            self._gate.told(verdict, triggered_ns)
        try:
            self._tell(verdict, latency_ms, self._slack(triggered_ns))
        except Exception:  # the PLC has its answer, and the next part must get its own
            log.exception("verdict_not_told", sequence=verdict.sequence)
        log.info(
            "verdict",
            boot_id=verdict.boot_id,
            sequence=verdict.sequence,
            acquisition_id=verdict.acquisition_id,
            part_id=verdict.part_id,
            decision=verdict.decision.name,
            reasons=[reason.code.value for reason in verdict.reasons],
            latency_ms=round(latency_ms, 3),
            vision_ms=round(verdict.vision_ms, 3),
            in_plc_record=readable,
        )

    def _tell(self, verdict: Verdict, latency_ms: float, slack: float | None) -> None:
        self._mqtt.wake()
        self._metrics.verdict(verdict, latency_ms / 1e3)
        self._board.add(verdict, latency_ms, slack)

    def _slack(self, triggered_ns: int) -> float | None:
        if self._deadline_ns is None:
            return None
        return 1 - (self._now_ns() - triggered_ns) / self._deadline_ns

    def overrun(self) -> str:
        """Which parts' results the PLC was not shown; empty where it was shown all of them."""
        if not self._overruns:
            return ""
        parts = ", ".join(str(part) for part in self._overrun_parts)
        others = "others, and " if self._overruns > len(self._overrun_parts) else ""
        return (
            f"{self._overruns} result(s) found no free slot, and the PLC was not told them (of "
            f"{others}part(s) {parts}): it must acknowledge results; treat these parts as "
            "rejected, then ClearError"
        )

    def forget_overruns(self) -> None:
        """The PLC knows, and has cleared the error."""
        self._overruns = 0
        self._overrun_parts.clear()

    def clear_error(self) -> None:
        """Take the first-out error off the PLC's registers, as its ClearError does."""
        self._plc.clear_error()

    def stored_late(self) -> None:
        """A verdict that only the PLC and the page knew is in the journal now."""
        self._mqtt.wake()

    def exposure_complete(self, acquisition_id: int) -> None:
        """Tell the PLC that the part may move on."""
        self._plc.exposure_complete(acquisition_id)
        if self._gate is not None:
            self._gate.seen(acquisition_id)

    def preview(self, acquisition_id: int, station: str, message: Preview, jpeg: bytes) -> None:
        """Show a picture on the page."""
        self._board.add_preview(acquisition_id, station, jpeg, message.width_px, message.height_px)

    def _age_ms(self, verdict: Verdict) -> float:
        """Time since the part's last frame was received; 0 for a part without one."""
        if verdict.received_ns == 0:
            return 0.0
        return (self._now_ns() - verdict.received_ns) / 1e6
