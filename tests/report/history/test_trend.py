"""Many reports become one picture: what changed or failed, how many, how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from assay.report.history import trend_svg
from assay.report.history.trend import Trend
from tests.report.conftest import HOSTILE, target
from tests.report.history.conftest import judged, of_targets, reported, timed, written

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]

SVG = "{http://www.w3.org/2000/svg}"


def day(number: int, *requirements: Json, **run: Any) -> Json:
    """Return the report of one day."""
    return reported(*requirements, started=f"2026-03-{number:02}T09:00:00+00:00", **run)


def rows(documents: Sequence[Json]) -> dict[str, list[str | None]]:
    return {row.id.rpartition("/")[2]: list(row.outcomes) for row in Trend.of(written(documents)).rows()}


def test_runs_stand_in_the_order_in_which_they_were_started() -> None:
    documents = [day(3, judged("a", "failed")), day(1, judged("a", "passed")), day(2, judged("a", "untestable"))]

    assert rows(documents) == {"a": ["passed", "untestable", "failed"]}


def test_what_always_passed_or_never_could_be_tested_has_no_row() -> None:
    documents = [
        day(number, judged("a", "passed"), judged("b", "untestable"), judged("c", "failed")) for number in (1, 2)
    ]

    assert rows(documents) == {"c": ["failed", "failed"]}


def test_a_run_that_says_nothing_of_a_requirement_leaves_a_blank() -> None:
    documents = [
        day(1, judged("a", "failed"), judged("b", "failed")),
        day(2, judged("b", "passed")),
        day(3, judged("b", "not_run"), judged("a", "passed"), partial=True),
    ]

    assert rows(documents) == {"a": ["failed", None, "passed"], "b": ["failed", "passed", None]}


def test_each_target_has_rows_of_its_own() -> None:
    documents = [
        of_targets(*(target(name, "vcf", judged("a", outcome)) for name in ("one", "other")))
        for outcome in ("passed", "failed")
    ]

    assert [(row.target, list(row.outcomes)) for row in Trend.of(written(documents)).rows()] == [
        ("one", ["passed", "failed"]),
        ("other", ["passed", "failed"]),
    ]


def test_outcomes_are_counted_for_each_run() -> None:
    trend = Trend.of(written([day(1, judged("a", "passed"), judged("b", "passed")), day(2, judged("a", "failed"))]))

    assert trend.counts() == {"failed": [0, 1], "passed": [2, 0]}


def test_the_time_of_an_operation_is_the_median_of_its_checks() -> None:
    documents = [
        day(1, *(timed("retry-task", number, 0.01 * number) for number in (1, 2, 6))),
        day(2, judged("a", "failed")),
    ]

    (speed,) = Trend.of(written(documents)).speeds()
    assert (speed.operation, list(speed.seconds)) == ("vcf/retry-task", [0.02, None])


@pytest.mark.parametrize("number", [1, 2, 500])
def test_the_picture_is_well_formed_and_bounded_with_any_number_of_runs(number: int) -> None:
    documents = [day(1, judged("a", "passed" if each % 3 else "failed")) for each in range(number)]

    picture = ET.fromstring(trend_svg.render(Trend.of(written(documents))))  # noqa: S314 - our own

    assert float(picture.attrib["width"]) < 1000


def test_the_picture_says_in_words_what_it_shows() -> None:
    documents = [day(1, judged("a", "passed")), day(2, judged("a", "failed"))]

    picture = ET.fromstring(trend_svg.render(Trend.of(written(documents))))  # noqa: S314 - our own

    assert picture.attrib["role"] == "img"
    assert picture.findtext(f"{SVG}title") == "Assay: 2 runs, 2026-03-01 to 2026-03-02"
    assert picture.findtext(f"{SVG}desc") == "In the last run: 1 failed. 1 requirement changed or failed in these runs."
    said = [each.text for each in picture.iterfind(f"{SVG}rect/{SVG}title")]
    assert "vcf/retry-task/a of lab, 2026-03-02T09:00:00+00:00: failed" in said


def test_the_picture_holds_nothing_that_runs_or_asks_for_something() -> None:
    documents = [
        of_targets(target(name, "vcf", judged("a", "failed"))) for name in (HOSTILE, "<image href='http://evil.test'/>")
    ]

    picture = ET.fromstring(trend_svg.render(Trend.of(written(documents))))  # noqa: S314 - our own

    used = {element.tag.removeprefix(SVG) for element in picture.iter()}
    assert used <= {"svg", "title", "desc", "style", "rect", "text", "polyline", "circle"}
    assert not any("href" in name for element in picture.iter() for name in element.attrib)
