#!/usr/bin/env python3
"""Study: how often the drift of a verification alarms for nothing, and how soon for something.

    python hil/studies/drift.py --lines 300

Each line is verified 90 times after its baseline; from there on its bias has moved by so many
standard deviations of a verification's bias.
"""

import argparse

import numpy as np

from inspectd.core.drift import BASELINE, drift

VERIFICATIONS = 90
SHIFTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)


def alarm_after(shift: float, rng: np.random.Generator) -> int:
    """The verification that alarms, counted from the shift; one more than all: none did."""
    usual, moved = rng.normal(0.0, 1.0, BASELINE), rng.normal(shift, 1.0, VERIFICATIONS)
    biases = [*map(float, usual), *map(float, moved)]
    for count in range(1, VERIFICATIONS + 1):
        found = drift(biases[: BASELINE + count], 0.0)
        if found is not None and found.alarm:
            return count
    return VERIFICATIONS + 1


def main() -> None:
    """Print a table by shift."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=300)
    lines: int = parser.parse_args().lines
    rng = np.random.default_rng(0)
    print("shift   alarmed within 90   median verification of the alarm")  # noqa: T201 - its output
    for shift in SHIFTS:
        alarms = np.array([alarm_after(shift, rng) for _ in range(lines)])
        share = (alarms <= VERIFICATIONS).mean()
        median = f"{np.median(alarms):.0f}" if share > 1 / 2 else "-"
        print(f"{shift:5.1f}   {share:17.0%}   {median:>32}")  # noqa: T201


if __name__ == "__main__":
    main()
