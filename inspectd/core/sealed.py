"""Files that name the hash of their own content, so that a changed one is found."""

import hashlib
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Sealed(BaseModel):
    """Written by a person without a seal, or by a command with one; a broken one is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    content_sha256: Sha256 | None = Field(
        None, description="Seal: SHA-256 of all the rest; none: written by a person."
    )

    @model_validator(mode="after")
    def _unchanged(self) -> Self:
        if self.content_sha256 not in {None, self.seal}:
            msg = (
                "the file was changed after it was made (content_sha256 does not fit): take the "
                "original, or calibrate again"
            )
            raise ValueError(msg)
        return self

    @property
    def seal(self) -> str:
        """What `content_sha256` must be: the hash of everything else."""
        content = self.model_dump_json(exclude={"content_sha256"})
        return hashlib.sha256(content.encode()).hexdigest()

    def sealed(self) -> Self:
        """The same with its seal."""
        return self.model_copy(update={"content_sha256": self.seal})
