"""The answer of a bench: JSON for trend keeping, tables for people."""

from typing import Any

from rich.console import Console
from rich.table import Table

from inspectd import __version__
from inspectd.commands.bench.measure import COLUMNS, ROWS, BenchResult, Measured

_BUSY = 0.5


def bench_json(result: BenchResult) -> dict[str, Any]:
    """The figures of Mono8 at the top, those of both formats below `pictures`."""
    ceilings = result.ceilings
    return {
        **_figures(result.mono),
        "pictures": {"Mono8": _figures(result.mono), "BGR8": _figures(result.bgr)},
        "ceilings": {
            "multiply_adds_per_s": ceilings.multiply_adds_per_s,
            "bytes_per_s": ceilings.bytes_per_s,
            "texture_share": ceilings.texture_share,
            "normalise_share": ceilings.normalise_share,
            "two_threads": ceilings.two_threads,
        },
        "columns": COLUMNS,
        "rows": ROWS,
        "load_average": result.load_average,
        "software_version": __version__,
    }


def show_bench(result: BenchResult) -> None:
    """Print every picture's times and ratios."""
    console = Console()
    for name, measured in (("Mono8", result.mono), ("BGR8", result.bgr)):
        console.print(_table(f"{COLUMNS} x {ROWS} {name}, one scratch, ms", measured))
        figures = _figures(measured)
        console.print(
            f"Textbook's Gabor and Canny over ours, one thread: {figures['ratio_textbook']:.0f} x. "
            f"Best OpenCV over ours: {figures['ratio_best_opencv']:.1f} x. Two threads: "
            f"{figures['ratio_threads']:.2f} x of one ({figures['ratio_threads_clean']:.2f} x on a "
            f"part without defects, {measured.clean_ms['1']:.1f} and {measured.clean_ms['2']:.1f} "
            f"ms). Peak memory of the process: {measured.peak_mb:.0f} MB.",
            highlight=False,
        )
    ceilings = result.ceilings
    console.print(
        f"One core here: {ceilings.multiply_adds_per_s / 1e9:.0f} thousand million multiply-adds "
        f"a second, of which texture reaches {ceilings.texture_share:.0%}; "
        f"{ceilings.bytes_per_s / 1e9:.0f} GB/s of memory traffic, of which normalise reaches "
        f"{ceilings.normalise_share:.0%}. Two threads were {ceilings.two_threads:.2f} x as fast at "
        "arithmetic alone.",
        highlight=False,
    )
    if result.load_average > _BUSY:
        console.print(
            f"Others use this machine (load average {result.load_average:.1f}): times are too "
            "high, and two threads get less than two cores. Measure again when it is quiet.",
            style="yellow",
            highlight=False,
        )


def _figures(measured: Measured) -> dict[str, Any]:
    textbook, best = measured.textbook_ms, sum(measured.best_opencv_ms.values())
    one, two = measured.ours_ms["1"], measured.ours_ms["2"]
    return {
        "textbook_ms": sum(textbook.values()),
        "best_opencv_ms": best,
        "ours_ms": measured.ours_ms,
        "ratio_textbook": (textbook["gabor"] + textbook["canny"]) / one,
        "ratio_best_opencv": best / one,
        "ratio_threads": one / two,
        "clean_ms": measured.clean_ms,
        "ratio_threads_clean": measured.clean_ms["1"] / measured.clean_ms["2"],
        "peak_mb": measured.peak_mb,
        "stages_ms": {
            "textbook": textbook,
            "best_opencv": measured.best_opencv_ms,
            "ours": measured.stages_ms,
        },
    }


def _table(title: str, measured: Measured) -> Table:
    table = Table(title=title, title_justify="left")
    columns = {
        "textbook OpenCV": measured.textbook_ms,
        "best OpenCV": measured.best_opencv_ms,
        "inspectd, 1 thread": measured.stages_ms["1"],
        "inspectd, 2 threads": measured.stages_ms["2"],
    }
    wholes = [sum(measured.textbook_ms.values()), sum(measured.best_opencv_ms.values())]
    wholes += [measured.ours_ms["1"], measured.ours_ms["2"]]
    table.add_column("stage")
    for heading in columns:
        table.add_column(heading, justify="right")
    stages = dict.fromkeys(stage for times in columns.values() for stage in times)
    for stage in stages:
        cells = [times.get(stage) for times in columns.values()]
        table.add_row(stage, *("" if spent is None else f"{spent:.2f}" for spent in cells))
    table.add_row("whole", *(f"{whole:.1f}" for whole in wholes), style="bold")
    return table
