"""What every section of the settings file has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=0, le=65_535, description="TCP port; 0: any free one.")]
Host = Annotated[str, Field(min_length=1, max_length=255, description="Address to listen on.")]


class Section(BaseModel):
    """Frozen, and refusing keys it does not know: a typing error must not become a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
