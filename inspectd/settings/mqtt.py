"""The broker's section of the settings file."""

from pathlib import PurePath
from typing import Self

from pydantic import Field, model_validator

from inspectd.settings.base import Section
from inspectd.settings.sparkplug import SparkplugSettings


class MqttSettings(Section):
    """The MQTT broker that verdicts go to, and how this service proves who it is."""

    host: str = Field("127.0.0.1", min_length=1, max_length=255, description="Broker's address.")
    port: int = Field(1883, ge=1, le=65_535, description="Broker's TCP port.")
    user: str = Field("", max_length=256, description="User name; empty: none.")
    password_file: PurePath | None = Field(
        None, description="File whose first line is the password; `credential:NAME`: of systemd."
    )
    ca_file: PurePath | None = Field(
        None, description="CA certificates (PEM) that vouch for the broker; set: TLS is used."
    )
    cert_file: PurePath | None = Field(
        None, description="This service's own certificate (PEM), for a broker that asks for one."
    )
    key_file: PurePath | None = Field(None, description="The key of `cert_file` (PEM).")
    commands: bool = Field(
        default=False,
        description="Whether commands are taken over MQTT; whoever may publish may give them.",
    )
    sparkplug: SparkplugSettings | None = None
    keepalive_s: int = Field(
        10, ge=2, le=300, description="Silence after which broker and service give each other up."
    )

    @model_validator(mode="after")
    def _password_needs_a_user(self) -> Self:
        if self.password_file is not None and not self.user:
            msg = "password_file needs `user`"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _certificates_belong_together(self) -> Self:
        if (self.cert_file is None) is not (self.key_file is None):
            msg = "cert_file and key_file need each other"
            raise ValueError(msg)
        if self.cert_file is not None and self.ca_file is None:
            msg = "cert_file needs `ca_file`: without it there is no TLS"
            raise ValueError(msg)
        return self
