"""The whole settings file."""

from pathlib import PurePath
from typing import Self

from pydantic import Field, model_validator

from inspectd.settings.base import Section
from inspectd.settings.gate import GateSettings
from inspectd.settings.journal import JournalSettings
from inspectd.settings.line import LineSettings
from inspectd.settings.log import LogSettings
from inspectd.settings.metrics import MetricsSettings
from inspectd.settings.mqtt import MqttSettings
from inspectd.settings.outputs import OutputSettings
from inspectd.settings.plc import PlcSettings
from inspectd.settings.recipes import FurtherRecipe
from inspectd.settings.station import StationSettings
from inspectd.settings.trigger import TriggerSettings
from inspectd.settings.verification import VerificationSettings
from inspectd.settings.web import WebSettings

# What a verdict may wait for the disk beyond the deadline (`supervisor.line`).
_COMMIT_MS = 100


class Settings(Section):
    """One inspectd service: one line, its stations, and whom it talks to."""

    schema_version: int = Field(1, ge=1, le=1, description="Version of this file's layout.")
    recipe: PurePath = Field(
        description="Recipe file, relative to this one; active when the service starts."
    )
    recipes: tuple[FurtherRecipe, ...] = Field(
        (), max_length=255, description="Further recipes that the line can be changed over to."
    )
    stations: tuple[StationSettings, ...] = Field(
        min_length=1, max_length=16, description="One per camera."
    )
    line: LineSettings = LineSettings()
    trigger: TriggerSettings = TriggerSettings()
    gate: GateSettings = GateSettings()
    plc: PlcSettings = PlcSettings()
    mqtt: MqttSettings = MqttSettings()
    outputs: OutputSettings | None = None
    metrics: MetricsSettings = MetricsSettings()
    web: WebSettings = WebSettings()
    journal: JournalSettings = JournalSettings()
    log: LogSettings = LogSettings()
    verification: VerificationSettings = VerificationSettings()

    @model_validator(mode="after")
    def _stations_agree(self) -> Self:
        names = [station.name for station in self.stations]
        if len(set(names)) != len(names):
            msg = f"station names must differ, found {', '.join(names)}"
            raise ValueError(msg)
        if len({station.camera.trigger_source for station in self.stations}) > 1:
            msg = "all cameras must have the same trigger_source: one part starts in one way"
            raise ValueError(msg)
        for further in self.recipes:
            if unknown := sorted(further.references.keys() - set(names)):
                msg = f"recipes: {further.file}: references: no station {', '.join(unknown)}"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _answered_before_the_gate(self) -> Self:
        travel_ms = self.gate.travel_ms
        latest_ms = self.trigger.deadline_ms + _COMMIT_MS
        if travel_ms is None or latest_ms <= travel_ms:
            return self
        most_ms = int(travel_ms) - _COMMIT_MS
        remedy = f"set deadline_ms to {most_ms} or less"
        if most_ms <= self.trigger.match_window_ms:
            remedy = "put the gate farther from the camera"
        msg = (
            f"[gate]: a part is at the gate after {travel_ms:.0f} ms, and may be answered after "
            f"{latest_ms} ms ([trigger] deadline_ms and {_COMMIT_MS} ms for the disk): {remedy}"
        )
        raise ValueError(msg)

    @model_validator(mode="after")
    def _each_listens_on_its_own_port(self) -> Self:
        listening = {"metrics": self.metrics.port, "web": self.web.port}
        if self.plc.client is None and self.plc.serial is None:
            listening["plc"] = self.plc.port
        taken: dict[int, str] = {}
        for section, port in listening.items():
            # 0 is any free one.
            if port and port in taken:
                msg = f"[{taken[port]}] port and [{section}] port are both {port}: change one"
                raise ValueError(msg)
            taken[port] = section
        return self

    @model_validator(mode="after")
    def _outputs_have_lines(self) -> Self:
        outputs = self.outputs
        if outputs is None:
            return self
        cameras = {station.name: station.camera for station in self.stations}
        if outputs.station not in cameras:
            msg = f"outputs.station: no station {outputs.station}"
            raise ValueError(msg)
        carried = cameras[outputs.station].output_lines.values()
        named = (outputs.pass_output, outputs.fail_output, outputs.ready_output)
        for output in filter(None, named):
            if output not in carried:
                msg = (
                    f"outputs: {output} reaches no line: name it in output_lines of the camera of "
                    f"station {outputs.station}"
                )
                raise ValueError(msg)
        return self

    @property
    def hardware_trigger(self) -> bool:
        """Whether the photo-eye fires the cameras, rather than this program."""
        return self.stations[0].camera.trigger_source == "Line1"
