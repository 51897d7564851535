"""Looks step by step whether a target can be judged, and says what to do at the first thing that is wrong.

Nothing is changed on the target: it gets one call for something that does not exist, with its token and without. A
state handler, which makes objects, is asked once for each state that has no entry, and told to take them down again.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.doctor.asking import Asking
from assay.doctor.findings import Finding, Standing, Step
from assay.doctor.provisions import Provisions
from assay.doctor.reaching import Way
from assay.evidence import Redactor, known_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from assay.forecast import Forecast
    from assay.model import Contract
    from assay.target import Target

__all__ = ["Finding", "Standing", "Step", "examine", "of_file"]

_LONGEST = 500
"""Characters of a sentence."""


def of_file(path: Path, target: Target) -> Finding:
    """Say of a target file that has been read where its token is."""
    token = tomllib.loads(path.read_text(encoding="utf-8")).get("auth", {}).get("token", "")
    said = f"{path}: {target.contract}"
    if not token:
        return Finding(Step.FILE, Standing.OK, f"{said}, no token")
    if token.startswith(("env:", "file:")):
        return Finding(Step.FILE, Standing.OK, f"{said}, token from {token}")
    advice = 'A file with a token in it gets copied and committed; token = "env:NAME" reads it from the environment.'
    return Finding(Step.FILE, Standing.NOTE, f"{said}, which holds the token itself", advice)


def examine(
    target: Target, contract: Contract, expected: Forecast, environ: Mapping[str, str] = os.environ
) -> Iterator[Finding]:
    """Yield what is found, step by step, as soon as it is; nothing is looked at behind a step that is wrong."""
    way, asking = Way(target, environ), Asking(target, contract, environ)
    provisions = Provisions(target, contract, expected, environ)
    steps = (way.name, way.connection, way.tls, asking.credentials, provisions.states, asking.exchange)
    wrong = False
    try:
        for look in steps:
            for finding in look() if not wrong else ():
                redactor = Redactor([*known_secrets(target, contract, environ), *provisions.tokens])
                said, advice = (_brief(redactor.text(text)) for text in (finding.said, finding.advice))
                yield replace(finding, said=said, advice=advice)
                # Only behind the last finding of its step: one state that is missing does not hide the next.
                wrong = wrong or finding.standing is Standing.WRONG
    finally:
        way.close()
        asking.close()
        provisions.close()


def _brief(text: str) -> str:
    """Cut what a server or a handler may have said at any length, once nothing secret is in it."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
