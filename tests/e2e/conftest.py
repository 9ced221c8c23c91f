"""A service that a test may change, start and harm."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.service import Service

from inspectd.core.defect import DefectKind
from inspectd.core.recipe import Recipe
from inspectd.simulate.parts import draw_defect
from inspectd.simulate.picture_set import PictureSet
from inspectd.simulate.pictures import render_pictures
from inspectd.simulate.render import PartSpec


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> PictureSet:
    """Four small parts: good, scratched, dented, stained."""
    rng = np.random.default_rng(5)
    base = PartSpec(width_px=480, height_px=400, pixel_format="BGR8")
    sizes = {DefectKind.SCRATCH: 9.0, DefectKind.DENT: 5.0, DefectKind.STAIN: 25.0}
    bad = [
        PartSpec(
            width_px=480,
            height_px=400,
            pixel_format="BGR8",
            defects=(draw_defect(kind, size, rng, (12.0, 10.0)),),
        )
        for kind, size in sizes.items()
    ]
    folder = tmp_path_factory.mktemp("parts")
    return render_pictures(folder, [base, *bad], Recipe(), 3, lambda: None)


@pytest.fixture
def service(parts: PictureSet) -> Iterator[Service]:
    """A service that is ready to be changed and started; its end is seen to."""
    # Not pytest's folder: the path of a UNIX socket has 107 characters at most (unix(7)).
    folder = Path(tempfile.mkdtemp(prefix="insp-"))
    made = Service(folder, parts)
    try:
        yield made
    finally:
        made.destroy()
        shutil.rmtree(folder)
