"""Where a reference server keeps its objects: one SQLite database, in memory or in a file."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assay.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ABOUT = "CREATE TABLE IF NOT EXISTS about (vendor TEXT NOT NULL)"


class Store:
    """One database connection, used by the event loop's thread alone.

    A transaction is never held across an `await`, so requests cannot interleave inside one; that is what makes every
    change of state safe under parallel requests without a lock to wait for.
    """

    def __init__(self, vendor: str, schema: str, file: str | None = None) -> None:
        self._depth = 0
        try:
            self._connection = sqlite3.connect(file or ":memory:", isolation_level=None, timeout=0.5)
            try:
                self._open(vendor, schema)
            except BaseException:
                self._connection.close()
                raise
        except sqlite3.Error as error:
            message = f"{file or 'in memory'}: cannot be used as the database of a server: {error}"
            raise UsageError(message) from error

    def _open(self, vendor: str, schema: str) -> None:
        # A second server on the same file is refused when it starts, rather than making the first one wait later.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        # What was answered survives the end of the process; surviving a power cut is not worth an fsync per request.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(_ABOUT)
        owner = self._connection.execute("SELECT vendor FROM about").fetchone()
        if owner is None:
            self._connection.execute("INSERT INTO about VALUES (?)", (vendor,))
        elif owner[0] != vendor:
            message = f"it holds the state of a {owner[0]} server, not of a {vendor} server"
            raise sqlite3.DatabaseError(message)
        # `executescript` commits what is open before it starts.
        self._connection.executescript(f"BEGIN IMMEDIATE; {schema}; COMMIT")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Make the changes inside all happen, or none of them where an exception leaves the block; may be nested."""
        begin, commit, *rollback = _BRACKETS[bool(self._depth)]
        self._connection.execute(begin)
        self._depth += 1
        try:
            yield self._connection
            self._connection.execute(commit)
        except BaseException:
            # A full disk makes SQLite roll back by itself.
            for statement in rollback if self._connection.in_transaction else ():
                self._connection.execute(statement)
            raise
        finally:
            self._depth -= 1

    def close(self) -> None:
        """Close the database; a file then holds everything."""
        self._connection.close()


_BRACKETS = {
    False: ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"),
    True: ("SAVEPOINT inner_step", "RELEASE inner_step", "ROLLBACK TO inner_step", "RELEASE inner_step"),
}
