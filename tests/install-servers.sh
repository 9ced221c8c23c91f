#!/bin/sh
# Installs the real servers that the tests talk to, where that is allowed; never fails.
set -u
missing=
command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
command -v mbpoll >/dev/null 2>&1 || missing="$missing mbpoll"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || {
        echo "tests: without root or sudo,$missing cannot be installed; their tests are skipped" >&2
        exit 0
    }
    root='sudo -n'
fi
echo "tests: installing$missing" >&2
$root apt-get update -qq >/dev/null 2>&1
for package in $missing; do
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "$package" >/dev/null 2>&1 ||
        echo "tests: $package could not be installed; its tests are skipped" >&2
done
# The packaged broker starts a service of its own; the tests start theirs on a free port.
exit 0
