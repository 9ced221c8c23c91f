"""Commands over MQTT as messages: what is one, and how it is answered."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.commands import DONE, CommandAnswer, CommandResult, LineCommand
from inspectd.publish.remote import MOST_BYTES, RemoteCommand, Request, parse, refusal, reply

GOOD = {"id": "mes-1", "command": "activate_recipe", "recipe": 2}


def test_a_command_is_read() -> None:
    request = parse(json.dumps(GOOD).encode())
    assert isinstance(request, Request)
    assert (request.id, request.command, request.recipe) == (
        "mes-1",
        RemoteCommand.ACTIVATE_RECIPE,
        2,
    )


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"id": ""}, "id"),
        ({"id": "a" * 65}, "id"),
        ({"id": "a b"}, "id"),
        ({"command": "format_disk"}, "command"),
        ({"recipe": None}, "recipe"),
        ({"command": "verify"}, "recipe"),
        ({"recipe": 0}, "recipe"),
        ({"recipe": 70_000}, "recipe"),
        ({"extra": 1}, "extra"),
        ({"schema_version": 2}, "schema_version"),
    ],
)
def test_what_is_no_command_is_told_by_its_key(change: dict[str, Any], word: str) -> None:
    said = parse(json.dumps({**GOOD, **change}).encode())
    assert isinstance(said, str)
    assert word in said


def test_a_message_that_is_too_long_is_not_read() -> None:
    assert parse(b" " * (MOST_BYTES + 1)) == f"longer than {MOST_BYTES} bytes"


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(payload: bytes) -> None:
    assert isinstance(parse(payload), Request | str)


def test_every_command_but_a_snapshot_is_one_of_the_line() -> None:
    of_the_line = {command.line_command for command in RemoteCommand}
    assert of_the_line - {None} == set(LineCommand) - {LineCommand.DEQUEUE_RESULT}
    assert [c for c in RemoteCommand if c.line_command is None] == [RemoteCommand.SNAPSHOT]


def test_a_reply_names_its_request() -> None:
    request = parse(json.dumps(GOOD).encode())
    assert isinstance(request, Request)
    said = json.loads(reply(request, CommandAnswer(CommandResult.UNKNOWN_RECIPE, "no recipe 2")))
    assert said == {
        "schema_version": 1,
        "id": "mes-1",
        "command": "activate_recipe",
        "done": False,
        "result": "unknown_recipe",
        "why": "no recipe 2",
    }
    assert json.loads(reply(request, DONE))["done"]


def test_a_refusal_names_none() -> None:
    said = json.loads(refusal("no JSON"))
    assert (said["id"], said["done"], said["why"]) == ("", False, "no JSON")
