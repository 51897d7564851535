"""Reports of one target before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.report.document import Written
from tests.report.conftest import check, exchange, report, requirement, target

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]

URL = "http://lab.example.test/v1/tasks/a"


def judged(slug: str, outcome: str, message: str = "", *, level: str = "must", **more: object) -> Json:
    """Return a requirement that one check decided."""
    said = message or ("" if outcome == "passed" else f"it is {outcome}")
    made = check("it_holds", outcome, said, exchange("PATCH", URL, 200))
    return requirement(f"vcf/retry-task/{slug}", f"The {slug} holds.", made, level=level, **more)


def timed(operation: str, number: int, seconds: float, *, status: int = 200) -> Json:
    """Return a requirement that passed, and whose answer took so long."""
    answered = exchange("PATCH", URL, status)
    answered["response"]["elapsed_s"] = seconds
    return requirement(f"vcf/{operation}/r{number}", "It holds.", check("it_holds", "passed", "", answered))


def reported(*requirements: Json, name: str = "lab", **run: object) -> Json:
    """Return a report of one target."""
    return of_targets(target(name, "vcf", *requirements), **run)


def of_targets(*targets: Json, **run: object) -> Json:
    """Return a report of these targets."""
    document = report(*targets)
    document["run"] |= run
    return document


def written(documents: Sequence[Json]) -> list[Written]:
    """Return reports as those that were read from files."""
    return [Written(each) for each in documents]
