"""Where a calibration comes from, as a section of its report."""

from inspectd.core.calibration import Origin
from inspectd_calibration.report import Section, Table


def origin_section(origin: Origin) -> Section:
    """When, by whom, by which software, and the SHA-256 of every file that was used."""
    temperature = "" if origin.temperature_c is None else f", at {origin.temperature_c:g} °C"
    made = (
        f"Made {origin.made_at} by {origin.made_by or 'an unknown user'}{temperature}, with "
        f"inspectd {origin.software_version}. Target: {origin.target}."
    )
    left_out = f"Left out: {', '.join(origin.dropped)}." if origin.dropped else ""
    text = (made, left_out) if left_out else (made,)
    return Section("Origin", text, Table(("file", "SHA-256"), tuple(origin.pictures.items())))
