"""`docs/reference/alarms.md`, made from the alarm table.

`python -m inspectd.publish.alarm_page > docs/reference/alarms.md` writes it anew.
"""

import sys

from inspectd.core.alarm_table import ALARMS, AlarmDefinition
from inspectd.core.alarms import CHATTER_RAISES, CHATTER_WINDOW_NS, LONGEST_SHELF_NS, TRANSITIONS

_NS = 1_000_000_000

_HEAD = f"""\
# Alarms

Made by `python -m inspectd.publish.alarm_page`; edit `inspectd/core/alarm_table.py`.

An alarm says that a person must do something (ISA-18.2). It stands on the page, in
`/api/alarms`, in the retained MQTT state, and as `inspectd_alarm_active` in the metrics; each
change of it is a message on `inspectd/<line>/alarm` and a line of the log (`alarm`). The PLC has
its own first-out error with a code ([Modbus map](modbus-map.md)); its ClearError acknowledges
every alarm.

- An alarm waits to be **acknowledged**, also when its condition is over: somebody should know.
- One that was raised {CHATTER_RAISES} times within {CHATTER_WINDOW_NS // _NS} s **chatters**: it
  is told once, and stands until it has been quiet for as long.
- A person may **shelve** one for at most {LONGEST_SHELF_NS // (3600 * _NS)} h: it is not
  annunciated, and comes back by itself. Alarms of high priority, which stand for parts that are
  not judged, cannot be shelved.
- Shelving or acknowledging changes nothing about the line: what keeps parts from passing does.
- Nothing is remembered across a restart of the service: what still stands is raised again.

## States

```mermaid
stateDiagram-v2
    [*] --> normal
"""


def page() -> str:
    """The whole page as Markdown."""
    arrows = [
        f"    {before.value} --> {after.value}: {event.value}"
        for (before, event), after in TRANSITIONS.items()
    ]
    return _HEAD + "\n".join([*arrows, "```", "", *map(_row, ALARMS)])


def _row(alarm: AlarmDefinition) -> str:
    delay_s = alarm.delays.on_ns / _NS
    after = f", after {delay_s:g} s" if delay_s else ""
    return "\n".join(
        [
            f"## {alarm.id}",
            "",
            f"Priority {alarm.priority.value}, to be seen to within {alarm.within_min} min{after}.",
            "",
            f"- **Cause**: {alarm.cause[0]} {alarm.cause[1]}",
            f"- **Consequence**: {alarm.consequence[0]} {alarm.consequence[1]}",
            f"- **What to do**: {alarm.action[0]} {alarm.action[1]}",
            "",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(page())
