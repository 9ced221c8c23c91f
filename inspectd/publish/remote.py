"""Commands over MQTT: their form, and the replies to them. Data; `supervisor.remote` acts."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inspectd.core.commands import CommandAnswer, CommandResult, LineCommand

SCHEMA_VERSION = 1
# A request of any sense is far shorter.
MOST_BYTES = 4_096


class RemoteCommand(StrEnum):
    """What may be asked for; the PLC's own handshake is not among it."""

    PREPARE_RECIPE = "prepare_recipe"
    ACTIVATE_RECIPE = "activate_recipe"
    VERIFY = "verify"
    SNAPSHOT = "snapshot"
    GO_OFFLINE = "go_offline"
    GO_ONLINE = "go_online"
    ACKNOWLEDGE_ERROR = "acknowledge_error"
    RESET = "reset"

    @property
    def line_command(self) -> LineCommand | None:
        """The same for the line; None for a snapshot, which no PLC asks for."""
        return LineCommand.__members__.get(self.name)


_WITH_RECIPE = (RemoteCommand.PREPARE_RECIPE, RemoteCommand.ACTIVATE_RECIPE)


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = Field(SCHEMA_VERSION, ge=1, le=SCHEMA_VERSION)


class Request(_Message):
    """One command. `id` is whatever the asker correlates the reply by; the same id is one command.

    A message that the broker delivers twice is carried out once.
    """

    id: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$", description="Correlation id.")
    command: RemoteCommand = Field(description="What is asked for.")
    recipe: int | None = Field(None, ge=1, le=65_535, description="Number of the recipe.")

    @model_validator(mode="after")
    def _recipe_where_it_belongs(self) -> Self:
        if (self.recipe is None) is (self.command in _WITH_RECIPE):
            msg = f"recipe: needed for {' and '.join(_WITH_RECIPE)}, and for nothing else"
            raise ValueError(msg)
        return self


class Reply(_Message):
    """What became of a command. `id` is empty where the request had none that could be read."""

    id: str = ""
    command: str = ""
    done: bool
    result: str = Field(description="done, unknown_command, not_possible_now, ... (register 8)")
    why: str = Field("", description="A sentence for people; empty where it was done.")


def parse(payload: bytes) -> Request | str:
    """A request, or why it is none."""
    if len(payload) > MOST_BYTES:
        return f"longer than {MOST_BYTES} bytes"
    try:
        return Request.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        return f"{where}: {first['msg']}" if where else first["msg"]


def reply(request: Request, answer: CommandAnswer) -> bytes:
    """The answer to a request."""
    return _encode(request.id, request.command.value, answer)


def refusal(why: str) -> bytes:
    """The answer to what is no request."""
    return _encode("", "", CommandAnswer(CommandResult.UNKNOWN_COMMAND, why))


def _encode(request_id: str, command: str, answer: CommandAnswer) -> bytes:
    made = Reply(
        id=request_id,
        command=command,
        done=answer.done,
        result=answer.result.name.lower(),
        why=answer.why,
    )
    return made.model_dump_json().encode()
