#!/bin/sh
# Installs the real servers and tools that the tests need, where that is allowed; never fails.
set -u
missing=
command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
command -v mbpoll >/dev/null 2>&1 || missing="$missing mbpoll"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
# Strangers to our own code: the journal is opened by one, the broker's certificates made by one.
command -v sqlite3 >/dev/null 2>&1 || missing="$missing sqlite3"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
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

# A packaged broker starts itself as a service on port 1883, where `make demo` wants its own. The
# tests start theirs on free ports, so nothing needs to run. Debian policy manual, section 9.3.3.
# Left behind, the policy would keep every later service of this host from starting.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '$root rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
    $root chmod +x "$policy"
fi
for package in $missing; do
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "$package" >/dev/null 2>&1 ||
        echo "tests: $package could not be installed; its tests are skipped" >&2
    [ "$package" != mosquitto ] || ! command -v systemctl >/dev/null 2>&1 ||
        $root systemctl disable --quiet mosquitto >/dev/null 2>&1
done
exit 0
