"""Everything of a side process stands behind everything of the line: processor, disk, memory.

Linux: SCHED_IDLE runs only where nobody else wants the processor (sched(7)), the idle I/O class is
served when the disk has nothing else to do (ioprio_set(2)). What may be refused (a container, an
old kernel) is told, since then only the unit file protects the line.
"""

import contextlib
import ctypes
import os
import platform
import resource
from collections.abc import MutableMapping

_NICE = 19
# ioprio_set(2): no wrapper in the C library; class 3 is idle, in the upper three bits.
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_WHO_PROCESS = 1
_CLASS_IDLE = 3 << 13
# Told to the kernel's killer (proc(5)): when memory runs out, these go first.
_OOM_SCORE = "1000"
_MB = 1_000_000
# Reserved and never touched (stacks, allocators' arenas) counts as data, too.
_DATA_FACTOR = 2
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)


def stand_behind() -> list[str]:
    """Take the last place, for this process and all that it starts; what could not be had."""
    missing = []
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (OSError, AttributeError) as error:
        missing.append(f"SCHED_IDLE: {error}")
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    number = _IOPRIO_SET.get(platform.machine())
    if number is None or ctypes.CDLL(None).syscall(number, _WHO_PROCESS, 0, _CLASS_IDLE) != 0:
        missing.append("idle I/O class: the system refuses it")
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(_OOM_SCORE)
    except OSError as error:
        missing.append(f"oom_score_adj: {error.strerror}")
    return missing


def cap_threads(environment: MutableMapping[str, str], threads: int) -> None:
    """Have libraries that a process loads later start no more threads than this."""
    for name in _THREAD_VARIABLES:
        environment[name] = str(threads)


def cap_memory(memory_mb: int) -> None:
    """Have this process's allocations fail far beyond its limit, before the host feels it.

    RLIMIT_DATA counts private writable mappings since Linux 4.7 (getrlimit(2)). What is really
    used is watched from outside (`crew`).
    """
    limit = memory_mb * _MB * _DATA_FACTOR
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def waited_s(pid: int) -> float:
    """How long a process's main thread has been ready and got no processor; 0 where not known.

    Linux: the second number of /proc/PID/schedstat, in ns (Documentation/scheduler/sched-stats).
    """
    try:
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def resident_mb(pid: int) -> float | None:
    """Memory that a process holds; None where it is gone (proc_pid_statm(5))."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = int(file.read().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * resource.getpagesize() / _MB
