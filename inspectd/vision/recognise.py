"""Whether a picture may be judged, and as what: the taught part, or a surface nobody knows."""

from dataclasses import dataclass

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame
from inspectd.core.job import Job
from inspectd.core.recipe import PictureGate, Vision
from inspectd.core.reference import Reference, ShotReference
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.vision.background import Departure, Plane, Planes, departure, quartered
from inspectd.vision.gate import doubt_part, measures, refuse_exposure, refuse_part
from inspectd.vision.ground import ground_of
from inspectd.vision.lines import Seeds
from inspectd.vision.normalise import WorkingPicture
from inspectd.vision.place import placement
from inspectd.vision.sharpness import sharpness
from inspectd.vision.spread import Spread
from inspectd.vision.stages import Refused, Stages
from inspectd.vision.statistics import (
    Seen,
    faint_lines,
    in_recipe_units,
    see,
    taught_departure,
    texture_scores,
)
from inspectd.vision.texture import Filters, gabor_energy


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """One picture against what was taught of its shot."""

    shot: ShotReference
    seen: Seen
    planes: Planes
    working: WorkingPicture

    @property
    def is_another(self) -> bool:
        """Whether what is seen is not the taught part."""
        limit = self.shot.head.registration_limit
        return limit is not None and self.seen.registered.score < limit

    def unusual(self, filters: Filters, vision: Vision, spread: Spread) -> Plane:
        """As `texture.unusual`, against the taught part; at the first, its only wavelength."""
        bank = (filters.wavelengths_px[0], filters.orientations)
        energy = gabor_energy(self.working.half, *bank, spread)
        return in_recipe_units(texture_scores(energy, self.shot, self.seen), self.shot, vision)

    def departure(self, spread: Spread) -> Departure:
        """As `background.departure`, from the taught part."""
        by_place = self.shot.head.statistics == "place"
        own = None if by_place else departure(self.working, spread)
        return taught_departure(self.planes, own, self.shot, self.seen)

    def lines(self, spread: Spread) -> Seeds:
        """As `lines.line_seeds`, against the taught part."""
        return faint_lines(self.planes, self.shot, self.seen, spread=spread)


def recognise(
    frame: Frame, working: WorkingPicture, job: Job, calibration: Calibration, stages: Stages
) -> Against | None:
    """The picture laid on its reference; None where it is judged by itself. Raises Refused."""
    gate = job.recipe.picture
    with stages.timed("gate"):
        reasons = refuse_exposure(frame.shot, frame.pixels, working, gate)
    taught = None if job.reference is None else _laid(job.reference, frame, working, stages)
    with stages.timed("gate"):
        unlike = _refuse_picture(frame.shot, working, taught, gate, stages)
    if taught is not None and taught.is_another:
        # A gauge, for one, is measured on the same station. It is judged as if nothing was taught.
        stages.withheld += unlike
        taught = None
    else:
        reasons += unlike
    if reasons:
        raise Refused(*reasons)
    if taught is not None:
        stages.doubts += doubt_part(frame.shot, taught.seen, taught.shot)
        _place(frame.shot, taught, calibration, stages)
    return taught


def _laid(reference: Reference, frame: Frame, working: WorkingPicture, stages: Stages) -> Against:
    """The picture laid against its reference."""
    with stages.timed("register"):
        shot = reference.shots[frame.shot]
        planes = quartered(working)
        return Against(shot, see(planes, shot), planes, working)


def _refuse_picture(
    shot: str, working: WorkingPicture, taught: Against | None, gate: PictureGate, stages: Stages
) -> tuple[Reason, ...]:
    """Note what the gate measures, and say why that will not do; empty where it will."""
    sharp = sharpness(working.lightness)
    found = measures(working, sharp, None if taught is None else taught.seen)
    stages.measures |= {f"{shot}/{name}": value for name, value in found.items()}
    return () if taught is None else refuse_part(shot, found, sharp, taught.shot, gate)


def _place(shot: str, taught: Against, calibration: Calibration, stages: Stages) -> None:
    """Note where the part lies; a zone that lies nobody knows where must not hide a defect."""
    registered = taught.seen.registered
    if taught.seen.inside is not None:
        stages.grounds[shot] = ground_of(taught.seen.inside, calibration)
    placed = placement(registered, taught.planes.shape[1:], calibration)
    if placed is None:
        text = f"shot {shot}: the part lies where the calibration knows no millimetres"
        stages.doubts.append(Reason(ReasonCode.CALIBRATION_MISMATCH, text))
        return
    stages.found_at(placed, registered.score)
