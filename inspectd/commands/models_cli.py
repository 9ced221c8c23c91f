"""`inspectd models ...`: what is installed, and how it gets here."""

from pathlib import Path
from typing import Annotated

import typer

from inspectd.commands.options import Json

app = typer.Typer(no_args_is_help=True, help="Trained models: list, fetch, import, verify.")

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Settings file of the side host whose models they are."),
]
Name = Annotated[str, typer.Argument(help="A model's name.")]
Accept = Annotated[
    bool,
    typer.Option("--accept-licence", help="I have read a licence that is not for commerce."),
]


@app.command("list")
def list_models(config: Config = None, as_json: Json = False) -> None:
    """List installed and published models."""
    from inspectd.commands.models import tell_models  # noqa: PLC0415 - keeps `--help` fast

    tell_models(config, as_json=as_json)


@app.command()
def fetch(name: Name, accept_licence: Accept = False, config: Config = None) -> None:
    """Fetch a published model, and install it if its hash is right."""
    from inspectd.commands.models import fetch_model  # noqa: PLC0415

    fetch_model(config, name, accepted=accept_licence)


@app.command("import")
def import_model(
    path: Annotated[
        Path, typer.Argument(help="A folder with a model.toml, or the file of a published model.")
    ],
    accept_licence: Accept = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of another of its name.")
    ] = False,
    config: Config = None,
) -> None:
    """Install a model from disk: a folder's, or a file that the catalogue knows by its hash."""
    from inspectd.commands.models import import_from  # noqa: PLC0415

    import_from(config, path, accepted=accept_licence, replace=replace)


@app.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="One model; without it, all.")] = None,
    config: Config = None,
) -> None:
    """Check the hashes of installed models; exit code 1 where one is wrong."""
    from inspectd.commands.models import verify_models  # noqa: PLC0415

    raise typer.Exit(verify_models(config, name))


@app.command()
def card(name: Name, config: Config = None) -> None:
    """Print a model's card: what it is for, what it is not for, its licence."""
    from inspectd.commands.models import tell_card  # noqa: PLC0415

    tell_card(config, name)
