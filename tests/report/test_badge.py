from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from assay.model import Verdict
from assay.report.badge import BadgeView, ShieldsView
from assay.report.document import Written, pieces

if TYPE_CHECKING:
    from assay.report.document import View

Json = dict[str, Any]

SVG = "{http://www.w3.org/2000/svg}"


def text_of(document: Json, kind: type[BadgeView | ShieldsView]) -> str:
    report = Written(document)
    view: View = kind(report)
    return "".join(pieces(report, view))


def picture(document: Json) -> ET.Element:
    return ET.fromstring(text_of(document, BadgeView))  # noqa: S314 - our own output


def test_it_says_the_verdict_and_how_many_requirements_passed(document: Json) -> None:
    assert picture(document).findtext(f"{SVG}title") == "assay: non-conformant, 17 of 31"


def test_what_does_not_apply_is_not_counted(conforming: Json) -> None:
    assert picture(conforming).findtext(f"{SVG}title") == "assay: conformant, 5 of 5"


def test_what_was_not_selected_is_not_counted(document: Json) -> None:
    document["run"]["partial"] = True

    assert picture(document).findtext(f"{SVG}title") == "assay: non-conformant, 17 of 30 selected"


def test_a_screen_reader_is_told_what_the_picture_shows(conforming: Json) -> None:
    root = picture(conforming)

    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title")
    assert [each.text for each in root.iter(f"{SVG}text")] == ["assay", "conformant, 5 of 5"]


def test_it_needs_nothing_from_elsewhere_and_runs_nothing(document: Json) -> None:
    root = picture(document)

    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {"svg", "title", "clipPath", "g", "rect", "text"}
    assert {name for each in root.iter() for name in each.attrib} <= {
        "width", "height", "role", "aria-labelledby", "aria-hidden", "id", "rx", "x", "y", "clip-path", "fill",
        "text-anchor", "font-family", "font-size", "textLength",
    }  # fmt: skip


def test_its_texts_fit_into_its_boxes(document: Json) -> None:
    root = picture(document)

    boxes = root.findall(f"{SVG}g/{SVG}rect")
    texts = root.findall(f"{SVG}g/{SVG}text")
    assert [
        float(box.get("width", 0)) - float(text.get("textLength", 0)) for box, text in zip(boxes, texts, strict=True)
    ] == [20, 20]
    assert sum(float(box.get("width", 0)) for box in boxes) == float(root.get("width", 0))


@pytest.mark.parametrize(
    ("verdict", "colour"),
    [
        (Verdict.CONFORMANT, "success"),
        (Verdict.CONFORMANT_WITH_DEVIATIONS, "yellowgreen"),
        (Verdict.NOT_FULLY_VERIFIED, "yellow"),
        (Verdict.NON_CONFORMANT, "critical"),
    ],
)
def test_shields_gets_a_colour_for_each_verdict(conforming: Json, verdict: Verdict, colour: str) -> None:
    conforming["targets"][0]["verdict"] = verdict

    endpoint = json.loads(text_of(conforming, ShieldsView))
    assert endpoint["color"] == colour


def test_shields_gets_what_its_endpoint_demands(conforming: Json) -> None:
    assert json.loads(text_of(conforming, ShieldsView)) == {
        "schemaVersion": 1,
        "label": "assay",
        "message": "conformant, 5 of 5",
        "color": "success",
    }


def test_a_selection_of_nothing_is_no_verdict(conforming: Json) -> None:
    conforming["run"]["partial"] = True
    counts = conforming["targets"][0]["counts"]
    conforming["targets"][0]["counts"] = {**dict.fromkeys(counts, 0), "not_run": 6}

    assert picture(conforming).findtext(f"{SVG}title") == "assay: not judged"
