"""The topic tree: what is published where, how, and in what form. Data; `mqtt.py` is the logic."""

import json
from dataclasses import dataclass

from inspectd.core.alarm_table import BY_ID
from inspectd.core.alarms import Change


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: `pattern` with `{line}` in it, and how its messages are sent.

    A pattern with `{station}` is one topic for each station.
    """

    pattern: str
    qos: int
    retain: bool
    description: str

    def of(self, line: str, station: str = "") -> str:
        """The topic of one line, and of one of its stations."""
        return self.pattern.format(line=line, station=station)


VERDICT = Topic("inspectd/{line}/verdict", 1, False, "One message per part: `core.verdict_json`.")  # noqa: FBT003 - a table
STATE = Topic("inspectd/{line}/state", 1, True, "Whether the service is online, and its counters.")  # noqa: FBT003 - a table
COMMAND = Topic("inspectd/{line}/command", 1, False, "Commands to the line: `publish.remote`.")  # noqa: FBT003 - a table
REPLY = Topic("inspectd/{line}/reply", 1, False, "What became of each command.")  # noqa: FBT003 - a table
PICTURE = Topic("inspectd/{line}/picture/{station}", 0, False, "The answer to a snapshot: a JPEG.")  # noqa: FBT003 - a table
ALARM = Topic("inspectd/{line}/alarm", 1, False, "One message for each change of an alarm.")  # noqa: FBT003 - a table
TOPICS = (VERDICT, STATE, COMMAND, REPLY, PICTURE, ALARM)

# Also the last will, so that a consumer need not tell a clean stop from a crash.
OFFLINE = b'{"online":false}'


def alarm_json(change: Change) -> bytes:
    """One change of an alarm."""
    found = BY_ID[change.alarm]
    document = {
        "schema_version": 1,
        "alarm": change.alarm,
        "what": change.what,
        "priority": found.priority.value,
        "detail": change.detail,
        "action": found.action[0],
    }
    return json.dumps(document, separators=(",", ":")).encode()
