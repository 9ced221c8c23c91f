"""The reports on light and sensor: what was measured, in words, tables and figures."""

from collections.abc import Mapping, Sequence

from inspectd_calibration.colour import ColourFit
from inspectd_calibration.colour_chart import NAMES
from inspectd_calibration.fields import FieldsReport
from inspectd_calibration.photon_transfer import SensorCheck
from inspectd_calibration.plots_light import (
    colour_figure,
    directions_figure,
    field_figure,
    photon_transfer_figure,
    uniformity_figure,
)
from inspectd_calibration.report import Picture, Section, Table, notes
from inspectd_calibration.sphere import LightDirection
from inspectd_calibration.uniformity import Uniformity


def sensor_table(check: SensorCheck) -> Table:
    """What was found, quantity by quantity."""
    bound = "at most " if check.dark_noise_is_bound else ""
    least = "" if check.saturation_reached else "at least "
    rows = [
        ("overall system gain K", f"{check.system_gain_dn_per_e:.4g} DN/e⁻"),
        ("its inverse 1/K", f"{1.0 / check.system_gain_dn_per_e:.4g} e⁻/DN"),
        ("temporal dark noise", f"{bound}{check.temporal_dark_noise_e:.3g} e⁻"),
        ("saturation capacity", f"{least}{check.saturation_capacity_e:,.0f} e⁻"),
        ("absolute sensitivity threshold", f"{check.absolute_threshold_e:.3g} e⁻"),
        (
            "dynamic range",
            f"{least}{check.dynamic_range:,.0f} ({check.dynamic_range_db:.1f} dB)",
        ),
        ("SNR_max", f"{least}{check.snr_max:.0f} ({check.snr_max_db:.1f} dB)"),
        ("linearity error LE", f"{check.linearity_error_percent:.2g} %"),
    ]
    if check.dsnu_e is not None and check.prnu_percent is not None:
        rows += [
            ("DSNU1288", f"{check.dsnu_e:.3g} e⁻"),
            ("PRNU1288, with the light's unevenness", f"{check.prnu_percent:.3g} %"),
        ]
    return Table(("quantity", "value"), tuple(rows))


def sensor_page(check: SensorCheck) -> list[Section]:
    """The report of `calibrate sensor`."""
    return [
        Section(
            "Result",
            (
                (
                    "A check in the terms of EMVA Standard 1288 release 4.0 (linear). It is no "
                    "compliant characterisation: the irradiation was not measured, so everything "
                    "stands in electrons instead of photons."
                ),
                (
                    f"{len(check.points)} exposure times, {check.fitted} of them below 70 % of "
                    "saturation, from which the gain is fitted."
                ),
            ),
            sensor_table(check),
            (
                Picture(
                    photon_transfer_figure(check),
                    "Left: the slope is the gain; a curve that bends means processing in the "
                    "camera. Right: deviation from a straight line, 5 to 95 % of saturation.",
                ),
            ),
        ),
        Section(
            "Measurements",
            table=Table(
                ("exposure, µs", "mean, DN", "variance, DN²", "dark mean", "dark variance"),
                tuple(
                    (
                        f"{point.exposure_us:g}",
                        f"{point.mean_dn:.2f}",
                        f"{point.variance_dn2:.3f}",
                        f"{point.dark_mean_dn:.2f}",
                        f"{point.dark_variance_dn2:.3f}",
                    )
                    for point in check.points
                ),
            ),
        ),
    ]


def fields_table(report: FieldsReport) -> Table:
    """What was found, quantity by quantity."""
    rows = (
        ("dark pictures", f"{report.dark_pictures}, {100 * report.dark_level:.2f} % of full scale"),
        ("flat pictures", f"{report.flat_pictures}, {100 * report.flat_level:.1f} % of full scale"),
        ("light, darkest cell over mean", f"{report.light.minimum_over_mean:.3f}"),
        ("light, darkest over brightest cell", f"{report.light.minimum_over_maximum:.3f}"),
        ("dark field, standard deviation", f"{report.dsnu_dn:.3g} DN"),
        ("flat field without its smooth part", f"{report.prnu_percent:.2g} %"),
        ("defect pixels, not corrected", f"{len(report.defects)}"),
    )
    return Table(("quantity", "value"), rows)


