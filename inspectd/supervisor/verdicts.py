"""From a decided part to the verdict that is committed and published."""

import dataclasses
import uuid
from collections.abc import Iterable

from inspectd.core.calibration import Calibration
from inspectd.core.camera import CameraInfo
from inspectd.core.parts import DecidedPart
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, Provenance, Reason, ReasonCode, Verdict
from inspectd.observe.timestamp import utc_now
from inspectd.settings.station import StationSettings
from inspectd.supervisor.passing import Clock, PassGate, utc_clock
from inspectd.supervisor.trend import Conditions
from inspectd.supervisor.verification import Verification


class VerdictMaker:
    """Numbers verdicts and stamps them with what made them. One per start of the service."""

    def __init__(
        self,
        recipe: Recipe,
        calibrations: dict[str, Calibration],
        software_version: str,
        clock: Clock = utc_clock,
        stations: Iterable[StationSettings] = (),
    ) -> None:
        self.boot_id = uuid.uuid4().hex
        self._sequence = 0
        self._recipe = recipe
        self.recipe_crc32 = recipe.crc32
        self.gate = PassGate(calibrations, clock, stations)
        # Set where the settings name a gauge.
        self.verification: Verification | None = None
        self._recipe_sha256 = recipe.sha256
        self._software_version = software_version
        self._cameras: dict[str, str] = {}

    def camera_is(self, station: str, info: CameraInfo) -> None:
        """Note which camera a station uses from now on."""
        self._cameras[station] = info.serial
        self.gate.camera_is(station, info)

    def change_over(self, recipe: Recipe) -> None:
        """Another recipe holds from now on: parts are told to have been judged by it."""
        self._recipe, self._recipe_sha256 = recipe, recipe.sha256
        self.recipe_crc32 = recipe.crc32

    @property
    def recipe(self) -> Recipe:
        """The active one."""
        return self._recipe

    def conditions(self, camera_sha256: dict[str, str]) -> Conditions:
        """What parts are measured under now. `camera_sha256`: of each station's settings."""
        return Conditions(
            calibration_sha256=self.gate.sha256,
            recipe_sha256=self._recipe_sha256,
            camera_sha256=camera_sha256,
            camera_serial=dict(self._cameras),
            software_version=self._software_version,
        )

    def make(self, part: DecidedPart, *, degraded: bool) -> Verdict:
        """The verdict of one part, with the next sequence number."""
        self._sequence += 1
        part = self._of_this_recipe(self._admitted(part))
        views = part.views.values()
        stages: dict[str, float] = {}
        for view in views:
            for stage, ms in view.stages_ms.items():
                stages[stage] = stages.get(stage, 0.0) + ms
        return Verdict(
            boot_id=self.boot_id,
            sequence=self._sequence,
            acquisition_id=part.acquisition_id,
            part_id=part.part_id,
            lot_id=part.lot_id,
            decision=part.decision,
            reasons=part.reasons,
            defects=tuple(defect for view in views for defect in view.defects),
            late=part.late,
            degraded=degraded,
            simulated=any(view.simulated for view in views),
            truncated=any(view.truncated for view in views),
            created_at=utc_now(),
            received_ns=max((view.received_ns for view in views), default=0),
            vision_ms=max((view.vision_ms for view in views), default=0.0),
            stages_ms=stages,
            provenance=self._provenance(part),
        )

    def withheld(self) -> tuple[Reason, ...]:
        """Why no part may pass now, whatever vision finds; empty where parts may."""
        locked = () if self.verification is None else self.verification.withheld()
        return (*self.gate.withheld(), *locked)

    def _admitted(self, part: DecidedPart) -> DecidedPart:
        """The part as it may be told: the gauge never passes, and no other one past a doubt."""
        verification = self.verification
        if verification is not None and verification.claims(part):
            reasons = (verification.take(part), *part.reasons)
            return dataclasses.replace(part, decision=Decision.NO_VERDICT, reasons=reasons)
        if part.decision is not Decision.PASS:
            return part
        doubts = (*self.gate.exchanged(part), *self.withheld())
        if not doubts:
            return part
        reasons = (*part.reasons, *doubts)
        return dataclasses.replace(part, decision=Decision.NO_VERDICT, reasons=reasons)

    def _of_this_recipe(self, part: DecidedPart) -> DecidedPart:
        """Nothing that another recipe found is told under this one, not even its defects."""
        known = ("", self._recipe_sha256)
        foreign = [n for n, view in part.views.items() if view.recipe_sha256 not in known]
        if not foreign:
            return part
        text = f"judged by another recipe than the active one: {', '.join(foreign)}"
        views = {
            name: dataclasses.replace(view, defects=()) if name in foreign else view
            for name, view in part.views.items()
        }
        return dataclasses.replace(
            part,
            decision=Decision.NO_VERDICT,
            reasons=(Reason(ReasonCode.RECIPE_MISMATCH, text),),
            views=views,
        )

    def instead_of(self, verdict: Verdict, why: str) -> Verdict:
        """The NO-VERDICT that the line is told because `verdict` came too late to be told."""
        self._sequence += 1
        text = f"{why}; this replaces sequence {verdict.sequence}, which the line was not told"
        reason = Reason(ReasonCode.JOURNAL_FAILED, text)
        return dataclasses.replace(
            verdict,
            sequence=self._sequence,
            decision=Decision.NO_VERDICT,
            reasons=(*verdict.reasons, reason),
            late=True,
            degraded=True,
        )

    def _provenance(self, part: DecidedPart) -> Provenance:
        """A view names its own calibration, which may have been replaced since it was judged."""
        judged = {n: v.calibration_sha256 for n, v in part.views.items() if v.calibration_sha256}
        taught = {n: v.reference_sha256 for n, v in part.views.items() if v.reference_sha256}
        return Provenance(
            software_version=self._software_version,
            recipe_name=self._recipe.name,
            recipe_number=self._recipe.number,
            recipe_sha256=self._recipe_sha256,
            calibration_sha256=self.gate.sha256 | judged,
            cameras=dict(self._cameras),
            reference_sha256=taught,
        )


def not_journaled(verdict: Verdict, error: BaseException) -> Verdict:
    """What is published when the journal refused a verdict: never the decision itself."""
    reason = Reason(ReasonCode.JOURNAL_FAILED, f"the verdict could not be stored: {error}")
    return dataclasses.replace(
        verdict, decision=Decision.NO_VERDICT, reasons=(*verdict.reasons, reason), degraded=True
    )
