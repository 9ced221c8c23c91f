"""Opens the database: SQLite in the store's folder, or the one at an address, migrated."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from inspectd.core.errors import ConfigurationError, StoreError

_MIGRATIONS = Path(__file__).with_name("migrations")
# Writers of one SQLite file take turns; one that waits longer has met a stuck process.
_BUSY_S = 30
# SQLite takes 32,766 values in one statement.
_ROWS = 1000


class Database:
    """One engine, and transactions of it. Threads and processes may each have one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = engine.execution_options(inspectd_writes=True)

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction that writes: committed at the end, undone by an exception. StoreError."""
        return self._transaction(self._writing)

    def read(self) -> AbstractContextManager[Connection]:
        """One view of the tables, beside whoever writes. StoreError."""
        return self._transaction(self.engine)

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(_told(self.engine, error)) from error

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(address: str, *, migrate: bool = True) -> Database:
    """Open it, and bring its tables up to this version. ConfigurationError, StoreError."""
    engine = _engine(address)
    try:
        if migrate:
            _migrate(engine)
        with engine.connect():
            pass
    except CommandError as error:
        engine.dispose()
        msg = (
            f"{engine.url.render_as_string()}: its tables are of another version of inspectd "
            f"({error}); run the newer version, or restore a copy that this one made"
        )
        raise StoreError(msg) from None
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreError(_told(engine, error)) from None
    return Database(engine)


def insert_or_leave(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert rows; one whose key is there already is left as it is. How many are new."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = 0
    for start in range(0, len(rows), _ROWS):
        # Told by the rows themselves: drivers differ in what they count of such a statement.
        some = dialect.insert(table).values(rows[start : start + _ROWS]).on_conflict_do_nothing()
        new += len(connection.execute(some.returning(*table.primary_key)).all())
    return new


def _engine(address: str) -> Engine:
    try:
        url = make_url(address)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            msg = f"store.database: {url.drivername}: use sqlite:///FILE or postgresql://HOST/NAME"
            raise ConfigurationError(msg)
        options: dict[str, Any] = {}
        if url.get_backend_name() == "sqlite":
            # Transactions are begun by `_begin_sqlite`, not by the driver's guess.
            options["connect_args"] = {"timeout": _BUSY_S, "isolation_level": None}
        engine = create_engine(url, pool_pre_ping=True, **options)
    except (ArgumentError, NoSuchModuleError) as error:
        msg = f"store.database: {address}: {error}; use sqlite:///FILE or postgresql://HOST/NAME"
        raise ConfigurationError(msg) from None
    except ModuleNotFoundError as error:
        msg = f"store.database: {error.name} is missing; install inspectd[cluster]"
        raise ConfigurationError(msg) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """WAL: the page reads while a worker writes. Its commits survive a kill, not a power cut."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A writer waits for its turn at once: one that read first could only be refused it later."""
    writes = connection.get_execution_options().get("inspectd_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine) -> None:
    """Every start asks; the lock of the migration's own transaction lets one start do it."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.execution_options(inspectd_writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _told(engine: Engine, error: SQLAlchemyError) -> str:
    where = engine.url.render_as_string(hide_password=True)
    what = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    if isinstance(error, OperationalError) and engine.dialect.name == "postgresql":
        return f"{where}: {what}; is the server there, and may this user use the database?"
    return f"{where}: {what}; look at the disk: space, permissions, the file itself"
