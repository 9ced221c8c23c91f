"""SQLite's and the system's errors, as a JournalError that says what to do."""

import sqlite3
from pathlib import Path

from inspectd.core.errors import JournalError

# Primary result codes: https://www.sqlite.org/rescode.html (extended names begin with them).
_REMEDIES = {
    "SQLITE_FULL": "free space on its disk",
    "SQLITE_IOERR": "look at its disk: space, quota, health (dmesg)",
    "SQLITE_CORRUPT": "move it aside and start again with an empty one; `sqlite3 FILE .recover`"
    " saves what can be read",
    "SQLITE_NOTADB": "it is no journal, or damaged: move it aside and start again",
    "SQLITE_READONLY": "make the file and its folder writable for this user",
    "SQLITE_CANTOPEN": "make its folder, writable for this user",
    "SQLITE_BUSY": "another program holds it locked: close that program",
}


def journal_error(path: Path, doing: str, error: Exception) -> JournalError:
    """`error`, met while `doing` something with the journal at `path`, with its remedy."""
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "")
        remedy = next((text for code, text in _REMEDIES.items() if name.startswith(code)), "")
        reason = f"{error}: {remedy}" if remedy else str(error)
    elif isinstance(error, OSError):
        reason = f"{error.strerror}: its folder must exist and be writable for this user"
    else:
        reason = str(error)
    return JournalError(f"cannot {doing} journal {path}: {reason}")
