"""What `inspectd check-config` says beyond mistakes."""

from inspectd.settings.project import Project
from inspectd.supervisor.passing import utc_clock, why_unfit


def cannot_pass(project: Project) -> list[str]:
    """Why no part can pass a station as it is set, and which calibration nobody can vouch for."""
    said: list[str] = []
    for station in project.settings.stations:
        calibration = project.calibrations.get(station.name)
        where = f"station {station.name}"
        if calibration is None:
            said.append(f"{where} has no calibration: it cannot pass a part.")
            continue
        unfit = why_unfit(calibration, station, None, utc_clock())
        said += [f"{where}: {why}. Until then it cannot pass a part." for why in unfit]
        if calibration.content_sha256 is None:
            said.append(f"{where}: its calibration was written by a person: no seal shows changes.")
    return said
