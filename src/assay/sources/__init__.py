"""The documents behind the requirements: every statement of theirs, and what became of it.

`folding` makes the text of a page comparable, `segmentation` cuts it into statements, `ledger` reads `sources.yaml`,
which keeps of each statement a digest, a gist and its fate. `places` and `tracing` hold a ledger against requirements
and spec; `drift` and `copies` hold it against newer copies of its document; `draft` begins one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay import catalogue
from assay.sources.ledger import ledgers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.sources.ledger import Ledger


def load() -> Mapping[str, Ledger]:
    """Return the ledger of each operation that has one, by its id, in the order of the catalogue."""
    found: dict[str, Ledger] = {}
    for contract in catalogue.load().values():
        if contract.folder is not None:
            found |= ledgers_of(contract, contract.folder)
    return found
