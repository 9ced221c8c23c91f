"""The page of the alarms, and the table that it is made from."""

from pathlib import Path

from inspectd.core.alarm_table import ALARMS, BY_ID, Priority
from inspectd.publish.alarm_page import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "alarms.md"


def test_the_page_in_docs_is_the_one_that_the_table_makes() -> None:
    remedy = "python -m inspectd.publish.alarm_page > docs/reference/alarms.md"
    assert PAGE.read_text("utf-8") == page(), f"make it anew: {remedy}"


def test_every_alarm_has_a_name_of_its_own_and_says_all_in_both_languages() -> None:
    assert len(BY_ID) == len(ALARMS)
    for alarm in ALARMS:
        for english, chinese in (alarm.cause, alarm.consequence, alarm.action):
            assert english.isascii()
            assert not chinese.isascii()


def test_few_alarms_are_of_high_priority() -> None:
    high = [alarm for alarm in ALARMS if alarm.priority is Priority.HIGH]
    assert len(high) <= len(ALARMS) / 5
