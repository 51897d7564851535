"""What Schemathesis makes of a document, repeatably; the one module that touches Schemathesis and Hypothesis.

Importing it takes most of a second, so nobody does before examples are needed.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import hypothesis
import schemathesis
from hypothesis import configuration
from hypothesis.internal import charmap
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.internal.intervalsets import IntervalSet
from schemathesis import GenerationMode
from schemathesis.core import NotSet
from schemathesis.generation.coverage import GenerationSession

from assay.evidence import brief
from assay.fuzz.request_parts import NOT_SET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemathesis import APIOperation, Case

_CONFIGURATION: Final[Mapping[str, Any]] = {
    "generation": {"allow-extra-parameters": False, "with-security-parameters": False},
    "phases": {"coverage": {"unexpected-methods": []}},
    # Literals of whatever Python code is loaded are no part of the spec.
    "analysis": {"constants": {"enabled": False}},
}
_CONTENT_TYPE_PROBES: Final = frozenset({"malformed_content_type", "unsupported_content_type"})
_DESCRIPTION_LENGTH: Final = 120


@dataclass(frozen=True, slots=True)
class Draft:
    """One case of Schemathesis, without its wrappers; not yet checked."""

    body: object
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    scenario: str
    parameter: str
    description: str


@contextmanager
def hermetic() -> Iterator[None]:
    """Keep Hypothesis from reading the code around it, from writing files, and from a slow start.

    It draws from the literals of the local modules that happen to be imported, and keeps tables under `.hypothesis`.
    There is no setting for either, so its functions are replaced; if it renames one, this fails, and loudly.
    """
    general = charmap.intervals_from_codec
    # What UTF-8 can say is known; finding it out again takes 200 MB and more than a second, without a file to keep it.
    utf8 = IntervalSet([(0, 0xD7FF), (0xE000, 0x10FFFF)]), IntervalSet()
    with ExitStack() as stack:
        replace = stack.enter_context
        replace(patch.object(providers, "_get_local_constants", Constants))
        replace(patch.object(charmap, "intervals_from_codec", lambda name: utf8 if name == "utf-8" else general(name)))
        # A place where nothing can be created; Hypothesis then does without.
        replace(patch.object(configuration, "__hypothesis_home_directory", Path(os.devnull)))
        # What was cached before may hold local constants, what is cached here lacks them.
        providers.CONSTANTS_CACHE.cache.clear()
        stack.callback(providers.CONSTANTS_CACHE.cache.clear)
        yield


class Source:
    """The cases for the only operation of a document, in one mode; to be used inside `hermetic`."""

    def __init__(self, document: dict[str, Any], mode: str) -> None:
        # Without a configuration of our own it would look for one in the working directory.
        config = schemathesis.Config.from_dict(dict(_CONFIGURATION))
        schema = schemathesis.openapi.from_dict(document, config=config)
        (path, method), *_ = [(path, method) for path, item in document["paths"].items() for method in item]
        self._operation: APIOperation[Any, Any, Any, Any] = schema[path][method.upper()]
        self._mode = GenerationMode(mode)

    def coverage(self) -> Iterator[Draft]:
        """Yield every boundary or every kind of mistake once."""
        schema = self._operation.schema
        cases = schema.iter_coverage_cases(
            self._operation,
            # Asked for mistakes alone, it would make several at once for want of valid values to put around one.
            generation_modes=list(GenerationMode),
            generation_config=schema.config.generation_for(operation=self._operation, phase="coverage"),
            # One of our own, because the shared one remembers what was drawn for other operations.
            session=GenerationSession(),
        )
        for case in cases:
            draft = _draft(case)
            mode = case.meta.generation.mode if case.meta is not None else None
            # Another content type is no mistake in the parts; targeted cases send it.
            if mode is self._mode and draft.scenario not in _CONTENT_TYPE_PROBES:
                yield draft

    def random(self, count: int, seed: int) -> list[Draft]:
        """Return `count` random cases, or fewer where there are no more."""
        drafts: list[Draft] = []
        if count < 1:
            return drafts

        # Every setting is given, because what is left out comes from the profile of the environment.
        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=count,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
            verbosity=hypothesis.Verbosity.quiet,
            print_blob=False,
            backend="hypothesis",
        )
        @hypothesis.given(self._operation.as_strategy(generation_mode=self._mode))
        def collect(case: Case[Any]) -> None:
            drafts.append(_draft(case))

        try:
            collect()
        except hypothesis.errors.Unsatisfiable:
            # Nothing of this mode exists, such as an invalid value for a header that may be any text.
            return []
        return drafts


def _draft(case: Case[Any]) -> Draft:
    scenario, parameter, description = _meaning(case)
    return Draft(_plain(case.body), dict(case.query), dict(case.headers), scenario, parameter, description)


def _plain(body: object) -> object:
    if isinstance(body, NotSet):
        return NOT_SET
    # Bytes that are no JSON come in a wrapper.
    data = getattr(body, "data", None)
    return data if isinstance(data, bytes) else body


def _meaning(case: Case[Any]) -> tuple[str, str, str]:
    """Return the scenario, the parameter and the description of a case, each empty where it is not known."""
    if case.meta is None:
        return "", "", ""
    data = case.meta.phase.data
    scenario = getattr(data, "scenario", None)
    # Of a body Schemathesis gives the media type.
    parameter = "" if "/" in (data.parameter or "") else data.parameter or ""
    # It may quote what was generated, of which a report should not be made.
    words = " ".join((data.description or "").split())
    described = "".join(each if " " <= each <= "~" else "?" for each in words)
    return scenario.value if scenario else case.meta.phase.name.value, parameter, brief(described, _DESCRIPTION_LENGTH)
