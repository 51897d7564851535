from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from assay.exceptions import UsageError
from assay.reference.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA = "CREATE TABLE IF NOT EXISTS things (id INTEGER PRIMARY KEY)"


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store("vendor", SCHEMA)
    yield store
    store.close()


def add(store: Store, thing: int) -> None:
    with store.transaction() as db:
        db.execute("INSERT INTO things VALUES (?)", (thing,))


def add_both(store: Store, first: int, second: int) -> None:
    with store.transaction():
        add(store, first)
        add(store, second)


def things(store: Store) -> list[int]:
    with store.transaction() as db:
        return [row[0] for row in db.execute("SELECT id FROM things ORDER BY id")]


def test_a_transaction_happens_as_a_whole_or_not_at_all(store: Store) -> None:
    add(store, 1)
    with pytest.raises(sqlite3.IntegrityError):
        add_both(store, 2, 1)

    assert things(store) == [1]


def test_a_step_inside_a_transaction_can_fail_alone(store: Store) -> None:
    with store.transaction():
        add(store, 1)
        with pytest.raises(sqlite3.IntegrityError):
            add_both(store, 2, 1)
        add(store, 3)

    assert things(store) == [1, 3]


def test_a_file_keeps_what_was_committed(tmp_path: Path) -> None:
    file = str(tmp_path / "state.db")
    first = Store("vendor", SCHEMA, file)
    add(first, 1)
    first.close()

    second = Store("vendor", SCHEMA, file)
    kept = things(second)
    second.close()

    assert kept == [1]


def test_a_file_in_use_is_refused(tmp_path: Path) -> None:
    file = str(tmp_path / "state.db")
    first = Store("vendor", SCHEMA, file)

    with pytest.raises(UsageError, match=r"state\.db.*locked"):
        Store("vendor", SCHEMA, file)

    first.close()


def test_the_file_of_another_vendor_is_refused(tmp_path: Path) -> None:
    file = str(tmp_path / "state.db")
    Store("zuora", SCHEMA, file).close()

    with pytest.raises(UsageError, match="a zuora server, not of a vcf server"):
        Store("vcf", SCHEMA, file)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to look like something\n" * 10)

    with pytest.raises(UsageError, match="not a database"):
        Store("vcf", SCHEMA, str(file))

    assert file.read_text().startswith("not a database")
