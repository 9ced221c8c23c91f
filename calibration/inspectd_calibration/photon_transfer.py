"""A sensor's gain, noise, saturation and linearity, by the photon-transfer method.

EMVA Standard 1288 release 4.0 (linear), "Standard for Characterization of Image Sensors and
Cameras"; its symbols stand in the docstrings. This is a check in the
standard's terms, not a compliant characterisation: the irradiation is not measured, so everything
is told in electrons instead of photons, and pairs of pictures take the place of long series.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError

QUANTISATION_VARIANCE_DN2 = 1.0 / 12.0

_SMALLEST_POINTS = 5
_FIT_UP_TO = 0.7  # of saturation: the standard's range for the gain
_LINEARITY_FROM, _LINEARITY_UP_TO = 0.05, 0.95  # the standard's range for the linearity error
# Below, quantisation hides the dark noise; only a bound can be told (EMVA 1288 3.1 and 4.0).
_SMALLEST_DARK_VARIANCE_DN2 = 0.24
_REACHED_SATURATION = 0.9
_HALF = 0.5
_NO_PHOTON_NOISE = (
    "the noise does not grow with the light: the pictures were averaged, compressed, denoised or "
    "bent by a gamma; record raw pictures (Mono8, Mono12) as PNG, with Gamma 1"
)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one exposure time gave, in DN: a pair lit, and a pair in the dark.

    `variance_dn2` and `dark_variance_dn2` are temporal. The spatial ones are None where only
    means and variances are known.
    """

    exposure_us: float
    mean_dn: float
    variance_dn2: float
    dark_mean_dn: float
    dark_variance_dn2: float
    spatial_variance_dn2: float | None = None
    dark_spatial_variance_dn2: float | None = None

    @property
    def signal_dn(self) -> float:
        """Mean above dark."""
        return self.mean_dn - self.dark_mean_dn

    @property
    def photon_variance_dn2(self) -> float:
        """Temporal variance above dark: what the light's own noise makes."""
        return self.variance_dn2 - self.dark_variance_dn2


@dataclass(frozen=True, slots=True)
class SensorCheck:
    """A sensor in EMVA 1288's terms.

    `system_gain_dn_per_e` K; `temporal_dark_noise_e` sigma_d, an upper bound where
    `dark_noise_is_bound`; `saturation_capacity_e` mu_e.sat and its level above dark in DN, a lower
    bound where `saturation_reached` is False; `absolute_threshold_e` mu_e.min, where signal and
    noise are equal; `dynamic_range`, `snr_max` as ratios; `linearity_error_percent` LE, the mean
    size of the relative deviations from a straight line between 5 and 95 % of saturation;
    `dsnu_e`, `prnu_percent` DSNU1288 and PRNU1288, None without pictures; the latter has the
    unevenness of the light in it.
    """

    points: tuple[Exposure, ...]
    fitted: int
    system_gain_dn_per_e: float
    temporal_dark_noise_e: float
    dark_noise_is_bound: bool
    saturation_capacity_e: float
    saturation_signal_dn: float
    saturation_reached: bool
    absolute_threshold_e: float
    linearity_error_percent: float
    linearity_deviations_percent: tuple[tuple[float, float], ...]
    dsnu_e: float | None
    prnu_percent: float | None

    @property
    def dynamic_range(self) -> float:
        """Saturation capacity over absolute threshold."""
        return self.saturation_capacity_e / self.absolute_threshold_e

    @property
    def dynamic_range_db(self) -> float:
        """The same, 20 log10."""
        return 20.0 * math.log10(self.dynamic_range)

    @property
    def snr_max(self) -> float:
        """Square root of the saturation capacity: photon noise alone."""
        return math.sqrt(self.saturation_capacity_e)

    @property
    def snr_max_db(self) -> float:
        """The same, 20 log10."""
        return 20.0 * math.log10(self.snr_max)


