"""`inspectd side train` and `inspectd side shrink`: their options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inspectd.commands.options import Gates, Json

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="Settings of the side host, for the line that it stands behind."
    ),
]


class MethodName(StrEnum):
    """How a model is trained."""

    HOG_SVM = "hog-svm"
    HOG_KNN = "hog-knn"
    SIFT_BOW_SVM = "sift-bow-svm"
    CNN = "cnn"
    HEAD = "head"


def train(
    folder: Annotated[
        Path, typer.Argument(help="A folder of pictures for each class: FOLDER/<class>/*.png.")
    ],
    method: Annotated[MethodName, typer.Option(help="How it is trained.")],
    out: Annotated[Path, typer.Option(help="A new folder for the model and its report.")],
    option: Annotated[
        list[str] | None,
        typer.Option("--option", "-o", help="KEY=VALUE of the method; may be given again."),
    ] = None,
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation; 0: none.")] = 5,
    seed: Annotated[int, typer.Option(help="The same seed trains the same model.")] = 0,
    gate: Gates = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Train a model on labelled pictures; the same call goes on after a kill."""
    from inspectd.commands.side.train import train_model  # noqa: PLC0415 - keeps `--help` fast

    raise typer.Exit(
        train_model(
            folder,
            method.value,
            out,
            options=option or [],
            folds=folds,
            seed=seed,
            gates=gate or [],
            config=config,
            as_json=as_json,
        )
    )


def shrink(
    trained: Annotated[Path, typer.Argument(help="What `inspectd side train` wrote by --out.")],
    data: Annotated[Path, typer.Option(help="The folder of pictures it was trained on.")],
    out: Annotated[Path, typer.Option(help="A new folder for the smaller model.")],
    max_loss: Annotated[
        float, typer.Option(help="Accuracy that may be lost in all, on the test part.")
    ] = 0.01,
    epochs: Annotated[int, typer.Option(help="Epochs of learning after each change.")] = 15,
    seed: Annotated[int, typer.Option(help="The same seed makes the same model.")] = 0,
    tflite: Annotated[
        bool, typer.Option("--tflite", help="Write TFLite for phones and small boards, too.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make a trained network smaller: ONNX, prune, distil, 8 bits; keep what is worth it."""
    from inspectd.commands.side.shrink import shrink_model  # noqa: PLC0415

    shrink_model(
        trained,
        data,
        out,
        max_loss=max_loss,
        epochs=epochs,
        seed=seed,
        tflite=tflite,
        config=config,
        as_json=as_json,
    )
