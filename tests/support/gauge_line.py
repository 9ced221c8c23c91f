"""A verdict maker with a gauge, and what it says of a part."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.gauge import Feature, Gauge
from inspectd.core.parts import DecidedPart
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ReasonCode, ViewResult
from inspectd.settings.verification import VerificationSettings
from inspectd.supervisor.verdicts import VerdictMaker
from inspectd.supervisor.verification import Verification

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
SETTINGS = VerificationSettings(gauge=Path("g.toml"), parts=2, due_hours=10.0)
GAUGE = Gauge(
    name="plate",
    serial="G1",
    certificate="c",
    valid_until="2026-03-31",
    features=(
        Feature.model_validate(
            {
                "name": "disc",
                "kind": "dent",
                "size": "diameter",
                "nominal": 5.0,
                "uncertainty": 0.0,
                "bias_limit": 0.1,
                "spread_limit": 0.05,
            }
        ),
    ),
)


DENT = Defect(
    kind=DefectKind.DENT,
    length_mm=5.0,
    width_mm=5.0,
    diameter_mm=5.0,
    area_mm2=20.0,
    depth_mm=None,
    uncertainty_mm=0.1,
    area_uncertainty_mm2=0.5,
    contrast=-0.25,
    shot="main",
    contour_mm=((0.0, 0.0), (5.0, 0.0), (5.0, 5.0)),
)


class Line:
    """A verdict maker with a gauge; parts come one after the other."""

    def __init__(
        self,
        path: Path,
        gauge: Gauge = GAUGE,
        *,
        recipe: Recipe | None = None,
        cameras: dict[str, str] | None = None,
        software: str = "1",
    ) -> None:
        self.now = START
        self.path = path
        self.cameras = cameras or {"top": "exposure 2000"}
        calibrations = {"top": Calibration.from_scale(0.05)}
        self.maker = VerdictMaker(recipe or Recipe(), calibrations, software, lambda: self.now)
        self.verification = Verification(
            gauge, SETTINGS, path, lambda: self.maker.conditions(self.cameras), lambda: self.now
        )
        self.maker.verification = self.verification
        self.parts = 0

    def part(
        self, decision: Decision = Decision.PASS, diameter_mm: float | None = None
    ) -> tuple[Decision, list[ReasonCode]]:
        self.parts += 1
        found = () if diameter_mm is None else (replace(DENT, diameter_mm=diameter_mm),)
        view = ViewResult(decision, (), found, 1, 1.0, {})
        part = DecidedPart(self.parts, 7, 0, decision, (), {"top": view}, late=False, due_ns=0)
        verdict = self.maker.make(part, degraded=False)
        return verdict.decision, [reason.code for reason in verdict.reasons]

    def verify(self, *sizes_mm: float | None) -> None:
        assert self.verification.arm(self.parts) == ""
        for number, size_mm in enumerate(sizes_mm):
            # No two pictures of a camera are the same.
            noisy_mm = None if size_mm is None else size_mm + 1e-6 * number
            decision, codes = self.part(Decision.PASS, noisy_mm)
            assert (decision, codes) == (Decision.NO_VERDICT, [ReasonCode.VERIFICATION])


Told = tuple[Decision, list[ReasonCode]]
PASSED: Told = (Decision.PASS, [])
DUE: Told = (Decision.NO_VERDICT, [ReasonCode.VERIFICATION_DUE])
FAILED: Told = (Decision.NO_VERDICT, [ReasonCode.VERIFICATION_FAILED])
