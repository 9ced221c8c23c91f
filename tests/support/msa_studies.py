"""Published studies of measurement systems, as their sources print them; and drawn ones."""

import numpy as np
from inspectd_calibration.msa.study import Ratings, Study, ratings
from numpy.typing import NDArray

# AIAG MSA, 4th edition, chapter III section B, data sheet: 10 parts x 3 appraisers x 3 trials;
# Minitab's GAGEAIAG.MTW; quoted by github.com/dflores296/msa-toolkit (tests/tests.js).
_AIAG = """
0.29 0.41 0.64     0.08 0.25 0.07     0.04 -0.11 -0.15
-0.56 -0.68 -0.58  -0.47 -1.22 -0.68  -1.38 -1.13 -0.96
1.34 1.17 1.27     1.19 0.94 1.34     0.88 1.09 0.67
0.47 0.50 0.64     0.01 1.03 0.20     0.14 0.20 0.11
-0.80 -0.92 -0.84  -0.56 -1.20 -1.28  -1.46 -1.07 -1.45
0.02 -0.11 -0.21   -0.20 0.22 0.06    -0.29 -0.67 -0.49
0.59 0.75 0.66     0.47 0.55 0.83     0.02 0.01 0.21
-0.31 -0.20 -0.17  -0.63 0.08 -0.34   -0.46 -0.56 -0.49
2.26 1.99 2.01     1.80 2.12 2.19     1.77 1.45 1.87
-1.36 -1.25 -1.31  -1.68 -1.62 -1.50  -1.49 -1.77 -2.16
"""

# ISO 22514-7:2012, table A.4: 10 parts x 3 operators x 3.
_ISO_22514_7 = """
8.120 8.435 8.480     8.200 8.290 8.245     8.525 8.435 8.345
7.445 6.815 7.490     7.300 7.120 7.075     7.535 7.355 7.085
9.965 10.010 9.560    9.660 9.340 9.250     9.830 9.695 9.515
6.140 5.960 6.365     6.095 6.185 6.185     6.140 6.140 6.050
5.690 5.600 5.780     5.080 5.340 5.440     5.780 5.735 5.555
2.855 2.450 2.585     2.315 2.585 2.315     2.630 2.360 2.585
10.685 10.595 10.775  10.450 10.840 11.050  10.865 11.000 11.180
6.725 6.275 6.545     6.240 6.120 6.300     6.590 6.500 6.725
4.970 5.105 5.510     5.015 5.285 5.150     5.060 5.195 5.105
9.875 10.100 9.875    10.080 9.800 9.970    10.190 9.785 9.965
"""

# AIAG MSA, 4th edition, table III-C 1 (SigmaXL's "Attribute MSA - AIAG.xlsx"): 50 parts, three
# trials of appraisers A, B, C, and the reference; 1 accepts.
_AIAG_ATTRIBUTE = """
111 111 111 1, 111 111 111 1, 000 000 000 0, 000 000 000 0, 000 000 000 0
110 110 100 1, 111 111 101 1, 111 111 111 1, 000 000 000 0, 111 111 111 1
111 111 111 1, 000 000 010 0, 111 111 111 1, 110 111 100 1, 111 111 111 1
111 111 111 1, 111 111 111 1, 111 111 111 1, 111 111 111 1, 111 111 111 1
110 101 010 1, 001 010 110 0, 111 111 111 1, 111 111 111 1, 000 000 000 0
010 000 001 0, 111 111 111 1, 111 111 111 1, 111 111 111 1, 000 001 000 0
111 111 111 1, 111 111 111 1, 111 111 111 1, 001 001 011 0, 111 111 111 1
110 111 101 1, 000 000 000 0, 111 111 111 1, 000 000 000 0, 111 111 111 1
111 111 111 1, 000 000 000 0, 101 111 110 1, 111 111 111 1, 000 000 000 0
111 111 111 1, 111 111 111 1, 000 000 000 0, 111 111 111 1, 000 000 000 0
"""

