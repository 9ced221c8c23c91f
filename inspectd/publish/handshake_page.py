"""`docs/reference/handshake.md`: the state diagrams of the handshake, made from its table.

`python -m inspectd.publish.handshake_page > docs/reference/handshake.md` writes it anew.
"""

import sys
from dataclasses import astuple
from enum import Enum
from typing import Any, get_args

from inspectd.core.handshake import TRANSITIONS, State, States
from inspectd.core.handshake_rules import HELD_TOO_LONG

_HEAD = """\
# The handshake's states

Made by `python -m inspectd.publish.handshake_page`; edit `inspectd/core/handshake.py`.

Each machine stands for some bits of the [Modbus map](modbus-map.md), and every event moves exactly
one of them. An event that a state has no arrow for cannot happen: the rules look at the state
before they make one, and the tests try every event in every combination of states.
"""

_TIMEOUTS = """\
## How long a state may stand

A state that stands longer than `plc.handshake_timeout_ms` is reported as an error, once each time.
"""


def page() -> str:
    """The whole page as Markdown, its diagrams in Mermaid."""
    machines: tuple[type[Enum], ...] = get_args(State)
    rows = [
        f"| {type(state).__name__} {state.name} | {fault:d} |"
        for state, fault in HELD_TOO_LONG.items()
    ]
    table = "\n".join(["| state | error |", "| --- | --- |", *rows, ""])
    return "\n".join([_HEAD, *map(_diagram, machines), _TIMEOUTS, table])


def _diagram(machine: Any) -> str:
    said = " ".join(str(machine.__doc__).split())
    arrows = [
        f"    {before.name} --> {after.name}: {event.name}"
        for (before, event), after in TRANSITIONS.items()
        if type(before) is machine
    ]
    drawing = ["```mermaid", "stateDiagram-v2", f"    [*] --> {_start(machine)}", *arrows, "```"]
    return "\n".join([f"## {machine.__name__}", "", said, "", *drawing, ""])


def _start(machine: Any) -> str:
    """Where the machine stands when the service starts."""
    starts: tuple[Any, ...] = astuple(States())
    return str(next(state.name for state in starts if type(state) is machine))


if __name__ == "__main__":
    sys.stdout.write(page())
