#!/bin/sh
# Installs the real servers and tools that the tests need, where that is allowed; never fails.
set -u

say() { echo "tests: $*" >&2; }

# Debian packages -----------------------------------------------------------------------------
missing=
command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
command -v mbpoll >/dev/null 2>&1 || missing="$missing mbpoll"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
# Strangers to our own code: the journal is opened by one, the broker's certificates made by one.
command -v sqlite3 >/dev/null 2>&1 || missing="$missing sqlite3"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
# Two ends of a serial line; a Modbus client of another language's ecosystem.
command -v socat >/dev/null 2>&1 || missing="$missing socat"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
# What side pipelines of several machines share.
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
[ -n "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || missing="$missing postgresql"

root=
[ "$(id -u)" = 0 ] || root='sudo -n'

install_packages() {
    [ -z "$root" ] || sudo -n true 2>/dev/null || {
        say "without root or sudo,$missing cannot be installed; their tests are skipped"
        return
    }
    say "installing$missing"
    $root apt-get update -qq >/dev/null 2>&1

    # A packaged broker starts itself as a service on port 1883, where `make demo` wants its own.
    # The tests start theirs on free ports, so nothing needs to run. Debian policy manual, 9.3.3.
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
            "$package" >/dev/null 2>&1 || say "$package could not be installed; its tests are skipped"
        [ "$package" != mosquitto ] || ! command -v systemctl >/dev/null 2>&1 ||
            $root systemctl disable --quiet mosquitto >/dev/null 2>&1
    done
}
[ -z "$missing" ] || install_packages

# Tools that Debian has no package of, pinned; made once, beside the repository -----------------
tools=${XDG_CACHE_HOME:-$HOME/.cache}/inspectd-tests
modbus_serial=8.0.25
sparkplug_payload=1.0.3
matiec=6bb2c339df6fd096d52f5342be228b0811fef771

install_node_tools() {
    command -v npm >/dev/null 2>&1 || return
    mkdir -p "$tools/node" &&
        npm install --prefix "$tools/node" --no-audit --no-fund --omit=optional --ignore-scripts \
            --silent "modbus-serial@$modbus_serial" "sparkplug-payload@$sparkplug_payload" \
            >/dev/null 2>&1 &&
        echo "$modbus_serial $sparkplug_payload" >"$tools/node/version" ||
        say "node's tools could not be installed; their tests are skipped"
}
[ "$(cat "$tools/node/version" 2>/dev/null)" = "$modbus_serial $sparkplug_payload" ] ||
    install_node_tools

# MATIEC makes C of Structured Text. It has no releases: one commit, built in about a minute.
build_matiec() {
    for tool in git flex bison autoreconf automake g++ make; do
        command -v "$tool" >/dev/null 2>&1 || {
            say "no $tool to build MATIEC with; tests that run Structured Text are skipped"
            return
        }
    done
    made=$(mktemp -d) || return
    (
        cd "$made" && GIT_TERMINAL_PROMPT=0 timeout 60 \
            git clone --quiet https://github.com/beremiz/matiec . && git checkout --quiet "$matiec" &&
            autoreconf -i && ./configure CXXFLAGS=-O1 && make && mkdir -p "$tools/matiec" &&
            cp -r iec2c lib "$tools/matiec/" && echo "$matiec" >"$tools/matiec/version"
    ) >/dev/null 2>&1 || say "MATIEC could not be built; tests that run Structured Text are skipped"
    rm -rf "$made"
}
[ "$(cat "$tools/matiec/version" 2>/dev/null)" = "$matiec" ] || build_matiec
exit 0
