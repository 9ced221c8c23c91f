import json
from pathlib import Path

from inspectd.publish.topics import OFFLINE, PICTURE, STATE, TOPICS


def test_every_topic_lies_under_its_line() -> None:
    assert [topic.of("line-1") for topic in TOPICS] == [
        "inspectd/line-1/verdict",
        "inspectd/line-1/state",
        "inspectd/line-1/command",
        "inspectd/line-1/reply",
        "inspectd/line-1/picture/",
        "inspectd/line-1/alarm",
    ]


def test_the_state_is_retained_and_a_verdict_is_not() -> None:
    assert [topic for topic in TOPICS if topic.retain] == [STATE]


def test_every_message_but_a_picture_is_confirmed_by_the_broker() -> None:
    assert [topic for topic in TOPICS if topic.qos != 1] == [PICTURE]


def test_the_will_says_offline() -> None:
    assert json.loads(OFFLINE) == {"online": False}


def test_the_documentation_lists_every_topic() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "mqtt.md").read_text()
    for topic in TOPICS:
        retained = "yes" if topic.retain else "no"
        assert f"| `{topic.of('<line>', '<station>')}` | {topic.qos} | {retained} |" in page