def fields_page(report: FieldsReport) -> list[Section]:
    """The report of `calibrate fields`."""
    return [
        Section(
            "Result",
            (
                "No saturation and no dust were found: both would have been refused.",
                *notes(report.remarks),
            ),
            fields_table(report),
            (
                Picture(
                    field_figure(report.relative_signal, report.light),
                    "Light and vignetting together, as the correction takes them out.",
                ),
            ),
        )
    ]


def lights_table(lights: Sequence[LightDirection], evenness: Mapping[str, Uniformity]) -> Table:
    """Direction of each light (± with k = 2), and how evenly it lights, where that is known."""
    rows = tuple(
        (
            light.name,
            *(f"{value:.4f}" for value in light.direction),
            f"{light.azimuth_deg:.1f}°",
            f"{light.elevation_deg:.1f}°",
            f"{light.uncertainty_deg:.1f}°",
            f"{evenness[light.name].minimum_over_mean:.3f}" if light.name in evenness else "",
        )
        for light in lights
    )
    return Table(("light", "x", "y", "z", "azimuth", "elevation", "±", "darkest/mean"), rows)


def lights_page(
    lights: Sequence[LightDirection], evenness: Mapping[str, Uniformity]
) -> list[Section]:
    """The report of `calibrate lights`."""
    sections = [
        Section(
            "Directions",
            (
                "Unit vectors to each light: x to the right, y up, z to the camera.",
                "± (k = 2) is that of reading the picture; a near light or camera adds to it.",
            ),
            lights_table(lights, evenness),
            (Picture(directions_figure(lights), "As the camera sees them."),),
        )
    ]
    if evenness:
        picture = Picture(uniformity_figure(evenness), "Each light on a flat white target.")
        sections.append(Section("Evenness", pictures=(picture,)))
    return sections


def colour_table(fit: ColourFit) -> Table:
    """Mean and largest CIEDE2000 of each stage."""
    stages = (
        ("raw", fit.raw),
        ("white balance", fit.balanced),
        ("white balance and matrix", fit.corrected),
        ("the same, each patch unseen by its fit", fit.unseen),
    )
    rows = tuple((name, f"{values.mean():.2f}", f"{values.max():.2f}") for name, values in stages)
    return Table(("CIEDE2000 of the 24 patches", "mean", "largest"), rows)


def colour_page(fit: ColourFit) -> list[Section]:
    """The report of `calibrate colour`."""
    return [
        Section(
            "Result",
            (
                (
                    "CIEDE2000 of the 24 patches against the maker's values (X-Rite 2016, charts "
                    "made after November 2014). About 1 is just noticeable."
                ),
            ),
            colour_table(fit),
            (Picture(colour_figure(fit), "A patch whose halves differ is not right yet."),),
        ),
        Section(
            "Numbers",
            table=Table(
                ("channel", "black level", "white balance", "matrix row"),
                tuple(
                    (
                        channel,
                        f"{fit.black_level[i]:.4f}",
                        f"{fit.white_balance[i]:.4f}",
                        "  ".join(f"{value:.4f}" for value in fit.matrix[i]),
                    )
                    for i, channel in enumerate(("red", "green", "blue"))
                ),
            ),
        ),
        Section(
            "Patches",
            table=Table(
                ("patch", "raw", "white balance", "corrected"),
                tuple(
                    (
                        name,
                        f"{fit.raw[i]:.2f}",
                        f"{fit.balanced[i]:.2f}",
                        f"{fit.corrected[i]:.2f}",
                    )
                    for i, name in enumerate(NAMES)
                ),
            ),
        ),
    ]
