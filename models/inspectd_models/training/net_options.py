"""What may be asked of a training of networks."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from inspectd_models.training.augment import CHANGES, Change
from inspectd_models.training.method import MethodOptions


class NetOptions(MethodOptions):
    """A network that is trained from the beginning."""

    net: Literal["resnet18", "mobilenet-v3-small"] = Field("resnet18", description="Which one.")
    size_px: int = Field(
        128, ge=32, le=512, multiple_of=32, description="Side of its pictures; time goes by square."
    )
    epochs: int = Field(30, ge=1, le=1000, description="How often all pictures are shown, at most.")
    patience: int = Field(
        8, ge=1, le=1000, description="Stop after so many epochs without a better one."
    )
    batch: int = Field(32, ge=2, le=512, description="Pictures of one step.")
    optimiser: Literal["sgd", "adam"] = Field("adam", description="SGD has a momentum of 0.9.")
    learning_rate: float = Field(0.001, gt=0, le=1, description="At the beginning.")
    step_epochs: int = Field(
        10, ge=1, le=1000, description="The learning rate is multiplied after so many epochs,"
    )
    step_factor: float = Field(0.3, gt=0, le=1, description="by this (StepLR).")
    weight_decay: float = Field(0.0001, ge=0, le=1, description="Pulls weights to zero.")
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of the last features left out.")
    augment: tuple[Change, ...] = Field(
        tuple(CHANGES),
        description='Changes made to the pictures; "[]" for none. Leave out what changes a class: '
        "a mirrored letter is none.",
    )
    validation_share: float = Field(
        0.15, gt=0, lt=0.5, description="Share of the pictures that tells which epoch is best."
    )


class HeadOptions(NetOptions):
    """A trained trunk gets a new last layer; then all of it is tuned finely."""

    trunk: Path = Field(
        description="Weights to begin with: torchvision's file of the net, or the checkpoint.pt of "
        "an earlier training.",
    )
    epochs: int = Field(10, ge=0, le=1000, description="Epochs of fine tuning; 0: head alone.")
    frozen_epochs: int = Field(
        10, ge=1, le=1000, description="Epochs before, in which the trunk stays as it is."
    )
    tuning_factor: float = Field(
        0.1, gt=0, le=1, description="Fine tuning begins with this share of the learning rate."
    )
