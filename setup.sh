#!/bin/sh
# Makes the virtual environment named by $1 and installs inspectd in it, dependencies by hash.
set -eu
venv=$1
python=${PYTHON:-python3}

say() { printf '%s\n' "inspectd setup: $*" >&2; }

command -v "$python" >/dev/null 2>&1 || {
    say "no $python found; install Python 3.11 or newer (apt-get install python3), or set PYTHON"
    exit 2
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "$("$python" --version) is too old; Python 3.11 or newer is needed (set PYTHON=...)"
    exit 2
}

# Debian and Ubuntu ship Python without ensurepip; their package python3-venv brings it.
if ! "$python" -c 'import ensurepip' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    root=
    [ "$(id -u)" = 0 ] || root='sudo -n'
    say "installing python$version-venv, which $python lacks"
    { $root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
        $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "python$version-venv"; } >/dev/null || {
        say "could not install it; run: apt-get install python$version-venv"
        exit 2
    }
fi

[ -x "$venv/bin/python" ] || { say "making $venv"; "$python" -m venv "$venv"; }
say "installing dependencies (first time: about a minute)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes -r requirements/dev.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-deps --no-build-isolation --editable .
