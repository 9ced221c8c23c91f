"""A whole sender, journal and publisher, in a process of its own: the one that gets killed.

Arguments: journal, broker's port, boot id. A pickled verdict comes on stdin; it is committed and
published again and again, with sequences from 1, until the process is killed.
"""

import pickle
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

from inspectd.journal.journal import Journal
from inspectd.publish.mqtt import MqttPublisher
from inspectd.settings.journal import JournalSettings
from inspectd.settings.mqtt import MqttSettings


def _main(path: str, port: str, boot_id: str) -> None:
    verdict = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the test that started us
    journal = Journal(JournalSettings(path=Path(path)))
    journal.start()
    publisher = MqttPublisher(MqttSettings(port=int(port)), "l1", journal)
    publisher.start()
    for sequence in count(1):
        journal.commit(replace(verdict, boot_id=boot_id, sequence=sequence)).result()
        publisher.wake()


if __name__ == "__main__":
    _main(*sys.argv[1:4])
