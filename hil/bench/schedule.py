"""Which faults come when: drawn by a seed, so that a run can be run again."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Fault(StrEnum):
    """What a line has to live with."""

    STATION_KILLED = "station killed"
    STATION_HUNG = "station hung"
    BROKER_AWAY = "broker away"
    PLC_AWAY = "PLC away"
    EXTRA_EDGE = "extra edge"
    LOST_EDGE = "lost edge"
    DOUBLED_EDGE = "doubled edge"


EDGE_FAULTS = frozenset({Fault.EXTRA_EDGE, Fault.LOST_EDGE, Fault.DOUBLED_EDGE})

# From the end of the fault to the next part that is judged; of the broker: to the next verdict
# on MQTT. A station's start loads numba, OpenCV and the driver; a hang is noticed after
# `hang_timeout_s`; a broker is tried again after at most 30 s and half as much by chance.
BOUND_S = {
    Fault.STATION_KILLED: 30.0,
    Fault.STATION_HUNG: 40.0,
    Fault.BROKER_AWAY: 45.0,
    Fault.PLC_AWAY: 5.0,
    Fault.EXTRA_EDGE: 5.0,
    Fault.LOST_EDGE: 5.0,
    Fault.DOUBLED_EDGE: 5.0,
}

_GAP_S = (1.0, 4.0)
# Shorter and longer than the PLC's watchdog of 1 s.
_AWAY_S = (0.3, 4.0)


@dataclass(frozen=True, slots=True)
class Planned:
    """One fault: parts pass undisturbed for `gap_s`; broker or PLC stay away for `away_s`."""

    fault: Fault
    gap_s: float
    away_s: float


def schedule(seed: int, faults: Collection[Fault]) -> Iterator[Planned]:
    """Round after round every fault once, in another order each time; without end."""
    rng = np.random.default_rng(seed)
    kinds = sorted(faults)
    while kinds:
        for index in rng.permutation(len(kinds)):
            yield Planned(kinds[index], float(rng.uniform(*_GAP_S)), float(rng.uniform(*_AWAY_S)))
