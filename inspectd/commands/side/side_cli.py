"""`inspectd side ...`: one short function per command; heavy imports inside."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inspectd.commands.options import Gates, Json
from inspectd.commands.side import train_cli

app = typer.Typer(
    no_args_is_help=True, help="Other picture jobs on this host, in the line's shadow."
)

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Settings file; without one inspectd-side.toml here or /etc/inspectd/side.toml, "
        "else a folder inspectd-side here.",
    ),
]
Pipeline = Annotated[str, typer.Option("--pipeline", "-p", help="Which pipeline looks at them.")]
Options = Annotated[
    list[str] | None,
    typer.Option("--option", "-o", help="KEY=VALUE of the pipeline; may be given again."),
]


class Again(StrEnum):
    """Which pictures are looked at although they were before."""

    MISSING = "missing"
    FAILED = "failed"
    ALL = "all"


@app.command()
def run(config: Config = None) -> None:
    """Run the side host (page, watched folders, workers) until SIGTERM or Ctrl-C."""
    from inspectd.commands.side.run import run_side  # noqa: PLC0415 - keeps `--help` fast

    run_side(config)


@app.command()
def check(config: Config = None) -> None:
    """Read the settings, and say what of them this host cannot keep."""
    from inspectd.commands.side.check import check_side  # noqa: PLC0415

    raise typer.Exit(check_side(config))


@app.command()
def submit(
    paths: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    pipeline: Pipeline = "classify",
    option: Options = None,
    again: Annotated[Again, typer.Option(help="Look again at pictures that were seen.")] = (
        Again.MISSING
    ),
    wait: Annotated[bool, typer.Option(help="Wait for the results, and print them.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Put pictures into the inbox and have a pipeline look at them."""
    from inspectd.commands.side.submit import submit_pictures  # noqa: PLC0415

    raise typer.Exit(
        submit_pictures(
            config, paths, pipeline, option or [], again.value, wait=wait, as_json=as_json
        )
    )


@app.command()
def report(
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", "-p", help="Scores of this pipeline, too.")
    ] = None,
    option: Options = None,
    output: Annotated[
        Path | None, typer.Option(help="Write an HTML report into this folder.")
    ] = None,
    gate: Gates = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Tell what is in the store, and how good a pipeline is against the labels."""
    from inspectd.commands.side.report import tell_report  # noqa: PLC0415

    raise typer.Exit(
        tell_report(config, pipeline, option or [], output, gate or [], as_json=as_json)
    )


@app.command()
def reduce(config: Config = None, as_json: Json = False) -> None:
    """Have pipelines say what all their pictures say together; done by itself every night."""
    from inspectd.commands.side.reduce import reduce_now  # noqa: PLC0415

    reduce_now(config, as_json=as_json)


@app.command()
def batch(
    paths: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    scheduler: Annotated[
        str, typer.Option(help="Address of a Dask scheduler, such as tcp://HOST:8786.")
    ],
    pipeline: Pipeline = "classify",
    option: Options = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Work through an archive on a Dask cluster; results land in this host's store."""
    from inspectd.commands.side.batch import run_batch  # noqa: PLC0415

    raise typer.Exit(run_batch(config, paths, scheduler, pipeline, option or [], as_json=as_json))


@app.command()
def sample(
    pipeline: Pipeline = "classify",
    option: Options = None,
    name: Annotated[str, typer.Option(help="Name of the sample.")] = "check",
    share: Annotated[float, typer.Option(help="Share of each label's pictures, 0 to 1.")] = 0.05,
    seed: Annotated[int, typer.Option(help="The same seed draws the same pictures.")] = 0,
    config: Config = None,
) -> None:
    """Draw pictures of each label that a person is to check; the page shows them."""
    from inspectd.commands.side.review import draw_sample  # noqa: PLC0415

    draw_sample(config, pipeline, option or [], name=name, share=share, seed=seed)


@app.command()
def label(
    file: Annotated[Path, typer.Argument(help="CSV: a file's name or sha256, and its label.")],
    pipeline: Pipeline = "classify",
    config: Config = None,
) -> None:
    """Take labels over from a table; they are the truth of `report`."""
    from inspectd.commands.side.review import take_labels  # noqa: PLC0415

    take_labels(config, file, pipeline)


@app.command()
def collect(
    folder: Annotated[Path, typer.Argument(help="Where the pictures go: FOLDER/<label>/*.")],
    pipeline: Pipeline = "classify",
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Sensitive pictures may leave the store.")
    ] = False,
    config: Config = None,
) -> None:
    """Write every labelled picture into a folder of its label, for `train` to learn from."""
    from inspectd.commands.side.collect import collect_labelled  # noqa: PLC0415

    collect_labelled(config, folder, pipeline, reveal=reveal)


app.command()(train_cli.train)
app.command()(train_cli.shrink)
