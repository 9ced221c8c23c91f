"""Numbers of jobs that may be ready, in one of huey's storages.

Only numbers pass through it, as text: huey's own tasks are pickled, and whoever may write to a
shared Redis could then run code here. A number that is lost or comes twice does no harm, because
the table of jobs decides; so the queue may be emptied at any time.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from inspectd.core.errors import ConfigurationError, StoreError

_NAME = "inspectd-side"
_ADDRESSES = "use redis://HOST, postgresql://HOST/NAME, or nothing for a file"


class JobQueue:
    """One connection; every process has its own."""

    def __init__(self, storage: Any, where: str) -> None:
        self._storage = storage
        self._where = where

    def put(self, numbers: Iterable[int], priority: int = 0) -> None:
        """Add jobs, in this order among those of the same priority. StoreError."""
        for number in numbers:
            self._call("enqueue", str(number).encode(), priority)

    def take(self) -> int | None:
        """The next number, at once; None where there is none. StoreError."""
        while (data := self._call("dequeue")) is not None:
            text = bytes(data)
            # Whatever a stranger put there is thrown away.
            if text.isdigit() and len(text) < 16:  # noqa: PLR2004 - below 2**53
                return int(text)
        return None

    def __len__(self) -> int:
        """How many numbers wait. StoreError."""
        return int(self._call("queue_size"))

    def clear(self) -> None:
        """Empty it. StoreError."""
        self._call("flush_queue")

    def close(self) -> None:
        """Close the connection."""
        self._storage.close()

    def _call(self, method: str, *values: object) -> Any:
        try:
            return getattr(self._storage, method)(*values)
        except Exception as error:  # each storage has its library's errors
            msg = f"{self._where}: {error}; is the server there, or the disk full?"
            raise StoreError(msg) from error


def open_queue(address: str, folder: Path) -> JobQueue:
    """The queue at an address, or the file in the folder. ConfigurationError, StoreError."""
    if not address:
        path = folder / "queue.db"
        return _connected(f"sqlite:///{path}", _sqlite(path))
    scheme = urlsplit(address).scheme
    if scheme not in _STORAGES:
        msg = f"store.queue: {address}: {_ADDRESSES}"
        raise ConfigurationError(msg)
    # Without name and password.
    return _connected(f"{scheme}://{urlsplit(address).hostname}", _STORAGES[scheme](address))


def _connected(where: str, connect: Callable[[], Any]) -> JobQueue:
    try:
        return JobQueue(connect(), f"store.queue: {where}")
    except Exception as error:
        if "pip install" in str(error):
            msg = f"store.queue: {where} needs a library: install inspectd[cluster]"
            raise ConfigurationError(msg) from None
        msg = f"store.queue: {where}: {error}; is the server there?"
        raise StoreError(msg) from error


def _sqlite(path: Path) -> Callable[[], Any]:
    return lambda: _storages().SqliteStorage(_NAME, filename=str(path), timeout=30)


def _redis(address: str) -> Callable[[], Any]:
    # Without blocking: a worker that waits in Redis could not be told to hold.
    return lambda: _storages().PriorityRedisStorage(_NAME, blocking=False, url=address)


def _postgres(address: str) -> Callable[[], Any]:
    return lambda: _storages().PostgresStorage(_NAME, dsn=address, blocking=False)


_STORAGES = {"redis": _redis, "rediss": _redis, "postgresql": _postgres}


def _storages() -> Any:
    from huey import storage  # noqa: PLC0415 - only processes that work need it

    return storage
