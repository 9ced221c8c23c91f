#!/usr/bin/env python3
"""Study: every method of `inspectd side train` on the steel strip, cross-validated, in one table.

The trunk of `head` is a ResNet-18 that is first trained on the magnetic tiles: other pictures of
metal, with other classes. There are no published weights in the shared data.

    PYTHONPATH=hil python hil/studies/train_methods.py --out /tmp/methods --epochs 30
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from side_site import DATA, tell

STEEL = DATA / "steel_strip" / "test"
TILES = DATA / "magnetic_tile" / "test"


def trained(folder: Path, method: str, out: Path, *more: str) -> dict[str, Any]:
    """One training by the command that a user calls; a finished one is not done again."""
    kept = out.with_suffix(".json")
    if not kept.exists():
        words = ["-m", "inspectd", "side", "train", str(folder), "--method", method]
        called = [sys.executable, *words, "--out", str(out), "--json", *more]
        done = subprocess.run(called, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
        kept.write_text(done.stdout)
    found: dict[str, Any] = json.loads(kept.read_text())
    return found


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--size-px", type=int, default=96)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    size = ("-o", f"size_px={asked.size_px}")
    epochs = (*size, "-o", f"epochs={asked.epochs}", "-o", f"patience={asked.epochs}")
    trunk_of = asked.out / "tiles-cnn"
    trained(TILES, "cnn", trunk_of, "--folds", "0", *epochs)
    trunk = ("-o", f"trunk={trunk_of / 'checkpoint.pt'}")
    ways: dict[str, tuple[str, tuple[str, ...]]] = {
        "hog-svm": ("hog-svm", ()),
        "hog-knn": ("hog-knn", ()),
        "sift-bow-svm": ("sift-bow-svm", ()),
        "head": ("head", (*size, *trunk, "-o", "epochs=10", "-o", "frozen_epochs=10")),
        "cnn": ("cnn", epochs),
        "cnn-mobilenet-v3": ("cnn", (*epochs, "-o", "net=mobilenet-v3-small")),
    }
    for name, (method, more) in ways.items():
        done = trained(STEEL, method, asked.out / name, *more)
        figures = done["cross_validated"]
        row: dict[str, Any] = {"method": name}
        row |= {key: round(figures[key], 3) for key in ("accuracy", "precision", "recall", "f1")}
        row["kappa"] = [round(figures[key], 3) for key in ("kappa", "kappa_low", "kappa_high")]
        row["test_accuracy"] = round(done["test"]["accuracy"], 3)
        row["training_s"] = done["training_s"]
        row["latency_p50_ms"] = done["latency_ms"]["p50"]
        row["model_mb"] = round(done["model"]["file"]["size_bytes"] / 1e6, 2)
        tell(row)


if __name__ == "__main__":
    main()
