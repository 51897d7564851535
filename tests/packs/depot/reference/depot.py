"""The depot's server, from the page alone: sealing crates."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from assay.reference.messages import Asked, Refused, Reply, read_json
from assay.reference.vendor import Caller, Endpoint, Example, Vendor

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from assay.reference.vendor import Values

LONGEST_NOTE = 80
_NUMBER = re.compile(r"[A-Z]{2}[0-9]{6}")


class Depot(Vendor):
    """The depot as far as it seals crates. It looks at the key, the body and the crate, in this order."""

    name: ClassVar[str] = "depot"
    port: ClassVar[int] = 8711
    endpoints: ClassVar = (Endpoint("seal-crate", "POST", "/crates/{id}/seal"),)
    schema: ClassVar[str] = """
        CREATE TABLE IF NOT EXISTS crates
            (id TEXT PRIMARY KEY, seal_number TEXT, note TEXT, sealed_at TEXT)
    """

    def credentials(self, asked: Asked) -> str | None:
        """Return the key that a call carries."""
        return asked.header("x-depot-key")

    def credentials_header(self, token: str) -> str:
        """Return the header line that a client sends."""
        return f"X-Depot-Key: {token}"

    async def perform(self, asked: Asked, caller: Caller) -> Reply:  # noqa: ARG002 - every caller may seal
        """Seal the crate."""
        body = self.read_object(asked)
        return self.seal((asked.path or {})["id"], self.seal_number(body), self.note(body))

    def read_object(self, asked: Asked) -> Mapping[str, Any]:
        """Return the body's object."""
        body = read_json(asked.body or b"")
        if not isinstance(body, dict):
            raise Refused(400, "bad-body", "The body is no object.")
        return body

    def seal_number(self, body: Mapping[str, Any]) -> str:
        """Return the number of the seal."""
        number = body.get("seal_number")
        if not isinstance(number, str) or not _NUMBER.fullmatch(number):
            raise Refused(400, "bad-body", "seal_number is not two capital letters and six digits.")
        return number

    def note(self, body: Mapping[str, Any]) -> str | None:
        """Return the note, if there is one."""
        note = body.get("note", "")
        if not isinstance(note, str) or len(note) > LONGEST_NOTE:
            raise Refused(400, "bad-body", f"note is no text of at most {LONGEST_NOTE} characters.")
        return note or None

    def seal(self, crate: str, number: str, note: str | None) -> Reply:
        """Seal a crate, or say again that it is sealed."""
        with self.store.transaction() as db:
            found = db.execute("SELECT seal_number FROM crates WHERE id = ?", (crate,)).fetchone()
            if found is None:
                raise Refused(404, "unknown-crate", f"There is no crate {crate}.")
            if found[0] is None:
                self.write_seal(db, crate, number, note)
            elif not self.is_repetition(found[0], number):
                raise Refused(409, "sealed", f"The crate {crate} is sealed already.")
            return self.sealed(self.crate(db, crate))

    def is_repetition(self, known: str, number: str) -> bool:
        """Whether a second call is the first one again."""
        return known == number

    def write_seal(self, db: sqlite3.Connection, crate: str, number: str, note: str | None) -> None:
        """Seal an open crate."""
        row = (number, note, self.now(), crate)
        db.execute("UPDATE crates SET seal_number = ?, note = ?, sealed_at = ? WHERE id = ?", row)

    def now(self) -> str:
        """Return the time of day as it is told."""
        return datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def crate(self, db: sqlite3.Connection, crate: str) -> dict[str, Any]:
        """Return what is told of a sealed crate."""
        query = "SELECT seal_number, note, sealed_at FROM crates WHERE id = ?"
        number, note, sealed_at = db.execute(query, (crate,)).fetchone()
        return {"id": crate, "sealed": True, "seal_number": number, "note": note, "sealed_at": sealed_at}

    def sealed(self, crate: Mapping[str, Any]) -> Reply:
        """Return the reply to a call that was accepted."""
        return Reply.of_json(200, crate)

    def error_body(self, refused: Refused) -> object:
        """Return a problem."""
        return {"reason": refused.message}

    def new_crate(self, number: str | None = None) -> dict[str, str]:
        """Return a new crate, sealed by a number or open."""
        crate = self.unique()
        with self.store.transaction() as db:
            db.execute("INSERT INTO crates (id) VALUES (?)", (crate,))
            if number is not None:
                self.write_seal(db, crate, number, None)
        return {"crate_id": crate}

    def states(self) -> Mapping[str, Callable[[], Values]]:
        """Return the provider states."""
        return {
            "open_crate": self.new_crate,
            "sealed_crate": lambda: {**self.new_crate("AA000001"), "seal_number": "AA000001"},
            "unknown_crate": lambda: {"crate_id": self.unique()},
        }

    def examples(self) -> Iterable[Example]:
        """Return one call."""
        crate = self.new_crate()["crate_id"]
        yield Example("POST", f"/crates/{crate}/seal", {"seal_number": "DE000417", "note": "two boxes of glass"})
