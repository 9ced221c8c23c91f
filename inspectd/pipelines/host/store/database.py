"""Opens the database: SQLite in the store's folder, or the one at an address, migrated."""

from collections.abc import Iterator
from contextlib import contextmanager
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


class Database:
    """One engine, and transactions of it. Threads and processes may each have one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed at the end, undone by an exception. StoreError."""
        try:
            with self.engine.begin() as connection:
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
    done = connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)
    return done.rowcount


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
            options["connect_args"] = {"timeout": _BUSY_S, "autocommit": False}
        engine = create_engine(url, pool_pre_ping=True, **options)
    except (ArgumentError, NoSuchModuleError) as error:
        msg = f"store.database: {address}: {error}; use sqlite:///FILE or postgresql://HOST/NAME"
        raise ConfigurationError(msg) from None
    except ModuleNotFoundError as error:
        msg = f"store.database: {error.name} is missing; install inspectd[cluster]"
        raise ConfigurationError(msg) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """WAL: the page reads while a worker writes. Its commits survive a kill, not a power cut."""
    connection.autocommit = True
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.autocommit = False


def _migrate(engine: Engine) -> None:
    """Every start asks; the lock of the migration's own transaction lets one start do it."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _told(engine: Engine, error: SQLAlchemyError) -> str:
    where = engine.url.render_as_string(hide_password=True)
    what = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    if isinstance(error, OperationalError) and engine.dialect.name == "postgresql":
        return f"{where}: {what}; is the server there, and may this user use the database?"
    return f"{where}: {what}; look at the disk: space, permissions, the file itself"
