#!/usr/bin/env python3
"""Study: one picture through the classify pipeline, against what a plain script needs, one core.

Both decode the same JPEG files and run the same INT8 MobileNetV2, in turn, picture by picture. The
plain script is what anybody would write: Pillow, crop and resize, the interpreter, argmax.

    PYTHONPATH=hil python hil/studies/classify.py --rounds 5
"""

import argparse
import io
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from side_site import DATA, MODEL, tell, write_settings

from inspectd.pipelines.classify.pipeline import ClassifyOptions, make_pipeline
from inspectd.pipelines.host.context import Hold, JobContext
from inspectd.pipelines.host.isolate import resident_mb
from inspectd.pipelines.host.item import Item
from inspectd.pipelines.host.settings import load_side_settings
from inspectd.pipelines.host.site import Site


def plain(interpreter: Any, data: bytes) -> int:
    """The script without a host: the likeliest class of one picture."""
    picture = ImageOps.fit(Image.open(io.BytesIO(data)).convert("RGB"), (224, 224))
    inputs, outputs = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.set_tensor(inputs["index"], np.asarray(picture)[None])
    interpreter.invoke()
    return int(interpreter.get_tensor(outputs["index"])[0].argmax())


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - after the affinity

    photos = [path.read_bytes() for path in sorted((DATA / "photos").rglob("*.jpg"))]
    items = [Item("0" * 64, "p", "image/jpeg", data, 100_000_000) for data in photos]
    pipeline, options = make_pipeline(), ClassifyOptions()
    ours, theirs, agree = [], [], 0
    with tempfile.TemporaryDirectory(prefix="inspectd-classify-") as name:
        file = write_settings(Path(name))
        with Site(load_side_settings(file)) as site:
            session = site.models.open(MODEL, 1)
            hold = Hold(site.hold_file)
            context = JobContext(lambda _: session, lambda _: None, lambda _: True, hold)
            interpreter = Interpreter(str(site.models.path(MODEL)), num_threads=1)
            interpreter.allocate_tensors()
            for turn in range(rounds + 1):
                for item, data in zip(items, photos, strict=True):
                    started_s = time.perf_counter()
                    try:
                        found = pipeline.run(item, options, context)
                    except Exception:  # noqa: BLE001, S112 - a damaged photo is in the data
                        continue
                    between_s = time.perf_counter()
                    best = plain(interpreter, data)
                    if turn:
                        ours.append(1e3 * (between_s - started_s))
                        theirs.append(1e3 * (time.perf_counter() - between_s))
                        agree += int(best == int(np.argmax(found.features["scores"])))
            size_mb = site.models.manifest(MODEL).file.size_bytes / 1e6
    told: dict[str, Any] = {"pictures": len(ours), "model_mb": round(size_mb, 2)}
    for who, times in (("ours", ours), ("plain", theirs)):
        p50, p99 = np.percentile(times, (50, 99))
        told[f"{who}_ms"] = {"p50": round(float(p50), 2), "p99": round(float(p99), 2)}
    told["ratio"] = round(float(np.median(np.array(ours) / np.array(theirs))), 2)
    told["same_class"] = round(agree / len(ours), 3)
    told["resident_mb"] = round(resident_mb(os.getpid()) or 0)
    tell(told)


if __name__ == "__main__":
    main()
