"""[[recipes]]: a product that the line can be changed over to."""

from pathlib import PurePath

from pydantic import Field

from inspectd.settings.base import Section


class FurtherRecipe(Section):
    """One recipe beside the one that is active at the start; its number is in its file."""

    file: PurePath = Field(description="Recipe file, relative to this one.")
    references: dict[str, PurePath] = Field(
        default_factory=dict,
        description="By station, what `inspectd teach` learned of good parts of this product.",
    )
