"""The judging loop: one view after the other, each answered whatever happens."""

import math
import time
import traceback
from collections.abc import Callable
from dataclasses import replace

from inspectd.core.frame import View
from inspectd.core.messages import ViewDone
from inspectd.core.parts import no_view
from inspectd.core.verdict import ReasonCode, ViewResult
from inspectd.station.intake import Intake, Work
from inspectd.station.preview import Previews
from inspectd.station.products import Product, Products
from inspectd.station.report import one_line, report
from inspectd.station.vitals import Vitals
from inspectd.vision.inspect import inspect
from inspectd.vision.spread import Spread, in_turn

MAX_CONSECUTIVE_ERRORS = 5
_TURN_S = 0.1


class Judge:
    """Answers the views of `intake` in order, until it is finished."""

    def __init__(
        self,
        products: Products,
        intake: Intake,
        vitals: Vitals,
        send: Callable[[ViewDone], object],
        previews: Previews,
        *,
        spread: Spread = in_turn,
    ) -> None:
        self._products = products
        self._intake = intake
        self._vitals = vitals
        self._send = send
        self._previews = previews
        self._spread = spread
        self._errors = 0

    def run(self) -> bool:
        """Judge until the end; False after `MAX_CONSECUTIVE_ERRORS`: a fresh process may help."""
        while not self._intake.finished():
            self._vitals.judge_turned(time.monotonic_ns())
            work = self._intake.get(_TURN_S)
            if work is not None:
                self._answer(work)
            if self._errors >= MAX_CONSECUTIVE_ERRORS:
                return False
        return True

    def _answer(self, work: Work) -> None:
        if isinstance(work.task, ViewResult):
            work.announced.wait()
            self._send(ViewDone(work.view, work.task))
            return
        now_ns = time.monotonic_ns()
        self._vitals.judge_turned(now_ns)
        self._vitals.judging_began(now_ns)
        # Once for the whole view: the product may change while it is judged.
        product = self._products.active
        result = self._judge(work.view, work.task, product)
        work.announced.wait()
        self._send(ViewDone(work.view, result))
        self._vitals.judging_ended()
        if self._intake.waiting():
            self._previews.skip()
        else:
            self._previews.offer(work.view, work.task, result, product.job)

    def _judge(self, view: int, pictures: View, product: Product) -> ViewResult:
        try:
            result = inspect(pictures, product.job, time.monotonic_ns, self._spread)
            _require_numbers(result)
        except Exception as error:  # noqa: BLE001 - no part goes unanswered, whatever vision did
            self._errors += 1
            report("vision_error", view=view, traceback=traceback.format_exc())
            failed = no_view(ReasonCode.VISION_ERROR, one_line(error))
            last_ns = pictures.frames[-1].received_ns
            return replace(failed, received_ns=last_ns, simulated=pictures.simulated)
        self._errors = 0
        return replace(
            result,
            calibration_sha256=product.calibration_sha256,
            reference_sha256=product.reference_sha256,
            recipe_sha256=product.recipe_sha256,
        )


def _require_numbers(result: ViewResult) -> None:
    """Raise ValueError for a size that is none: JSON has no word for it; the link would break."""
    for defect in result.defects:
        sizes = (
            defect.length_mm,
            defect.width_mm,
            defect.diameter_mm,
            defect.area_mm2,
            defect.depth_mm or 0.0,
            defect.depth_uncertainty_mm or 0.0,
            defect.volume_mm3 or 0.0,
            defect.volume_uncertainty_mm3 or 0.0,
            defect.uncertainty_mm,
            defect.area_uncertainty_mm2,
            defect.contrast,
        )
        # A sum is finite only where every summand is, and does not ask each of them in turn.
        if not math.isfinite(sum(sizes) + sum(map(sum, defect.contour_mm))):
            msg = f"vision measured a {defect.kind} with a size that is no number"
            raise ValueError(msg)
    if not math.isfinite(sum(result.measures.values())):
        msg = "the picture gate measured something that is no number"
        raise ValueError(msg)
