"""The page as its readers have it: opened from a disk in a real Chromium, with mouse, keyboard, phone and printer."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from assay.report import html
from tests.patience import PLENTY_S
from tests.report.conftest import HOSTILE, fleet_of, onedata_target, report, vcf_target, zuora_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

Json = dict[str, Any]

# One browser serves them all.
pytestmark = pytest.mark.xdist_group("browser")

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
ATTACK = (
    f"{HOSTILE}\"'></style></script></textarea><img src=x onerror=alert(1)><svg onload=alert(2)>"
    "<a href='javascript:alert(3)'>x</a><meta http-equiv=refresh content=0;url=http://evil.test/>"
    "{{ 7*7 }}{% raw %}<link rel=stylesheet href=http://evil.test/x.css><iframe src=http://evil.test/>"
)
REPORTS: dict[str, Callable[[], Json]] = {
    "one target": lambda: report(vcf_target()),
    "three targets": lambda: report(vcf_target(), zuora_target(), onedata_target()),
    "five of one contract": lambda: with_readings(fleet_of(5)),
    "many targets": lambda: with_readings(fleet_of(12)),
    "a hostile server": lambda: attacked(report(vcf_target(), zuora_target())),
}
LINES = """all => Object.fromEntries(all.map((each) => {
    const range = document.createRange();
    range.selectNodeContents(each);
    return [each.textContent, range.getClientRects().length];
}))"""
"""How many lines each text takes."""
OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


def with_readings(document: Json) -> Json:
    """Let each target show one of two readings."""
    for place, target in enumerate(document["targets"]):
        seen = {"reading": ("null", "omitted")[place % 2], "meaning": "fields without a value"}
        target["readings"] = [{"ambiguity": "null-fields", "statement": "Null or not?", "observed": [seen]}]
    return document


def attacked(value: Any, key: str = "") -> Any:
    """Put hostile text wherever a report holds text of its own making or of a server's."""
    if isinstance(value, dict):
        return {name: attacked(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [attacked(each, key) for each in value]
    fixed = {"id", "operation", "outcome", "level", "verdict", "started", "contract", "base64", "catalogue_sha256"}
    return (
        value + ATTACK
        if isinstance(value, str) and key not in {*fixed, "format", "touches", "ambiguity", "requirements"}
        else value
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    expect.set_options(timeout=1000 * PLENTY_S)
    assert path, "these tests need Debian's chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        # No sandbox, for CI runs as root in containers; what is opened is our own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the files of all reports, by what they are about."""
    folder = tmp_path_factory.mktemp("pages")
    files = {name: folder / f"{name.replace(' ', '-')}.html" for name in REPORTS}
    for name, path in files.items():
        path.write_text(html.render(REPORTS[name]()), encoding="utf-8", errors="backslashreplace")
    return files


@pytest.fixture
def opened(browser: Browser, pages: dict[str, Path]) -> Iterator[Callable[..., Page]]:
    """Return what opens a page; whatever it complained of, or asked for besides itself, fails the test at its end."""
    problems: list[str] = []
    with opener(browser, pages, problems) as open_page:
        yield open_page

    assert problems == []


@contextmanager
def opener(browser: Browser, pages: dict[str, Path], problems: list[str]) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_page(name: str, fragment: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * PLENTY_S)
        url = pages[name].as_uri()
        page.on("console", lambda said: problems.append(said.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: problems.append(f"a dialog: {dialog.message}"))
        page.on("request", lambda asked: None if asked.url.startswith(url) else problems.append(asked.url))
        page.goto(url + fragment)
        return page

    try:
        yield open_page
    finally:
        for context in contexts:
            context.close()


def listed(page: Page) -> list[str]:
    """Return the ids of the requirements that the list shows."""
    ids: list[str] = page.eval_on_selector_all(
        "[data-listed]:not([hidden])",
        "all => all.filter((each) => each.checkVisibility()).map((each) => each.querySelector('code').textContent)",
    )
    return ids


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_opens_from_disk_without_a_complaint_or_a_request(opened: Callable[..., Page], name: str) -> None:
    page = opened(name)

    expect(page.locator("h1")).to_have_text("Non-conformant")
    expect(page.locator(".filter")).to_be_visible()


def test_hostile_text_stays_text(opened: Callable[..., Page]) -> None:
    page = opened("a hostile server")

    page.evaluate(OPEN_ALL)

    assert page.locator("img, iframe, link, [onerror], [onload], [href^=javascript], [http-equiv=refresh]").count() == 0
    assert page.locator("style").count() == page.locator("script").count() == 1
    assert "{{ 7*7 }}{% raw %}" in page.inner_text("main")


def test_requirements_are_filtered_by_outcome(opened: Callable[..., Page]) -> None:
    page = opened("one target")

    page.get_by_role("checkbox", name="failed").check()
    page.get_by_role("checkbox", name="untestable").check()

    failed = ["unknown-task", "error-shape", "hostile-body", "no-body", "unfailed-task"]
    assert listed(page) == [f"vcf/retry-task/{each}" for each in failed]
    expect(page.get_by_role("status")).to_have_text("5 of 8")
    expect(page.locator(".findings .requirement:visible")).to_have_count(4)


def test_requirements_are_filtered_by_level(opened: Callable[..., Page]) -> None:
    page = opened("one target")

    page.get_by_role("combobox", name="Level").select_option("should")

    assert listed(page) == ["vcf/retry-task/no-credentials", "vcf/retry-task/crash"]


def test_requirements_are_filtered_by_operation(opened: Callable[..., Page]) -> None:
    page = opened("three targets")

    page.get_by_role("combobox", name="Operation").select_option("zuora/import-workflow")

    assert [each.rpartition("/")[2] for each in listed(page)] == ["trigger-booleans", "fuzz", "no-permission"]
    expect(page.locator("section.operation:visible")).to_have_count(1)


def test_requirements_are_filtered_by_words_of_their_statement_message_and_id(opened: Callable[..., Page]) -> None:
    page = opened("one target")
    search = page.get_by_role("searchbox")

    search.fill("exist refused")
    assert listed(page) == ["vcf/retry-task/unfailed-task"]
    search.fill("reset after")
    assert listed(page) == ["vcf/retry-task/slow"]
    search.fill("NO-BODY")
    assert listed(page) == ["vcf/retry-task/no-body"]


def test_a_filter_that_nothing_fits_says_so_and_can_be_cleared(opened: Callable[..., Page]) -> None:
    page = opened("one target")

    page.get_by_role("searchbox").fill("no such words")
    expect(page.get_by_text("No requirement fits the filter.")).to_be_visible()
    page.get_by_role("button", name="Clear").click()

    expect(page.get_by_role("status")).to_have_text("all 8")
    assert len(listed(page)) == 8


def test_a_filter_is_part_of_the_address(opened: Callable[..., Page]) -> None:
    first = opened("three targets")
    first.get_by_role("checkbox", name="deviation").check()
    first.get_by_role("searchbox").fill("zuora")

    second = opened("three targets", first.evaluate("location.hash"))

    assert listed(second) == ["zuora/import-workflow/trigger-booleans", "zuora/import-workflow/fuzz"]
    expect(second.get_by_role("searchbox")).to_have_value("zuora")


def test_of_many_targets_a_requirement_is_listed_where_any_target_has_the_outcome(opened: Callable[..., Page]) -> None:
    page = opened("many targets")

    page.get_by_role("checkbox", name="untestable").check()

    expect(page.locator("tr[data-listed]:visible")).to_have_count(1)
    expect(page.locator("tr[data-listed]:visible summary")).to_have_text("slow")


def test_a_link_to_a_requirement_opens_it(opened: Callable[..., Page]) -> None:
    page = opened("three targets", "#t2-zuora-update-tasks-fact-3")

    card = page.locator("#t2-zuora-update-tasks-fact-3")
    expect(card).to_be_in_viewport()
    expect(card.get_by_text("2 exchanges")).to_be_visible()


def test_a_link_leads_past_the_filter(opened: Callable[..., Page]) -> None:
    page = opened("one target", "#filter?outcome=error")
    expect(page.locator("#t1-vcf-retry-task-slow")).to_be_hidden()

    page.evaluate("location.hash = '#t1-vcf-retry-task-slow'")

    expect(page.locator("#t1-vcf-retry-task-slow")).to_be_in_viewport()
    expect(page.get_by_role("status")).to_have_text("all 8")


def test_a_link_to_a_statement_unfolds_its_document(opened: Callable[..., Page]) -> None:
    page = opened("three targets")

    page.locator("#t1-vcf-retry-task-unknown-task").get_by_role("link", name="Responses 404").click()

    expect(page.locator("#s-vcf-retry-task-5")).to_be_in_viewport()
    expect(page.locator("#s-vcf-retry-task-5")).to_contain_text("status of an unknown task")


def test_a_statement_leads_to_what_rests_on_it(opened: Callable[..., Page]) -> None:
    page = opened("three targets", "#s-vcf-retry-task-2")

    page.locator("#s-vcf-retry-task-2").get_by_role("link", name="unfailed-task").click()

    expect(page.locator("#t1-vcf-retry-task-unfailed-task .card")).to_be_visible()


def test_a_filter_leaves_the_documents_out_until_a_link_leads_there(opened: Callable[..., Page]) -> None:
    page = opened("one target")

    page.get_by_role("checkbox", name="failed").check()
    expect(page.locator(".documents")).to_be_hidden()
    page.locator("#t1-vcf-retry-task-unknown-task").get_by_role("link", name="Responses 404").click()

    expect(page.locator("#s-vcf-retry-task-5")).to_be_in_viewport()
    expect(page.get_by_role("status")).to_have_text("all 8")


def test_documents_unfold_by_the_keyboard(opened: Callable[..., Page]) -> None:
    page = opened("one target", "#documents")

    page.locator("#d-vcf-retry-task > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="https://docs.example.test/vcf/retry-task")).to_be_focused()


@pytest.mark.parametrize("name", ["three targets", "five of one contract", "many targets"])
def test_every_link_leads_to_something_that_can_be_seen(opened: Callable[..., Page], name: str) -> None:
    page = opened(name)

    unseen = page.eval_on_selector_all(
        "a[href^='#']",
        """links => links.map((each) => each.getAttribute("href")).filter((href) => {
             const found = document.getElementById(href.slice(1));
             return !found || !found.closest("details:not([open]) > div, [hidden]") === false;
           })""",
    )

    assert page.locator("a[href^='#']").count() > 5
    assert unseen == []


def test_the_curl_line_is_copied_whole(opened: Callable[..., Page]) -> None:
    page = opened("one target")
    box = page.locator("#t1-vcf-retry-task-unknown-task .exchange[open] .copied").first

    box.get_by_role("button", name="Copy").click()
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Control+V")

    expect(page.get_by_role("searchbox")).to_have_value(box.locator("code").inner_text())


def test_the_command_that_runs_one_requirement_is_copied(opened: Callable[..., Page]) -> None:
    page = opened("one target")

    page.locator("#t1-vcf-retry-task-unknown-task .origin").get_by_role("button", name="Copy").click()
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Control+V")

    command = (
        "assay run --target TARGET.toml --seed 20260301 --only vcf/retry-task/unknown-task --report-dir reports/again"
    )
    expect(page.get_by_role("searchbox")).to_have_value(command)


def test_the_keyboard_is_enough(opened: Callable[..., Page]) -> None:
    page = opened("one target")
    page.locator("#t1-vcf-retry-task-slow summary").first.focus()

    page.keyboard.press("Enter")
    expect(page.locator("#t1-vcf-retry-task-slow").get_by_text("Run only this")).to_be_visible()
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")

    expect(page.get_by_role("checkbox", name="failed")).to_be_checked()
    expect(page.get_by_role("status")).to_have_text("4 of 8")


def test_paper_holds_what_is_folded_of_the_findings(opened: Callable[..., Page]) -> None:
    page = opened("one target")
    page.eval_on_selector_all(
        ".requirement > details, .gaps details", "all => all.forEach((each) => { each.open = false; })"
    )

    page.emulate_media(media="print")

    seen = "all => all.map((each) => each.checkVisibility({contentVisibilityAuto: true}))"
    evidence = ".findings .expectation, .findings .exchange[open] pre, .findings .origin, .gaps .ids"
    assert set(page.eval_on_selector_all(evidence, seen)) == {True}
    assert set(page.eval_on_selector_all(".rows .origin", seen)) == {False}


def test_paper_has_no_controls_and_cuts_no_body(opened: Callable[..., Page]) -> None:
    page = opened("one target")

    page.emulate_media(media="print")

    expect(page.locator(".filter")).to_be_hidden()
    expect(page.locator(".copied button").first).to_be_hidden()
    assert page.eval_on_selector_all("pre", "all => all.every((each) => each.scrollHeight <= each.clientHeight + 2)")


def test_a_page_prints(opened: Callable[..., Page]) -> None:
    assert opened("three targets").pdf(format="A4").startswith(b"%PDF-")


def test_the_page_is_whole_without_a_script(opened: Callable[..., Page]) -> None:
    page = opened("one target", java_script_enabled=False)

    expect(page.locator(".filter")).to_be_hidden()
    expect(page.locator("[data-listed]")).to_have_count(8)
    expect(page.locator("#t1-vcf-retry-task-unknown-task .got").first).to_have_text("Got200")


@pytest.mark.parametrize("name", ["three targets", "many targets", "a hostile server"])
def test_a_phone_never_scrolls_sideways(opened: Callable[..., Page], name: str) -> None:
    page = opened(name, viewport=PHONE)

    page.evaluate(OPEN_ALL)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_on_a_phone_the_verdicts_of_many_targets_break_between_words_only(opened: Callable[..., Page]) -> None:
    page = opened("many targets", viewport=PHONE)

    lines = page.eval_on_selector_all(".list .verdict-word", LINES)

    assert lines["Non-conformant"] <= 2
    assert lines["Conformant"] == 1


@pytest.mark.parametrize(
    ("name", "scheme", "viewport"),
    [
        ("three targets", "light", DESKTOP),
        ("three targets", "dark", PHONE),
        ("one target", "dark", DESKTOP),
        ("one target", "light", PHONE),
        ("five of one contract", "light", DESKTOP),
        ("many targets", "dark", PHONE),
        ("many targets", "light", DESKTOP),
    ],
)
def test_axe_finds_nothing(opened: Callable[..., Page], name: str, scheme: str, viewport: Json) -> None:
    page = opened(name, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page.evaluate(OPEN_ALL)

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()


def test_the_first_finding_stands_in_the_first_view(opened: Callable[..., Page]) -> None:
    page = opened("one target", viewport={"width": 1280, "height": 800})

    said = page.locator(".findings .expectation").first.bounding_box()

    assert said is not None
    assert said["y"] + said["height"] <= 800