# JASP's data library, "black spots", 15 parts x EG, BL, MH x 3, and the reference
# (github.com/jasp-stats/jaspQualityControl, tests/testthat/AAALong.csv).
_BLACK_SPOTS = """
111 111 111 1, 000 000 111 0, 111 111 111 1, 100 100 111 1, 111 111 111 1
111 111 111 0, 111 000 111 1, 000 000 001 0, 000 000 100 0, 111 111 111 1
000 000 101 0, 111 111 111 1, 111 111 111 1, 000 000 000 1, 111 111 111 1
"""

# VDA volume 5 (2011), table 8: 50 readings of a standard of 6.002 mm, tolerance 0.06 mm.
VDA_5 = [
    6.001, 6.002, 6.001, 6.001, 6.002, 6.001, 6.001, 6.000, 5.999, 6.001,
    6.001, 6.000, 6.001, 6.002, 6.002, 6.002, 6.002, 6.002, 6.002, 6.000,
    6.002, 6.000, 5.999, 6.002, 6.002, 6.001, 6.001, 6.000, 5.999, 5.999,
    6.000, 6.001, 6.001, 6.002, 6.001, 6.001, 6.000, 6.000, 5.999, 5.999,
    6.000, 6.001, 6.002, 6.001, 6.002, 6.002, 6.001, 6.002, 6.001, 6.001,
]  # fmt: skip

# JASP's data library, type 1: reference -4, tolerance 15
# (github.com/jasp-stats/jaspQualityControl, tests/testthat/test-msaType1Gauge.R).
JASP_TYPE_1 = [
    -4.0, -4.1, -4.1, -4.1, -4.1, -3.9, -3.9, -3.9, -4.1, -4.2,
    -3.9, -4.2, -4.0, -3.8, -3.9, -3.9, -3.9, -3.9, -4.6, -4.3,
    -3.9, -3.7, -3.7, -3.9, -4.0, -5.0, -3.9, -3.8, -3.7, -3.8,
    -3.7, -3.8, -3.6, -3.5, -3.6, -3.6, -3.4, -5.1, -3.5, -4.0,
    -4.5, -3.5, -5.1, -5.0, -3.5, -3.5, -3.5, -3.6, -3.6, -3.5,
]  # fmt: skip

# AIAG MSA, 4th edition, table III-B 1: 15 readings, reference value 6.00.
AIAG_BIAS = [5.8, 5.7, 5.9, 5.9, 6.0, 6.1, 6.0, 6.1, 6.4, 6.3, 6.0, 6.1, 6.2, 5.6, 6.0]


def drawn(shape: tuple[int, int, int], *, av: float = 0.0, interaction: float = 0.0) -> Study:
    """Draw (parts, operators, repeats) values; EV is 1, PV is 5."""
    rng = np.random.default_rng(1)
    parts, operators, _ = shape
    values = (
        5.0 * rng.standard_normal((parts, 1, 1))
        + av * rng.standard_normal((1, operators, 1))
        + interaction * rng.standard_normal((parts, operators, 1))
        + rng.standard_normal(shape)
    )
    return arranged(values)


def arranged(values: NDArray[np.float64]) -> Study:
    """Give (parts, operators, repeats) values their names: 1, 2, 3... and A, B, C..."""
    parts, operators, _ = values.shape
    names = tuple(str(number) for number in range(1, parts + 1))
    return Study(names, tuple("ABCDEFGH"[:operators]), values)


def _grr(text: str) -> Study:
    rows = [[float(cell) for cell in line.split()] for line in text.strip().split("\n")]
    return arranged(np.array(rows).reshape(len(rows), 3, -1))


def _ratings(text: str, names: tuple[str, ...]) -> Ratings:
    lines = [part.split() for part in text.strip().replace("\n", ",").split(",")]
    rows = [
        (str(number), name, trial == "1")
        for number, (*cells, _) in enumerate(lines, 1)
        for name, cell in zip(names, cells, strict=True)
        for trial in cell
    ]
    return ratings(rows, {str(number): line[-1] == "1" for number, line in enumerate(lines, 1)})


AIAG = _grr(_AIAG)
ISO_22514_7 = _grr(_ISO_22514_7)
AIAG_ATTRIBUTE = _ratings(_AIAG_ATTRIBUTE, ("A", "B", "C"))
BLACK_SPOTS = _ratings(_BLACK_SPOTS, ("EG", "BL", "MH"))
