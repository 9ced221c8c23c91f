"""What the operating system offers."""

import ctypes
import os
import platform
import resource
import shutil
import sys
from pathlib import Path

from inspectd.commands.checks import Check
from inspectd.commands.kernel_cache import cache_folder, compiled_kernels, is_writable

_OLDEST_PYTHON = (3, 11)
_LEAST_FREE_BYTES = 1 << 30
_LEAST_MEMORY_BYTES = 2 << 30
_LEAST_CORES = 2
# Basler, "Network configuration for GigE cameras": receive buffers of 2 MB and more.
_LEAST_RECEIVE_BUFFER_BYTES = 2_000_000
_TIME_ERROR = 5  # adjtimex(2): the system clock is not synchronised


def check_python() -> Check:
    """The interpreter."""
    found = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"
    if sys.version_info < _OLDEST_PYTHON:
        return Check("python", "bad", found, "use Python 3.11 or newer")
    return Check("python", "good", found)


def check_kernel_cache() -> Check:
    """Whether numba can keep what it compiles; otherwise every start takes a minute."""
    name = "compiled kernels (numba)"
    folder = cache_folder()
    if folder is not None:
        return Check(name, "good", f"{compiled_kernels(folder)} kernels kept in {folder}")
    remedy = "set NUMBA_CACHE_DIR to a folder that the service may write (systemd: CacheDirectory)"
    return Check(name, "note", "only a temporary folder: they are compiled again and again", remedy)


def check_cpu() -> Check:
    """Cores, and whether they may run at full speed."""
    cores = len(os.sched_getaffinity(0))
    governors = {
        path.read_text().strip()
        for path in Path("/sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor")
    }
    found = f"{cores} cores" + (f", governor {', '.join(sorted(governors))}" if governors else "")
    if cores < _LEAST_CORES:
        return Check("processor", "note", found, "a station and the supervisor want a core each")
    if governors - {"performance"}:
        return Check("processor", "note", found, "cpupower frequency-set -g performance")
    return Check("processor", "good", found)


def check_memory() -> Check:
    """Memory that is free for use."""
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            available = int(line.split()[1]) * 1024
    found = f"{available / 2**30:.1f} GiB available"
    if available < _LEAST_MEMORY_BYTES:
        return Check("memory", "note", found, "2 GiB and more: a station takes about 400 MB")
    return Check("memory", "good", found)


def check_network_buffers() -> Check:
    """Receive buffers: small ones lose packets of GigE cameras."""
    name = "network buffers (GigE)"
    path = Path("/proc/sys/net/core/rmem_max")
    if not path.exists():
        return Check(name, "note", "cannot be read", "")
    size = int(path.read_text())
    if size < _LEAST_RECEIVE_BUFFER_BYTES:
        remedy = "sysctl -w net.core.rmem_max=33554432 (needed for GigE cameras only)"
        return Check(name, "note", f"rmem_max {size} bytes", remedy)
    return Check(name, "good", f"rmem_max {size} bytes")


def check_clock() -> Check:
    """Whether the wall clock is disciplined; verdicts carry its time."""
    libc = ctypes.CDLL(None, use_errno=True)
    state = libc.adjtimex(ctypes.create_string_buffer(512))  # modes 0: only asks
    if state == _TIME_ERROR:
        remedy = "run an NTP client: timedatectl set-ntp true, or install chrony"
        return Check("clock", "note", "not synchronised", remedy)
    if state < 0:
        return Check("clock", "note", "the kernel does not say whether it is synchronised", "")
    return Check("clock", "good", "synchronised")


def check_disk(journal_folder: Path) -> list[Check]:
    """Where the journal goes: space, permission, open files."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = Check("open files", "good", f"limit {soft}")
    if not journal_folder.is_dir():
        remedy = "make the folder, owned by the service's user, or mend [journal] path"
        return [Check("journal folder", "bad", f"{journal_folder} does not exist", remedy), files]
    free = shutil.disk_usage(journal_folder).free
    found = f"{journal_folder}: {free / 2**30:.1f} GiB free"
    space = Check("disk", "good", found)
    if free < _LEAST_FREE_BYTES:
        space = Check("disk", "bad", found, "free 1 GiB, or move the journal ([journal] path)")
    permission = Check("journal folder", "good", f"{journal_folder} can be written")
    if not is_writable(journal_folder):
        remedy = "chown it to the service's user, or move the journal ([journal] path)"
        permission = Check("journal folder", "bad", f"{journal_folder} cannot be written", remedy)
    return [space, permission, files]


def check_service_manager() -> Check:
    """Whether systemd runs here, which restarts the service when it dies."""
    if Path("/run/systemd/system").exists():
        return Check("service manager", "good", "systemd")
    remedy = "on a factory PC run the service under systemd (systemd/inspectd.service)"
    return Check("service manager", "note", "systemd does not run here", remedy)
