"""The verification with a gauge part: armed, measured, remembered; it locks PASS out.

Part by part: `arm` says that the parts that start from now on are the gauge. Each of them is
answered NO-VERDICT, whatever vision says, and measured. After the last one bias and spread of
every feature are held against the gauge's limits, and their trend is looked at for drift. What is
not good raises an alarm: nothing passes until a good verification, and its acknowledgement by a
person (page, command, the PLC's ClearError), which is not accepted before. A verification that
the service did not live to end is one that failed. All calls on the loop's thread; the file is
written by another.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from inspectd.core.drift import BASELINE, Drift, drift
from inspectd.core.gauge import Feature, Gauge, Outcome, evaluate, match
from inspectd.core.parts import DecidedPart
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.observe.snapshot import VerificationSnapshot
from inspectd.settings.verification import VerificationSettings
from inspectd.supervisor.passing import Clock, utc_clock
from inspectd.supervisor.trend import (
    MOST_RECORDS,
    Conditions,
    FeatureRecord,
    Record,
    Trend,
    read_trend,
    write_trend,
)

# A drift below a tenth of what the bias may be is of no interest.
_LEAST_SIGMA = 0.1
_CLOCK_BACK = timedelta(minutes=5)

log = structlog.get_logger("verification")


class Verification:
    """One gauge on one line. `conditions`: what parts are measured under now."""

    def __init__(
        self,
        gauge: Gauge,
        settings: VerificationSettings,
        path: Path,
        conditions: Callable[[], Conditions],
        clock: Clock = utc_clock,
    ) -> None:
        self._gauge = gauge
        self._settings = settings
        self._path = path
        self._conditions = conditions
        self._clock = clock
        self._first_id = 0
        self._left = 0
        self._seen: list[dict[str, float | None]] = []
        self._under: Conditions | None = None
        self._exchanged: tuple[str, ...] = ()
        self._trend, self._file_problem = read_trend(path)
        self._stored: Trend | None = None
        self._writing: asyncio.Future[None] | None = None
        self._store_error = ""
        if self._file_problem:
            log.error("verification_record_lost", why=self._file_problem)
        if self._trend.pending_since is not None:
            since = self._trend.pending_since
            self._remember((), f"the service ended while it ran (since {since})")

    @property
    def running(self) -> bool:
        """Whether gauge parts are still to come or to be answered."""
        return self._left > 0

    @property
    def alarm(self) -> bool:
        """Whether a verification failed and nobody has acknowledged it yet."""
        return self._trend.alarm

    def arm(self, last_part_id: int) -> str:
        """Take the next parts for the gauge; why not, with the remedy, or an empty text."""
        if self.running:
            return f"a verification is running: {self._left} of its parts are still to come"
        now = self._clock()
        if expired := self._gauge.why_expired(f"{now:%Y-%m-%d}"):
            return expired
        self._first_id, self._left = last_part_id + 1, self._settings.parts
        self._seen = []
        self._under, self._exchanged = self._conditions(), ()
        self._trend = self._trend.model_copy(update={"pending_since": _text(now)})
        log.info("verification_started", gauge=self._gauge.serial, parts=self._left)
        self.store()
        return ""

    def claims(self, part: DecidedPart) -> bool:
        """Whether this part is the gauge."""
        return self.running and part.acquisition_id >= self._first_id

    def take(self, part: DecidedPart) -> Reason:
        """Measure the gauge once; the reason for which it gets NO-VERDICT."""
        seen = {name: view.defects for name, view in part.views.items()}
        self._seen.append(match(self._gauge, seen))
        self._note_conditions()
        self._left -= 1
        count = len(self._seen)
        text = f"gauge {self._gauge.serial}, {count} of {self._settings.parts} of a verification"
        if not self._left:
            self._finish()
            self.store()
        return Reason(ReasonCode.VERIFICATION, text)

    def withheld(self) -> tuple[Reason, ...]:
        """Why nothing may pass now; empty where parts may."""
        if self._trend.alarm:
            return (Reason(ReasonCode.VERIFICATION_FAILED, self._alarm_text()),)
        if why := self._why_due():
            return (Reason(ReasonCode.VERIFICATION_DUE, f"{why}: verify with the gauge"),)
        return ()

    def acknowledge(self) -> str:
        """Take note of a failure that a good verification has followed; why not, or empty."""
        if not self._trend.alarm:
            return "there is nothing to acknowledge"
        if self.running or not self._last_is_good():
            return "not before a good verification: mend what was wrong and verify again"
        self._trend = self._trend.model_copy(update={"alarm": False})
        log.info("verification_acknowledged")
        self.store()
        return ""

    def document(self) -> dict[str, Any]:
        """All that page and command show, as plain values."""
        records = self._trend.records
        return {
            "gauge": {"name": self._gauge.name, "serial": self._gauge.serial},
            "parts": self._settings.parts,
            "left": self._left,
            "alarm": self._trend.alarm,
            "withheld": [reason.text for reason in self.withheld()],
            "last": records[-1].model_dump(mode="json") if records else None,
        }

    def snapshot(self) -> VerificationSnapshot:
        """The same in short, for page, metrics and broker."""
        last = self._trend.records[-1] if self._trend.records else None
        features = () if last is None else last.features
        return VerificationSnapshot(
            gauge=self._gauge.serial,
            left=self._left,
            alarm=self._trend.alarm,
            at="" if last is None else _text(last.at),
            good=last is not None and last.good,
            bias={feature.feature: feature.bias for feature in features},
            spread={feature.feature: feature.spread for feature in features},
        )

    def store(self) -> None:
        """Write what has changed; called at every change, and again and again by the service."""
        if self._writing is not None or self._trend is self._stored:
            return
        writing = asyncio.get_running_loop().run_in_executor(
            None, write_trend, self._path, self._trend
        )
        self._writing = writing
        writing.add_done_callback(partial(self._written, self._trend))

    async def stored(self) -> None:
        """Wait until the newest state is on the disk, or once could not be written."""
        self.store()
        while self._writing is not None:
            await asyncio.wait({self._writing})
            # The callback runs in the loop's next turn.
            await asyncio.sleep(0)
            if self._store_error:
                return
            self.store()

    def _written(self, trend: Trend, done: asyncio.Future[None]) -> None:
        self._writing = None
        error = done.exception()
        if error is None:
            self._stored, self._store_error = trend, ""
        elif not self._store_error:
            self._store_error = f"its record cannot be stored in {self._path}: {error}"
            log.error("verification_not_stored", why=self._store_error)

    def _finish(self) -> None:
        outcomes = evaluate(self._gauge, self._seen)
        what = " and ".join(self._exchanged)
        problem = f"{what}: exchanged while it ran" if what else ""
        features = zip(self._gauge.features, outcomes, strict=True)
        self._remember(tuple(self._judged(f, outcome) for f, outcome in features), problem)

    def _note_conditions(self) -> None:
        """Part by part: a camera whose serial nobody knew at the start may have one now."""
        now = self._conditions()
        changed = () if self._under is None else self._under.changed(now)
        self._exchanged = tuple(dict.fromkeys((*self._exchanged, *changed)))
        self._under = now

    def _judged(self, feature: Feature, outcome: Outcome) -> FeatureRecord:
        """A feature with its trend."""
        found = None if outcome.problem else self._drift(feature, outcome)
        problem = outcome.problem
        if found is not None and found.alarm:
            problem = (
                f"its bias drifts: moving average {found.average:+.4g}, limit {found.limit:.4g}: "
                "calibrate again"
            )
        return FeatureRecord(
            feature=feature.name,
            bias=outcome.bias,
            spread=outcome.spread,
            within=not outcome.problem,
            drift=None if found is None else found.average,
            drift_limit=None if found is None else found.limit,
            problem=problem,
        )

    def _drift(self, feature: Feature, outcome: Outcome) -> Drift | None:
        """Against what was within limits under the same gauge and the same calibration."""
        biases = [
            known.bias
            for record in self._trend.records
            if self._counts(record)
            for known in record.features
            if known.feature == feature.name and known.bias is not None
        ]
        assert outcome.bias is not None
        return drift([*biases, outcome.bias], _LEAST_SIGMA * feature.bias_limit)

    def _changed(self, record: Record) -> tuple[str, ...]:
        """What is no longer as it was in a verification."""
        gauge = ("gauge",) if record.gauge_sha256 != self._gauge.sha256 else ()
        if record.conditions is None:
            return (*gauge, "software")
        return (*gauge, *record.conditions.changed(self._conditions()))

    def _remember(self, features: tuple[FeatureRecord, ...], problem: str) -> None:
        good = not problem and not any(feature.problem for feature in features)
        conditions = self._under or self._conditions()
        record = Record(
            at=self._clock(),
            good=good,
            gauge_sha256=self._gauge.sha256,
            calibration_sha256=conditions.calibration_sha256,
            conditions=conditions,
            features=features,
            problem=problem,
        )
        self._trend = Trend(
            alarm=self._trend.alarm or not good,
            records=self._bounded((*self._trend.records, record)),
        )
        self._file_problem = ""
        if good:
            log.info("verification_good", gauge=self._gauge.serial)
        else:
            log.error("verification_failed", gauge=self._gauge.serial, why=problems(record))

    def _counts(self, record: Record) -> bool:
        """Whether a record belongs to the trend that the next one is compared with.

        Same gauge and same calibration. An exposure that is set anew must not hide a drift.
        """
        within = not record.problem and all(feature.within for feature in record.features)
        calibrations = record.calibration_sha256 == self._conditions().calibration_sha256
        return within and calibrations and record.gauge_sha256 == self._gauge.sha256

    def _bounded(self, records: tuple[Record, ...]) -> tuple[Record, ...]:
        """Without the oldest where there are too many, but never without the baseline.

        Otherwise the baseline would follow a slow drift. What the moving average loses is
        weighted by less than anybody could measure.
        """
        if len(records) <= MOST_RECORDS:
            return records
        baseline = [number for number, r in enumerate(records) if self._counts(r)][:BASELINE]
        spare = next(number for number in range(len(records)) if number not in baseline)
        return records[:spare] + records[spare + 1 :]

    def _last_is_good(self) -> bool:
        return bool(self._trend.records) and self._trend.records[-1].good

    def _alarm_text(self) -> str:
        if self._last_is_good():
            return "a verification failed, and a good one followed: acknowledge it"
        why = problems(self._trend.records[-1]) if self._trend.records else "its record is lost"
        return f"the verification failed ({why}): mend it, verify again, then acknowledge"

    def _why_due(self) -> str:
        """Why the last good verification does not cover a part of now; empty where it does."""
        if self._store_error or self._file_problem:
            return self._store_error or self._file_problem
        if not self._last_is_good():
            return "there has been no good verification yet"
        last = self._trend.records[-1]
        if changed := self._changed(last):
            return f"changed since the last verification: {', '.join(changed)}"
        return self._why_old(last.at)

    def _why_old(self, verified_at: datetime) -> str:
        age, hours = self._clock() - verified_at, self._settings.due_hours
        if age < -_CLOCK_BACK:
            return f"the last verification is of {_text(verified_at)}, in the future: set the clock"
        if hours is not None and age >= timedelta(hours=hours):
            return f"the last verification is {age / timedelta(hours=1):.1f} hours old"
        return ""


def problems(record: Record) -> str:
    """All that was wrong in one verification, in one line."""
    found = [f"{feature.feature}: {feature.problem}" for feature in record.features]
    wrong = [text for text in (record.problem, *found) if text and not text.endswith(": ")]
    return "; ".join(wrong)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
