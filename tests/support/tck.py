"""Which assertion of the Sparkplug specification which test covers, and the page that says so.

PYTHONPATH=tests python -m support.tck > docs/reference/sparkplug.md
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = (ROOT / "tests" / "publish" / "test_sparkplug.py",)
PAGE = ROOT / "docs" / "reference" / "sparkplug.md"

# Of the specification's assertions, those that bind somebody else, or what is not done here.
NOT_APPLICABLE = (
    (
        "device messages (DBIRTH, DDATA, DCMD, DDEATH)",
        "the line is one edge node without devices: its metrics are the node's own",
    ),
    (
        "host applications and their STATE messages (`host-*`, `*-host-application-*`)",
        "inspectd is an edge node; it only reads STATE",
    ),
    (
        "Sparkplug-aware brokers (`conformance-mqtt-aware-*`)",
        "a matter of the broker",
    ),
    ("data sets, templates, property set lists, extensions", "no metric has one"),
    ("`quality` properties", "none is sent: a metric whose value is not known is not sent"),
    (
        "several MQTT servers (`*-multiple-servers-*`, `*-multi-server-*`)",
        "one broker is configured; another one is taken over by a reload",
    ),
    ("MQTT 5.0 variants (`*-50`)", "MQTT 3.1.1 is spoken"),
)

_HEAD = """\
# Sparkplug B: what is said, and what is tested

The table is made from the tests by `PYTHONPATH=tests python -m support.tck`.

With `[mqtt.sparkplug]` in the settings, verdicts and state go out as a Sparkplug B 3.0 edge node
instead of JSON: `spBv1.0/<group_id>/<type>/<edge_node_id>`. Commands, replies, pictures and alarms
stay JSON on [their topics](mqtt.md).

- **NBIRTH** has every metric with name, alias and datatype; **NDATA** has what changed, by alias. A
  verdict is one NDATA with all of `Verdict/*`, at the time when it was made.
- **At least once**: NDATA has QoS 0, so verdicts are ticked off when the broker has answered a
  subscription that was sent after them. Duplicates have the same `Verdict/Boot Id` and
  `Verdict/Sequence`.
- **Store and forward**: verdicts wait on the disk while the broker, or the primary host
  (`host_id`), is away, and come with `is_historical` afterwards.
- **NCMD** `Node Control/Rebirth` makes a new birth. Nothing else is writable: commands to the line
  have a topic of their own, with replies ([MQTT](mqtt.md#commands)).
- One connection has one will, and a verdict one tick in the outbox: so it is Sparkplug *or* JSON.

## Assertions of the specification (tck-id) and the tests that cover them

| tck-id | test |
| --- | --- |
"""


def covered() -> Iterator[tuple[str, str]]:
    """(tck-id, name of the test), in the order of the file."""
    for path in TESTS:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    if "mark.tck" in ast.unparse(decorator):
                        assert isinstance(decorator, ast.Call)
                        for argument in decorator.args:
                            assert isinstance(argument, ast.Constant)
                            yield str(argument.value), node.name


def page() -> str:
    """The whole page as Markdown."""
    rows = sorted(set(covered()))
    table = [f"| `tck-id-{tck}` | `{name}` |" for tck, name in rows]
    left = [f"- **{what}**: {why}." for what, why in NOT_APPLICABLE]
    return _HEAD + "\n".join([*table, "", "## Not applicable", "", *left, ""])


if __name__ == "__main__":
    sys.stdout.write(page())
