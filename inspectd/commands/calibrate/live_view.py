"""What a person sees of `inspectd calibrate live`: bars, and the best value so far."""

from dataclasses import dataclass

from inspectd_calibration.aids import Aids, Exposure, TargetSeen
from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

_BAR = 20
_STEPS = " ▁▂▃▄▅▆▇█"
# Beyond these the picture says so; what a recipe refuses is set in the recipe.
MOST_SATURATED = 0.001
LEAST_MEAN = 0.1
LEAST_EVENNESS = 0.8
# A target that fills less of the picture says little about the rest of it.
LEAST_COVERAGE = 0.1


@dataclass(frozen=True, slots=True)
class Best:
    """The best values so far."""

    focus_percent: float = 0.0
    evenness: float = 0.0
    tilt_deg: float | None = None

    def and_now(self, seen: Aids) -> "Best":
        """The same after one more picture."""
        tilt = None if seen.target is None else seen.target.tilt_deg
        tilts = [tilt_deg for tilt_deg in (self.tilt_deg, tilt) if tilt_deg is not None]
        return Best(
            max(self.focus_percent, seen.focus_percent),
            max(self.evenness, seen.evenness),
            min(tilts, default=None),
        )


def live_view(seen: Aids, best: Best, footer: str) -> RenderableType:
    """One panel for one picture."""
    table = Table.grid(padding=(0, 2))
    table.add_row(
        "focus",
        _bar(seen.focus_percent / max(best.focus_percent, 1e-6)),
        f"{seen.focus_percent:.2f} %/px",
        f"best {best.focus_percent:.2f}",
    )
    table.add_row("exposure", *_exposure_cells(seen.exposure))
    table.add_row(
        "light",
        _bar(seen.evenness),
        _judged(f"{seen.evenness:.2f} even", good=seen.evenness >= LEAST_EVENNESS),
        f"best {best.evenness:.2f}",
    )
    if seen.target is not None:
        for row in _target_rows(seen.target, best):
            table.add_row(*row)
    return Panel(table, title="inspectd calibrate live", title_align="left", subtitle=footer)


def _exposure_cells(exposure: Exposure) -> tuple[RenderableType, ...]:
    if exposure.saturated > MOST_SATURATED:
        advice = "saturated: shorten the exposure or dim the light"
    elif exposure.mean < LEAST_MEAN:
        advice = "dark: lengthen the exposure or brighten the light"
    else:
        advice = ""
    return (
        _sparkline(exposure.histogram),
        _judged(f"mean {exposure.mean:.0%}", good=not advice),
        Text(f"saturated {exposure.saturated:.2%}, dark {exposure.dark:.1%}  {advice}"),
    )


def _target_rows(target: TargetSeen, best: Best) -> list[tuple[RenderableType, ...]]:
    if target.tilt_deg is None:
        return [("target", _judged("not found", good=False), "", Text(target.problem))]
    advice = "" if target.coverage >= LEAST_COVERAGE else "come nearer, or take a larger target"
    found = _judged(f"{target.points} points", good=True)
    covered = _judged(f"fills {target.coverage:.0%}", good=not advice)
    least = "" if best.tilt_deg is None else f"least {best.tilt_deg:.1f}°"
    return [
        ("target", found, covered, advice),
        ("edges", "", f"{target.blur_px:.2f} px soft", ""),
        ("tilt", _bar(target.tilt_deg / 45.0), f"{target.tilt_deg:.1f}°", least),
    ]


def _bar(share: float) -> Text:
    full = round(_BAR * min(max(share, 0.0), 1.0))
    return Text.assemble(("█" * full, "cyan"), ("░" * (_BAR - full), "dim"))


def _sparkline(histogram: tuple[float, ...]) -> Text:
    top = max(histogram) or 1.0
    # The square root, so that a small share of saturated pixels is seen beside the background.
    steps = [round((len(_STEPS) - 1) * (share / top) ** 0.5) for share in histogram]
    return Text("".join(_STEPS[step] for step in steps), "cyan")


def _judged(text: str, *, good: bool) -> Text:
    return Text(text, "green" if good else "yellow")
