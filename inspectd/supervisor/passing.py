"""What a PASS must get past once vision has given it: what no picture shows.

FAIL and REVIEW are left alone: a defect stays one, whoever doubts the ruler.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from inspectd.core.calibration import Calibration
from inspectd.core.camera import CameraInfo
from inspectd.core.frame import Aoi
from inspectd.core.parts import DecidedPart
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.settings.station import StationSettings

_WARN = timedelta(days=7)
# The artefact's maker and the line may read different clocks; more is a clock that stands wrong.
_CLOCKS_APART = timedelta(days=1)
_NAMED_BY = 12

Clock = Callable[[], datetime]


def utc_clock() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def validity(calibration: Calibration) -> tuple[datetime, datetime] | None:
    """From when to when a calibration holds; None: for ever. The end is no longer within."""
    if calibration.valid_days is None or calibration.origin is None:
        return None
    made_at = datetime.fromisoformat(calibration.origin.made_at)
    return made_at, made_at + timedelta(days=calibration.valid_days)


def why_invalid(calibration: Calibration, now: datetime) -> str:
    """Why a calibration does not hold now, with the remedy; empty where it does."""
    holds = validity(calibration)
    if holds is None:
        return ""
    made_at, ends_at = holds
    if now >= ends_at:
        return f"its calibration expired on {ends_at:%Y-%m-%d %H:%M} UTC: calibrate it again"
    if now < made_at - _CLOCKS_APART:
        return (
            f"its calibration was made on {made_at:%Y-%m-%d %H:%M} UTC, which is in the future: "
            "set this host's clock"
        )
    return ""


def why_unfit(
    calibration: Calibration, station: StationSettings, info: CameraInfo | None, now: datetime
) -> tuple[str, ...]:
    """Why a station may not be given a calibration, each with its remedy.

    `info`: of the camera that is open there, None where none is.
    """
    invalid = why_invalid(calibration, now)
    return (*([invalid] if invalid else []), *why_foreign(calibration, station, info))


def why_foreign(
    calibration: Calibration, station: StationSettings, info: CameraInfo | None
) -> tuple[str, ...]:
    """Why a calibration is not of a station's camera as it is set; as `why_unfit`."""
    camera = station.camera
    said = []
    if calibration.station not in ("", station.name):
        said.append(f"the calibration was made for station {calibration.station}: install it there")
    wanted = camera.serial if info is None else info.serial
    known = info is not None or wanted != ""
    if known and calibration.camera_serial not in ("", wanted):
        said.append(
            f"the calibration is of camera {calibration.camera_serial}, the station has "
            f"{wanted or 'one without a serial'}: calibrate this camera"
        )
    size = (calibration.width_px or camera.width_px, calibration.height_px or camera.height_px)
    if size != (camera.width_px, camera.height_px):
        said.append(
            f"the calibration holds for {size[0]} x {size[1]} px, the station is set to "
            f"{camera.width_px} x {camera.height_px} px: set the AOI back, or calibrate again"
        )
    if calibration.aoi is not None:
        said += _why_other_aoi(calibration.aoi, station, info)
    return tuple(said)


def _why_other_aoi(aoi: Aoi, station: StationSettings, info: CameraInfo | None) -> list[str]:
    """The binning is nowhere in the settings: only the open camera knows it."""
    said, camera = [], station.camera
    offsets = (camera.offset_x_px, camera.offset_y_px)
    if info is not None:
        offsets = (info.aoi.offset_x_px, info.aoi.offset_y_px)
    if (aoi.offset_x_px, aoi.offset_y_px) != offsets:
        said.append(
            f"the calibration holds for offsets {aoi.offset_x_px}, {aoi.offset_y_px} px, the "
            f"station is set to {offsets[0]}, {offsets[1]} px: set them back, or calibrate again"
        )
    if info is not None and (aoi.binning_x, aoi.binning_y) != (
        info.aoi.binning_x,
        info.aoi.binning_y,
    ):
        said.append(
            f"the calibration holds for binning {aoi.binning_x} x {aoi.binning_y}, the camera "
            f"has {info.aoi.binning_x} x {info.aoi.binning_y}: set it back, or calibrate again"
        )
    return said


class PassGate:
    """The calibrations that are installed, and whether one of them keeps a part from passing."""

    def __init__(
        self,
        calibrations: dict[str, Calibration],
        clock: Clock = utc_clock,
        stations: Iterable[StationSettings] = (),
    ) -> None:
        self._calibrations = dict(calibrations)
        self._stations = {station.name: station for station in stations}
        self._cameras: dict[str, CameraInfo] = {}
        self.sha256 = {name: c.sha256 for name, c in calibrations.items()}
        self._clock = clock

    def install(self, station: str, calibration: Calibration) -> None:
        """Another calibration holds for a station from now on."""
        self._calibrations[station] = calibration
        self.sha256 = {**self.sha256, station: calibration.sha256}

    def camera_is(self, station: str, info: CameraInfo) -> None:
        """Note the camera that a station has opened."""
        self._cameras[station] = info

    def withheld(self) -> tuple[Reason, ...]:
        """Every calibration that does not hold now, or is not of its station's camera."""
        return (*self._invalid(), *self._foreign())

    def _foreign(self) -> tuple[Reason, ...]:
        return tuple(
            Reason(ReasonCode.CALIBRATION_MISMATCH, f"station {name}: {why}")
            for name, calibration in self._calibrations.items()
            if name in self._stations
            for why in why_foreign(calibration, self._stations[name], self._cameras.get(name))
        )

    def _invalid(self) -> tuple[Reason, ...]:
        now = self._clock()
        found = ((name, why_invalid(c, now)) for name, c in self._calibrations.items())
        return tuple(
            Reason(ReasonCode.CALIBRATION_EXPIRED, f"station {name}: {why}")
            for name, why in found
            if why
        )

    def notices(self) -> tuple[str, ...]:
        """What a person should know before it is too late: calibrations that end within a week.

        And stations that have none: none of their parts will pass.
        """
        now = self._clock()
        said = [
            f"station {name} has no calibration: it cannot pass a part; calibrate it"
            for name in self._stations
            if name not in self._calibrations
        ]
        for name, calibration in self._calibrations.items():
            holds = validity(calibration)
            if holds is not None and timedelta(0) < holds[1] - now <= _WARN:
                left = _in_words(holds[1] - now)
                said.append(f"station {name}: its calibration expires in {left}: calibrate it")
        return tuple(said)

    def exchanged(self, part: DecidedPart) -> tuple[Reason, ...]:
        """A view that was judged with a calibration that has been replaced meanwhile."""
        return tuple(
            Reason(
                ReasonCode.CALIBRATION_MISMATCH,
                f"station {name} judged with calibration {view.calibration_sha256[:_NAMED_BY]}, "
                "which is no longer installed",
            )
            for name, view in part.views.items()
            if view.calibration_sha256 not in ("", self.sha256.get(name))
        )


def _in_words(left: timedelta) -> str:
    """Rounded down: 3 days means at least three."""
    hours = int(left / timedelta(hours=1))
    if left.days:
        return f"{left.days} day{'s' * (left.days > 1)}"
    return f"{hours} hour{'s' * (hours != 1)}"
