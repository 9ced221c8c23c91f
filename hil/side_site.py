#!/usr/bin/env python3
"""A side host for studies: a store, a model from the shared weights, pictures by edits."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tomli_w
from inspectd_models.published import published

from inspectd.pipelines.host.settings import load_side_settings
from inspectd.pipelines.host.site import Site

DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[2] / "shared" / "data"))
MODEL = "mobilenet-v2-imagenet-int8"


def write_settings(folder: Path, **sections: dict[str, Any]) -> Path:
    """A settings file of a host in this folder, with the classifier installed."""
    folder.mkdir(parents=True, exist_ok=True)
    store = {"folder": "side", "min_free_gb": 0.5, **sections.pop("store", {})}
    file = folder / "side.toml"
    file.write_text(tomli_w.dumps({"store": store, "web": {"port": 0}, **sections}))
    with Site(load_side_settings(file)) as site:
        if MODEL not in site.models.names():
            _, path, card = published(MODEL)
            site.models.install(path, lambda name: DATA / "weights" / name, card)
    return file


@contextlib.contextmanager
def running_host(file: Path) -> Iterator[subprocess.Popen[str]]:
    """`inspectd side run`; killed at the end if it does not go by itself."""
    process = start_host(file)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start_host(file: Path) -> subprocess.Popen[str]:
    """Start it, and return when its page is up."""
    log = file.with_name("host.log")
    with log.open("a", encoding="utf-8") as opened:
        place = opened.tell()
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "inspectd", "side", "run", "--config", str(file)],
            stderr=opened,
            text=True,
        )
    while '"side_page_up"' not in log.read_text(encoding="utf-8")[place:]:
        if process.poll() is not None:
            sys.exit(log.read_text(encoding="utf-8")[place:])
    return process


def make_pictures(folder: Path, count: int, seed: int) -> list[Path]:
    """As many different JPEG files: crops, mirrors, brightness and noise of the shared photos."""
    folder.mkdir(parents=True, exist_ok=True)
    read = (cv2.imread(str(p)) for p in sorted((DATA / "photos" / "people").glob("*.jpg")))
    photos = [photo for photo in read if photo is not None]
    if not photos:
        sys.exit(f"no photos in {DATA}/photos/people (set INSPECTD_DATA)")
    random = np.random.default_rng(seed)
    made = []
    for place in range(count):
        photo = photos[place % len(photos)]
        height, width = photo.shape[:2]
        share = random.uniform(0.6, 1.0)
        top, left = (int(random.uniform(0, 1 - share) * side) for side in (height, width))
        part = photo[top : top + int(share * height), left : left + int(share * width)]
        if random.random() < 1 / 2:
            part = part[:, ::-1]
        part = cv2.convertScaleAbs(
            part, alpha=random.uniform(0.7, 1.3), beta=random.uniform(-20, 20)
        )
        made.append(folder / f"{place:05}.jpg")
        cv2.imwrite(str(made[-1]), part)
    return made


def findings(file: Path) -> dict[str, Any]:
    """What is stored, by the pictures' sha256, to be compared between two hosts."""
    with Site(load_side_settings(file)) as site:
        found = site.results.of_jobs(job.id for job in site.jobs.of(site.pictures.every()))
        return {
            each.sha256: [finding.model_dump(mode="json") for finding in each.findings]
            for each in found.values()
        }


def counts(site: Site) -> dict[str, int]:
    """Jobs by state."""
    states: dict[str, int] = {}
    for (_, state), number in site.jobs.counts().items():
        states[state] = states.get(state, 0) + number
    return states


def tell(told: dict[str, Any]) -> None:
    """A study's figures on stdout."""
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
