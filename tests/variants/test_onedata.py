"""Each freedom of Oneprovider is taken: the variant shows what the reference server does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.reference.messages import Reply
    from tests.variants.conftest import Shown, Site

PLACE = "/api/v3/oneprovider/automation/execution/workflows/{}/rerun"
LAST = {"laneIndex": 2, "laneRunNumber": 3}
TEXT = json.dumps(LAST).encode()


def rerun(site: Site, wid: object = None, **sent: Any) -> Reply:
    wid = site.given("stopped_execution")["wid"] if wid is None else wid
    return site.send("POST", PLACE.format(wid), **{"json": LAST, **sent})


def body(**changes: object) -> Callable[[Site], Reply]:
    return lambda site: rerun(site, json={**LAST, **changes})


def written(text: bytes, **headers: str) -> Callable[[Site], Reply]:
    return lambda site: site.send("POST", PLACE.format(site.given("stopped_execution")["wid"]), text, **headers)


def running(site: Site) -> Reply:
    return rerun(site, site.given("running_execution")["wid"])


def running_without_body(site: Site) -> Reply:
    return rerun(site, site.given("running_execution")["wid"], json={})


def unknown(site: Site) -> Reply:
    return rerun(site, "nowhere")


def stranger(site: Site) -> Reply:
    return rerun(site, token=None)


def last_of(reruns: int, pause: float = 0) -> Callable[[Site], Reply]:
    """Rerun fresh executions, and the last one twice."""

    def ask(site: Site) -> Reply:
        for _ in range(reruns - 1):
            rerun(site)
        wid = site.given("stopped_execution")["wid"]
        rerun(site, wid)
        site.wait(pause)
        return rerun(site, wid)

    return ask


TAKEN: dict[str, tuple[Callable[[Site], Any], Shown]] = {
    "numbers-in-quotes-refused": (body(laneIndex="2"), 400),
    "zero-fractions-refused": (written(b'{"laneIndex":2.0,"laneRunNumber":3}'), 400),
    "numbers-from-zero": (body(laneIndex=0, laneRunNumber=0), 204),
    "negative-numbers": (body(laneIndex=-1), 204),
    "too-low-is-unknown": (body(laneIndex=0), 404),
    "many-runs": (body(laneRunNumber=9999), 204),
    "latest-run-alone": (body(laneRunNumber=2), 404),
    "words-of-31-bits": (body(laneIndex=2**31), 400),
    "unknown-members-refused": (body(lane=1), 400),
    "members-twice-refused": (written(b'{"laneIndex":2,"laneIndex":2,"laneRunNumber":3}'), 400),
    "nan-is-no-integer": (
        written(b'{"laneIndex":NaN,"laneRunNumber":3}'),
        lambda reply: (reply.status, b"badValueInteger" in reply.body) == (400, True),
    ),
    "any-content-type": (written(TEXT, content_type="text/plain"), 204),
    "content-type-demanded": (written(TEXT), 415),
    "large-bodies-refused": (written(TEXT + b" " * 2000), 413),
    "execution-before-body": (lambda site: rerun(site, "nowhere", json={}), 404),
    "state-before-body": (running_without_body, 409),
    "lane-before-state": (
        lambda site: rerun(site, site.given("running_execution")["wid"], json={**LAST, "laneIndex": 7}),
        404,
    ),
    "token-last": (lambda site: rerun(site, "nowhere", token=None), 404),
    "ends-at-once": (last_of(1), 204),
    "ends-soon": (last_of(1, pause=0.05), 204),
    "ends-by-chance": (last_of(3), 204),
    "strict-ids": (unknown, 400),
    "odd-ids": (lambda site: site.given("stopped_execution")["wid"], lambda wid: "%" in wid),
}

TAKEN_IN_ERRORS: dict[str, tuple[Callable[[Site], Any], Shown]] = {
    "unknown-lane-400": (body(laneIndex=7), 400),
    "unknown-lane-422": (body(laneRunNumber=7), 422),
    "not-ended-409": (running, 409),
    "not-ended-403": (running, 403),
    "not-ended-404": (running, 404),
    "token-400": (stranger, 400),
    "token-403": (stranger, 403),
    "token-404": (stranger, 404),
    "no-bearer": (lambda site: rerun(site, token=None, authorization="Bearer token-of-the-main-caller"), 401),
    "undocumented-pages": (stranger, ("content-type", "text/html")),
    "undocumented-nothing": (stranger, lambda reply: (reply.status, reply.body) == (401, b"")),
    "no-details": (unknown, lambda reply: b"details" not in reply.body),
    "rich-details": (unknown, {"error": {"details": {"n": -1.5}}}),
    "one-id": (unknown, {"error": {"id": "error404"}}),
    "id-for-each-field": (body(laneIndex=None), {"error": {"id": "badValueInteger.laneIndex"}}),
    "not-ended-in-two-ways": (running, {"error": {"id": "still-waiting"}}),
    "varying-descriptions": (unknown, "№".encode()),
    "empty-texts": (unknown, {"error": {"description": "", "ctx": {"module": "", "line": 0}}}),
    "onezone": (unknown, {"error": {"ctx": {"service": "ozw", "serviceId": "onezone"}}}),
    "onepanel": (unknown, {"error": {"ctx": {"service": "opp"}}}),
    "clock-ahead": (unknown, {"error": {"ctx": {"timestamp": 1_900_072_000_000}}}),
}


def test_every_freedom_is_looked_at(slugs_of: Callable[[str, Sequence[str]], set[str]]) -> None:
    assert slugs_of("onedata", ["onedata"]) == set(TAKEN)
    assert slugs_of("onedata", ["onedata_errors"]) == set(TAKEN_IN_ERRORS)


@pytest.mark.parametrize("slug", TAKEN)
def test_the_freedom_is_taken(differs: Callable[..., None], slug: str) -> None:
    differs(f"onedata/{slug}", *TAKEN[slug])


@pytest.mark.parametrize("slug", TAKEN_IN_ERRORS)
def test_the_freedom_is_taken_in_errors(differs: Callable[..., None], slug: str) -> None:
    differs(f"onedata/{slug}", *TAKEN_IN_ERRORS[slug])


def test_an_error_about_credentials_comes_from_the_other_panel(site: Callable[[str], Site]) -> None:
    reply = stranger(site("onedata/onepanel"))

    assert b'"service":"ozp"' in reply.body
