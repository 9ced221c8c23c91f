#!/usr/bin/env python3
"""Study: how right the light and sensor commands are.

Sensors of known gain and read noise are simulated and measured by `check_sensor`; with the shared
pictures of a chrome sphere (INSPECTD_DATA, or ../shared/data beside the checkout) the directions
of its lights are compared with the published ones.

    python hil/studies/light.py --runs 5
"""

import argparse
import math
import os
from pathlib import Path

import numpy as np
import typer
from inspectd_calibration.levels import native_levels
from inspectd_calibration.photon_transfer import Exposure, check_sensor, pair_statistics
from inspectd_calibration.sphere import find_sphere, light_direction

from inspectd.simulate.sensor_series import LinearSensor
from inspectd.vision.decode import decode_picture

DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[3] / "shared" / "data"))
_SIDE_PX = 256
_STEPS = 24
_CONTAINER_BITS = 16
_MONO8_BITS = 8
# Bits, system gain in DN/e-, temporal dark noise in e-. The noise of each stands above the
# quantisation (0.24 DN^2), below which the standard gives a bound only.
SENSORS = (
    (8, 0.5, 2.5),
    (8, 0.25, 4.0),
    (8, 0.12, 6.0),
    (8, 0.05, 12.0),
    (10, 0.5, 2.0),
    (10, 0.25, 2.5),
    (10, 0.1, 6.0),
    (12, 2.0, 5.0),
    (12, 1.0, 1.2),
    (12, 0.4, 2.3),
    (12, 0.2, 4.0),
)


def main() -> None:
    """Print both studies."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="series of each sensor")
    runs = parser.parse_args().runs
    typer.echo(f"{_STEPS} exposures, pairs of {_SIDE_PX} x {_SIDE_PX} px, {runs} series a sensor")
    typer.echo("bits  K DN/e  noise e   worst error of K %   of the noise %   LE %")
    for bits, gain, noise_e in SENSORS:
        errors = [errors_percent(bits, gain, noise_e, seed) for seed in range(runs)]
        worst = np.abs(errors).max(axis=0)
        typer.echo(
            f"{bits:4d}  {gain:6.2f}  {noise_e:7.1f}   {worst[0]:18.2f}   {worst[1]:14.2f}   "
            f"{worst[2]:.3f}"
        )
    _lights()


def errors_percent(bits: int, gain: float, noise_e: float, seed: int) -> tuple[float, float, float]:
    """Errors of gain and read noise, and the linearity error of an ideal response."""
    full = 2**bits - 1
    dark_dn = 5.0 * gain * noise_e + 2.0
    sensor = LinearSensor(bits, gain, noise_e, 1.2 * full / gain, dark_dn, 0.5, 0.005)
    check = check_sensor(series(sensor, _STEPS, _SIDE_PX, seed))
    return (
        100.0 * (check.system_gain_dn_per_e / gain - 1.0),
        100.0 * (check.temporal_dark_noise_e / noise_e - 1.0),
        check.linearity_error_percent,
    )


def series(sensor: LinearSensor, steps: int, side_px: int, seed: int) -> list[Exposure]:
    """Pairs from 2 to 110 % of saturation, lit and dark, as measured; 1 electron a microsecond."""
    rng = np.random.default_rng(seed)
    shape = (side_px, side_px)
    pattern = sensor.pattern(shape, rng)
    shift = 0 if sensor.bits == _MONO8_BITS else _CONTAINER_BITS - sensor.bits
    full_e = (2**sensor.bits - 1 - sensor.dark_signal_dn) / sensor.system_gain_dn_per_e

    def pair(electrons: float) -> tuple[float, float, float]:
        shots = (sensor.expose(np.full(shape, electrons), pattern, rng) for _ in range(2))
        return pair_statistics(*(native_levels(shot, shift) for shot in shots))

    points = []
    for electrons in np.linspace(0.02, 1.1, steps) * full_e:
        (mean, variance, spatial), dark = pair(float(electrons)), pair(0.0)
        points.append(Exposure(electrons, mean, variance, *dark[:2], spatial, dark[2]))
    return points


def _lights() -> None:
    stereo = DATA / "photometric_stereo"
    if not stereo.exists():
        typer.echo(f"No pictures of the chrome sphere at {stereo}: set INSPECTD_DATA")
        return
    sphere = find_sphere(decode_picture((stereo / "chrome" / "mask.png").read_bytes()))
    errors = []
    for index, true in enumerate(np.loadtxt(stereo / "lights.txt", skiprows=1)):
        pixels = decode_picture((stereo / "chrome" / f"{index}.png").read_bytes())
        found = light_direction(str(index), pixels, sphere).direction
        errors.append(math.degrees(math.acos(min(1.0, float(np.dot(found, true))))))
    told = ", ".join(f"{error:.1f}" for error in errors)
    typer.echo(f"Lights of the chrome sphere: median {np.median(errors):.2f} degrees ({told})")


if __name__ == "__main__":
    main()
