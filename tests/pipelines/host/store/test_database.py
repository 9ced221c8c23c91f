from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from inspectd.core.errors import ConfigurationError, StoreError
from inspectd.pipelines.host.store.database import open_database
from inspectd.pipelines.host.store.tables import metadata


def test_the_migrations_make_the_tables_that_the_code_expects(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'a.db'}"
    database = open_database(address)
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match="another version of inspectd"):
        open_database(address)


@pytest.mark.parametrize(
    ("address", "why"),
    [("mysql://x/y", "use sqlite"), ("nonsense", "use sqlite"), ("oracle+x://y", "use sqlite")],
)
def test_an_address_of_another_kind_is_refused(address: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        open_database(address)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is no database, but some text of some length" * 50)
    with pytest.raises(StoreError, match=r"a\.db: file is not a database"):
        open_database(f"sqlite:///{tmp_path / 'a.db'}")


def test_what_fails_is_undone(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    row = text("INSERT INTO label VALUES ('a', 'b', 'c', 'd', 1), ('x', 'y', 'z', 'w', NULL)")
    with pytest.raises(StoreError, match="NOT NULL"), database.begin() as connection:
        connection.execute(row)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM label")).scalar_one() == 0
    database.close()
