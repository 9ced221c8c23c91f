"""What tests of the side host stand on: pictures, and pipelines that are really installed."""

import io
import os
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inspectd.pipelines.host.settings import SideSettings

MakeSettings = Callable[..., SideSettings]
TakeIn = Callable[..., str]

DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[3] / "shared" / "data"))
WEIGHTS = DATA / "weights"

# A pipeline of somebody else: it sees colours, and does as the picture's name says.
_STRANGER = """
import os, signal, time
import numpy as np
from inspectd.core.errors import PictureError
from inspectd.pipelines.host.evaluation.scores import score
from inspectd.pipelines.host.pipeline import Card, Group, Options, Reduction
from inspectd.pipelines.host.result import Artefact, Finding, Result


class TintOptions(Options):
    threshold: float = 0.5


class Tint:
    card = Card("tint", "Tint", frozenset(("image/png", "image/jpeg")), TintOptions, 100)

    def models(self, options):
        return ()

    def run(self, item, options, context):
        name = item.name
        if "dies" in name:
            os.kill(os.getpid(), signal.SIGKILL)
        if "hangs" in name:
            while True:
                time.sleep(0.01)
        if "slow" in name:
            for step in range(100_000):
                time.sleep(0.01)
                context.progress(step / 100_000)
        if "eats" in name:
            kept = [np.ones(4_000_000) for _ in range(400)]
            return Result()
        if "breaks" in name:
            raise ValueError("it is broken")
        rgb = item.rgb
        mean = rgb.reshape(-1, 3).mean(axis=0) / 255
        label = "colour/" + ("red", "green", "blue")[int(mean.argmax())]
        context.progress(0.5)
        found = Finding(kind="tint", label=label, score=float(mean.max()))
        return Result((found,), {"mean": mean}, {"note": Artefact("text/plain", label.encode())})

    def reduce(self, corpus, options, context):
        members = {}
        if corpus.previous is not None:
            for group in corpus.previous.groups:
                members[group.label] = [m for m in group.members if m not in corpus.gone]
        for found in corpus.new:
            members.setdefault(found.findings[0].label, []).append(found.sha256)
        state = str(1 + int((corpus.previous.state if corpus.previous else b"0").decode())).encode()
        return Reduction(
            tuple(Group("tint", k, tuple(sorted(v))) for k, v in sorted(members.items())), state
        )

    def evaluate(self, truth, found):
        pairs = [(truth[f.sha256], f.findings[0].label) for f in found if f.sha256 in truth]
        return score([a for a, _ in pairs], [b for _, b in pairs])
"""


# Workers that got only what nobody else wants would wait for all other tests to end.
STAND_WITH_OTHERS = "INSPECTD_TEST_STAND_WITH_OTHERS"
_SITE = f"""
import os
if os.environ.get("{STAND_WITH_OTHERS}"):
    os.sched_setscheduler = os.setpriority = lambda *_: None
"""


def install_stranger(site_packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the pipeline `tint`, and two that cannot be used, for this and child processes."""
    site_packages.mkdir(exist_ok=True)
    (site_packages / "stranger_tint.py").write_text(textwrap.dedent(_STRANGER))
    (site_packages / "stranger_bad.py").write_text("raise RuntimeError('badly made')\n")
    (site_packages / "stranger_lacks.py").write_text("import no_such_library\n")
    info = site_packages / "stranger-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[inspectd.pipelines]\ntint = stranger_tint:Tint\nbad = stranger_bad:Bad\n"
        "lacks = stranger_lacks:Lacks\n"
    )
    (site_packages / "sitecustomize.py").write_text(_SITE)
    monkeypatch.setenv(STAND_WITH_OTHERS, "1")
    monkeypatch.syspath_prepend(site_packages)
    before = os.environ.get("PYTHONPATH")
    path = f"{site_packages}{os.pathsep}{before}" if before else str(site_packages)
    monkeypatch.setenv("PYTHONPATH", path)


def picture(
    colour: tuple[int, int, int] = (200, 10, 10), size: int = 32, form: str = "PNG"
) -> bytes:
    """A picture of one colour with a little noise, so that no two colours are the same bytes."""
    noise = np.random.default_rng(sum(colour)).integers(0, 5, (size, size, 3))
    values = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, form)
    return file.getvalue()
