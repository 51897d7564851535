"""Remembers what was answered to a request with an idempotency key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

KEPT_S = 24 * 60 * 60

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    caller TEXT NOT NULL, operation TEXT NOT NULL, key TEXT NOT NULL,
    fingerprint TEXT NOT NULL, status INTEGER, body BLOB, created REAL NOT NULL,
    PRIMARY KEY (caller, operation, key)
);
CREATE INDEX IF NOT EXISTS keys_by_age ON keys (created);
-- What was under way when a server was killed was not carried out.
DELETE FROM keys WHERE status IS NULL
"""


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key, which belongs to one caller and one operation."""

    caller: str
    operation: str
    key: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """The request that used a key first, and what it was answered; `status` is `None` while it is under way."""

    fingerprint: str
    status: int | None
    body: bytes | None


def claim(db: sqlite3.Connection, key: Key, fingerprint: str, now: float) -> Remembered | None:
    """Take a key for a request, or return what is remembered of the request that has it."""
    row = (key.caller, key.operation, key.key, fingerprint, now)
    insert = "INSERT OR IGNORE INTO keys (caller, operation, key, fingerprint, created) VALUES (?, ?, ?, ?, ?)"
    if db.execute(insert, row).rowcount:
        return None
    return find(db, key)


def find(db: sqlite3.Connection, key: Key) -> Remembered | None:
    """Return what is remembered of the request that has a key."""
    select = "SELECT fingerprint, status, body FROM keys WHERE caller = ? AND operation = ? AND key = ?"
    row = db.execute(select, (key.caller, key.operation, key.key)).fetchone()
    return None if row is None else Remembered(*row)


def forget(db: sqlite3.Connection, operation: str, before: float) -> None:
    """Forget the keys of an operation that were taken before a time."""
    db.execute("DELETE FROM keys WHERE operation = ? AND created < ?", (operation, before))


def settle(db: sqlite3.Connection, key: Key, status: int, body: bytes) -> None:
    """Remember the answer to the request that has the key."""
    update = "UPDATE keys SET status = ?, body = ? WHERE caller = ? AND operation = ? AND key = ?"
    db.execute(update, (status, body, key.caller, key.operation, key.key))


def release(db: sqlite3.Connection, key: Key) -> None:
    """Forget a key whose request came to nothing."""
    delete = "DELETE FROM keys WHERE caller = ? AND operation = ? AND key = ?"
    db.execute(delete, (key.caller, key.operation, key.key))
