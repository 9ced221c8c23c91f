"""From good parts to what is known of one shot; its limits are tried on parts held out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.reference import ShotReference, Statistics
from inspectd.teach.pool import Aligned, aligned, blank, by_place, for_station
from inspectd.teach.sample import Sample
from inspectd.teach.tail import limit_for
from inspectd.vision.background import Departure
from inspectd.vision.lines import THRESHOLD
from inspectd.vision.regions import DEPARTURE_THRESHOLD, hides_stains
from inspectd.vision.register import register
from inspectd.vision.statistics import faint_lines, see, taught_departure, texture_scores

FEWEST_PARTS = 20
_FOLDS = 5
_ANCHORS = 5  # candidates for the part that the others are laid on
_TRIED_ON = 12
_ALIKE = 0.8  # median likeness of parts that register at all
# A good part may be so many times as unlike the taught one as the least alike of them.
_MARGIN = 3.0
# Stricter, and a large stain would make another part of a part.
_STRICTEST, _LOOSEST = 0.9, 0.5
# Of a part that may pass. Stricter, and a stain that is tolerated would make another part of one.
_STRICTEST_TO_PASS = 0.95
_FAINTEST = 4.0  # line whose strength is learned from
# Quartile distances beyond the upper quartile, of the logarithm: "far out" (J. W. Tukey, 1977).
_FAR_OUT = 3.0

Make = Callable[[Sequence[int]], ShotReference]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One kind of statistics, tried.

    `largest`: (parts, 2 + channels) float64, how far each part goes in texture, in faint lines and
    in each channel, in standard deviations of a reference made without it. `smallest_defect`: what
    would be found at the asked rate, relative to the light; smaller is better. `blind`: with these
    limits no dark stain would stand out, and no part could be judged.
    """

    shot: ShotReference
    largest: NDArray[np.float64]
    alarms: int
    smallest_defect: float
    blind: bool


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What was learned of one shot. `dropped`: why, by picture. `tried`: every kind, by name."""

    shot: ShotReference
    dropped: dict[str, str]
    tried: dict[str, Trial]
    chosen: str


def learn(samples: Sequence[Sample], rate: float) -> Lesson:
    """Learn one shot; CalibrationError for too few parts, or none that agree.

    `rate`: expected share of good parts with anything unusual at all.
    """
    _enough(samples, "given")
    limit, dropped, samples = _registered(samples)
    _enough(samples, "left after those that do not fit the others were dropped")
    tried = _trials(samples, limit, rate)
    chosen = _best(tried)
    odd = _odd(samples, tried[chosen].largest)
    if odd:
        dropped |= odd
        samples = [one for one in samples if one.name not in odd]
        _enough(samples, "left after those that stand out were dropped")
        tried = _trials(samples, limit, rate)
        chosen = _best(tried)
    return Lesson(tried[chosen].shot, dropped, tried, chosen)


def _best(tried: dict[str, Trial]) -> str:
    """The kind that finds the smallest defect; a blind one only where all are."""
    return min(tried, key=lambda kind: (tried[kind].blind, tried[kind].smallest_defect))


def _enough(samples: Sequence[Sample], when: str) -> None:
    parts = len({one.group for one in samples})
    if parts < FEWEST_PARTS:
        msg = f"{parts} good parts {when}; at least {FEWEST_PARTS} are needed: take more pictures"
        raise CalibrationError(msg)


def _registered(
    samples: Sequence[Sample],
) -> tuple[float | None, dict[str, str], Sequence[Sample]]:
    """The likeness that a good part has at least, or None; who was dropped; who is left.

    The part that the others are most alike comes first among those left: it is the anchor.
    """
    if len({one.planes.shape for one in samples}) > 1:
        return None, {}, samples
    step = max(1, len(samples) // _ANCHORS)
    others = samples[:: max(1, len(samples) // _TRIED_ON)]
    best, likeness = samples[0], -1.0
    for anchor in samples[::step][:_ANCHORS]:
        found = float(np.median(_scores(blank(samples, anchor, _LOOSEST), others)))
        if found > likeness:
            best, likeness = anchor, found
    if likeness < _ALIKE:
        return None, {}, samples
    scores = _scores(blank(samples, best, _LOOSEST), samples)
    usual = float(np.median(scores))
    floor = max(_LOOSEST, 1.0 - 2.0 * _MARGIN * (1.0 - usual))
    dropped = {
        one.name: f"likeness to the others {score:.2f}, where {usual:.2f} is usual"
        for one, score in zip(samples, scores, strict=True)
        if score < floor
    }
    kept = [one for one in samples if one.name not in dropped]
    kept.sort(key=lambda one: one is not best)
    lowest = min(score for score in scores if score >= floor)
    return float(np.clip(1.0 - _MARGIN * (1.0 - lowest), _LOOSEST, _STRICTEST)), dropped, kept


def _scores(anchor: ShotReference, samples: Sequence[Sample]) -> list[float]:
    return [register(one.planes[0], anchor).score for one in samples]


def _trials(samples: Sequence[Sample], limit: float | None, rate: float) -> dict[str, Trial]:
    """Every kind of statistics that these parts allow."""
    kinds: dict[str, Make] = {}
    if limit is not None:
        kinds["place, on the part"] = _maker_by_place(samples, limit)
    if len({one.planes.shape for one in samples}) == 1:
        kinds["place, on the picture"] = _maker_by_place(samples, None)
    for kind in ("picture", "station"):
        kinds[kind] = _maker_for_station(samples, kind)
    return {name: _try(samples, make, rate) for name, make in kinds.items()}


def _maker_by_place(samples: Sequence[Sample], limit: float | None) -> Make:
    """Parts are laid on the anchor once, for all trials."""
    anchor = blank(samples, samples[0], limit)
    seen = [see(one.planes, anchor) for one in samples]
    usual_gain = float(np.median([one.gain for one in seen]))
    found: list[Aligned] = [
        aligned(one, each, usual_gain) for one, each in zip(samples, seen, strict=True)
    ]

    def make(indices: Sequence[int]) -> ShotReference:
        some = [samples[index] for index in indices]
        return by_place(some, [found[index] for index in indices], anchor.mask, limit)

    return make


def _maker_for_station(samples: Sequence[Sample], kind: Statistics) -> Make:
    def make(indices: Sequence[int]) -> ShotReference:
        return for_station([samples[index] for index in indices], kind)

    return make


def _try(samples: Sequence[Sample], make: Make, rate: float) -> Trial:
    """Every part against a reference of the other parts; then the limits, and one of all parts."""
    groups = sorted({one.group for one in samples})
    fold_of = {group: index % _FOLDS for index, group in enumerate(groups)}
    folds = np.array([fold_of[one.group] for one in samples])
    largest: NDArray[np.float64] = np.zeros((len(samples), 2 + len(samples[0].planes)))
    for fold in range(_FOLDS):
        shot = make([int(index) for index in np.flatnonzero(folds != fold)])
        for index in np.flatnonzero(folds == fold).tolist():
            largest[index] = how_unusual(samples[index], shot)
    alarmed = set()
    for fold in range(_FOLDS):
        limits = _limits(largest[folds != fold], rate)
        over = (folds == fold) & (largest > limits).any(axis=1)
        for index in np.flatnonzero(over).tolist():
            alarmed.add(samples[index].group)
    whole = make(range(len(samples)))
    texture, lines, *channels = (float(value) for value in _limits(largest, rate))
    head = whole.head.model_copy(
        update={
            "likeness_limit": _likeness_limit(samples, whole),
            "texture_limit": texture,
            "line_limit": lines,
            "departure_limits": tuple(channels),
            "held_out_parts": len(groups),
            "held_out_alarms": len(alarmed),
        }
    )
    limited = ShotReference(
        head,
        whole.lightness,
        whole.mask,
        whole.texture_mean,
        whole.texture_sigma,
        whole.departure_sigma,
    )
    return Trial(limited, largest, len(alarmed), _smallest_defect(limited), _blind(limited))


def how_unusual(one: Sample, shot: ShotReference) -> NDArray[np.float64]:
    """The largest score in texture, faint lines and each channel of departure: (2 + channels,)."""
    seen = see(one.planes, shot)
    texture = float(texture_scores(one.energy, shot, seen).max())
    lines = np.abs(faint_lines(one.planes, shot, seen, _FAINTEST).score)
    away = taught_departure(one.planes, one.own, shot, seen)
    limits = np.asarray(shot.head.departure_limits, dtype=np.float32) / DEPARTURE_THRESHOLD
    strongest = np.abs(away.difference).max(axis=(1, 2)) / (away.noise / limits)
    largest_line = float(lines.max(initial=_FAINTEST))
    return np.array([texture, largest_line, *strongest.tolist()], dtype=np.float64)


def _likeness_limit(samples: Sequence[Sample], shot: ShotReference) -> float:
    """The lowest likeness of a part that may pass; 0 where parts do not register."""
    if shot.head.registration_limit is None:
        return 0.0
    lowest = min(register(one.planes[0], shot).likeness for one in samples)
    return float(np.clip(1.0 - _MARGIN * (1.0 - lowest), _LOOSEST, _STRICTEST_TO_PASS))


def _limits(largest: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """The rate is shared evenly by all columns: each may raise an alarm (Bonferroni)."""
    share = rate / largest.shape[1]
    # No line is asked for that is fainter than on a surface that nobody taught.
    least = (1.0, THRESHOLD, *(1.0,) * (largest.shape[1] - 2))
    return np.array(
        [max(limit_for(column, share), low) for column, low in zip(largest.T, least, strict=True)]
    )


def _blind(shot: ShotReference) -> bool:
    """Whether these limits hide every stain from a part in the taught light."""
    head = shot.head
    level = np.full((len(head.departure_sigmas), 1, 1), head.level, dtype=np.float32)
    limits = np.asarray(head.departure_limits, dtype=np.float32) / DEPARTURE_THRESHOLD
    sigmas = np.asarray(head.departure_sigmas, dtype=np.float32)
    return hides_stains(Departure(level, level, sigmas * limits))


def _smallest_defect(shot: ShotReference) -> float:
    """Texture energy times lightness that just raise an alarm, relative to the part's light."""
    head = shot.head
    departure = head.departure_sigmas[0] * head.departure_limits[0] / head.level
    if shot.texture_mean is not None and shot.texture_sigma is not None:
        inside = shot.mask > 0
        energy = shot.texture_mean + np.float32(head.texture_limit) * shot.texture_sigma
        return float(np.median(energy[inside])) / head.level * departure
    texture = head.texture.mean + head.texture_limit * head.texture.sigma
    return texture / head.level * departure


def _odd(samples: Sequence[Sample], largest: NDArray[np.float64]) -> dict[str, str]:
    """Parts that stand out so far that they are hardly good ones; why, by picture."""
    logs = np.log(np.maximum(largest, 1e-3))
    low, high = np.percentile(logs, 25, axis=0), np.percentile(logs, 75, axis=0)
    bound = high + _FAR_OUT * np.maximum(high - low, 0.05)
    names = ("texture", "a faint line", "lightness", "a*", "b*")
    found = {}
    for one, values, row in zip(samples, logs, largest, strict=True):
        for name, value, limit, sigmas in zip(names, values, bound, row, strict=False):
            if value > limit:
                found[one.name] = (
                    f"{name} stands out by {sigmas:.1f} standard deviations, where "
                    f"{np.exp(limit):.1f} would be much"
                )
    return found