def pair_statistics(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Mean, temporal and spatial variance of two pictures of the same, (rows, columns) in DN.

    The temporal variance is half the mean square of the difference less half the square of the
    difference of the means (EMVA 1288, "measure temporal variance from two images"); the spatial
    one is the pictures' covariance, which temporal noise does not enter.
    """
    mean_first, mean_second = float(first.mean()), float(second.mean())
    difference = first - second
    step = mean_first - mean_second
    temporal = 0.5 * (float(np.mean(difference * difference)) - step * step)
    spatial = float(np.mean((first - mean_first) * (second - mean_second)))
    return _HALF * (mean_first + mean_second), temporal, spatial


def check_sensor(exposures: Sequence[Exposure]) -> SensorCheck:
    """Fit the photon transfer and the linearity; CalibrationError where the series will not do."""
    points = tuple(sorted(exposures, key=lambda point: point.exposure_us))
    _check_series(points)
    peak, reached = _saturation(points)
    saturation_dn = points[peak].signal_dn
    _check_noise(points, saturation_dn)
    fitted = [p for p in points if 0.0 < p.signal_dn <= _FIT_UP_TO * saturation_dn]
    if len(fitted) < _SMALLEST_POINTS:
        msg = (
            f"only {len(fitted)} exposures lie between dark and 70 % of saturation "
            f"({_FIT_UP_TO * saturation_dn:.0f} DN above dark), {_SMALLEST_POINTS} are needed: "
            "add shorter exposure times"
        )
        raise CalibrationError(msg)
    gain = _system_gain(fitted)
    dark_noise_e, is_bound = _dark_noise(points, gain)
    deviations = _linearity(points, saturation_dn)
    dsnu_e, prnu_percent = _nonuniformity(points, fitted, gain)
    noise_e = math.sqrt(dark_noise_e**2 + QUANTISATION_VARIANCE_DN2 / gain**2)
    return SensorCheck(
        points=points,
        fitted=len(fitted),
        system_gain_dn_per_e=gain,
        temporal_dark_noise_e=dark_noise_e,
        dark_noise_is_bound=is_bound,
        saturation_capacity_e=saturation_dn / gain,
        saturation_signal_dn=saturation_dn,
        saturation_reached=reached,
        absolute_threshold_e=math.sqrt(noise_e**2 + 0.25) + 0.5,
        linearity_error_percent=float(np.mean([abs(error) for _, error in deviations])),
        linearity_deviations_percent=deviations,
        dsnu_e=dsnu_e,
        prnu_percent=prnu_percent,
    )


def _check_series(points: Sequence[Exposure]) -> None:
    if len(points) < _SMALLEST_POINTS:
        msg = (
            f"{len(points)} exposure times: at least {_SMALLEST_POINTS} between dark and "
            "saturation are needed, the standard asks for 50"
        )
        raise CalibrationError(msg)
    largest = max(point.signal_dn for point in points)
    for point in points:
        where = f"exposure {point.exposure_us:g} us"
        if min(point.variance_dn2, point.dark_variance_dn2) < 0.0:
            msg = f"{where}: a variance below 0 cannot be: mend the numbers"
            raise CalibrationError(msg)
        if _copied(point, largest):
            msg = (
                f"{where}: the pictures of a pair are equal to the last bit, which no living "
                "camera's are: take two pictures one after the other"
            )
            raise CalibrationError(msg)


def _copied(point: Exposure, largest_dn: float) -> bool:
    """Whether there is no temporal noise at all, below saturation or over a dark pattern."""
    lit = point.variance_dn2 == 0.0 and point.signal_dn < _REACHED_SATURATION * largest_dn
    return lit or (point.dark_variance_dn2 == 0.0 and (point.dark_spatial_variance_dn2 or 0.0) > 0)


def _check_noise(points: Sequence[Exposure], saturation_dn: float) -> None:
    largest = max(point.signal_dn for point in points)
    if largest <= 0.0 or points[-1].signal_dn <= points[0].signal_dn:
        msg = (
            "the signal does not rise with the exposure time: check that the light is on, steady "
            "and not strobed, and that automatic exposure and gain are off"
        )
        raise CalibrationError(msg)
    if saturation_dn < _HALF * largest:
        raise CalibrationError(_NO_PHOTON_NOISE)


def _saturation(points: Sequence[Exposure]) -> tuple[int, bool]:
    """Where the temporal variance is largest before it falls: clipping takes the noise away."""
    variances = np.array([point.variance_dn2 for point in points])
    peak = int(np.argmax(variances))
    fell = bool(peak < len(points) - 1 and variances[-1] < _REACHED_SATURATION * variances[peak])
    return peak, fell


def _system_gain(fitted: Sequence[Exposure]) -> float:
    """K, the slope of variance over mean, both above dark, by a line through the origin."""
    signal = np.array([point.signal_dn for point in fitted])
    variance = np.array([point.photon_variance_dn2 for point in fitted])
    gain = float(signal @ variance / (signal @ signal))
    if gain <= 0.0:
        raise CalibrationError(_NO_PHOTON_NOISE)
    return gain


def _dark_noise(points: Sequence[Exposure], gain: float) -> tuple[float, bool]:
    """sigma_d in electrons, from the shortest exposure, and whether it is an upper bound only."""
    variance = points[0].dark_variance_dn2
    if variance < _SMALLEST_DARK_VARIANCE_DN2:
        bound = math.sqrt(_SMALLEST_DARK_VARIANCE_DN2 - QUANTISATION_VARIANCE_DN2)
        return bound / gain, True
    return math.sqrt(variance - QUANTISATION_VARIANCE_DN2) / gain, False


def _linearity(points: Sequence[Exposure], saturation_dn: float) -> tuple[tuple[float, float], ...]:
    """Deviations (exposure_us, percent) from a line that makes the relative ones smallest."""
    low, high = _LINEARITY_FROM * saturation_dn, _LINEARITY_UP_TO * saturation_dn
    used = [point for point in points if low <= point.signal_dn <= high]
    if len(used) < _SMALLEST_POINTS:
        msg = (
            f"only {len(used)} exposures lie between 5 and 95 % of saturation, {_SMALLEST_POINTS} "
            "are needed for the linearity: spread the exposure times evenly"
        )
        raise CalibrationError(msg)
    exposure = np.array([point.exposure_us for point in used])
    signal = np.array([point.signal_dn for point in used])
    terms = np.column_stack((np.ones_like(exposure), exposure)) / signal[:, None]
    line = np.linalg.lstsq(terms, np.ones_like(signal), rcond=None)[0]
    expected = line[0] + line[1] * exposure
    errors = 100.0 * (signal - expected) / expected
    return tuple(zip(exposure.tolist(), errors.tolist(), strict=True))


def _nonuniformity(
    points: Sequence[Exposure], fitted: Sequence[Exposure], gain: float
) -> tuple[float | None, float | None]:
    """DSNU1288 in electrons and PRNU1288 in percent.

    From all pairs at once, where the standard takes a long series at half saturation: a pair's
    covariance is noisy. A signal's spatial variance is that of the dark plus (PRNU signal)^2.
    """
    spatial = [point.spatial_variance_dn2 for point in fitted]
    darks = [point.dark_spatial_variance_dn2 for point in points]
    if None in spatial or None in darks:
        return None, None
    dark = max(float(np.mean(np.asarray(darks, dtype=np.float64))), 0.0)
    square = np.array([point.signal_dn**2 for point in fitted])
    above = np.asarray(spatial, dtype=np.float64) - dark
    prnu = float(square @ above / (square @ square))
    return math.sqrt(dark) / gain, 100.0 * math.sqrt(max(prnu, 0.0))
