#!/bin/sh
# Puts PyTorch and the converter to TFLite into the virtual environment named by $1, by hash. Training
# and shrinking of networks alone need them, so only tests and whoever trains install them.
set -eu
venv=$1

add() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-deps --require-hashes -r "$1" 2>/dev/null ||
        printf '%s\n' "inspectd setup: $2" >&2
}

add requirements/torch.txt \
    "no CPU build of PyTorch from your package index: networks cannot be trained, their tests are skipped"
add requirements/tflite.txt \
    "no litert-torch for this Python: TFLite cannot be written, its test is skipped"
