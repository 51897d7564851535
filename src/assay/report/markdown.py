"""The report as Markdown, for the summary of a CI job and for comments: what a reader of a pull request has to know.

It never grows beyond what a comment may hold. What is left out then is said, and stands in `report.html`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.model import Outcome, Verdict
from assay.report import digest
from assay.report.account import source
from assay.report.causes import causes
from assay.report.consequences import gaps
from assay.report.documents import documents
from assay.report.documents_markdown import reading
from assay.report.gfm import block, cell, code, prose
from assay.report.repeating import command, finding
from assay.report.statements import figure_in_words
from assay.report.text import counted
from assay.report.waived import in_words, is_excused

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Sequence

    from assay.report.causes import Cause
    from assay.report.digest import Node
    from assay.report.document import Report
    from assay.report.survey import Shared

LIMIT = 60_000
"""Characters of the whole; GitHub takes comments of 65,536."""

_CLOSING = 1_000
"""Characters that are kept for the last lines."""

_MESSAGE_SHOWN = 500
_CURL_SHOWN = 4_000
_LISTED = 20
"""Targets, findings and reasons of each kind that are listed of more than a few targets."""

_IDS_SHOWN = 4
_BASIS_SHOWN = 5
_GAP = 2
"""Characters between two paragraphs."""

_SIGNS: dict[str, str] = {
    Verdict.NON_CONFORMANT: "❌",
    Verdict.NOT_FULLY_VERIFIED: "⚠️",
    Verdict.CONFORMANT_WITH_DEVIATIONS: "✅",
    Verdict.CONFORMANT: "✅",
    digest.NOT_JUDGED: "⚪",
}


class MarkdownView:
    """Writes `report.md`."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._run = report.run
        self._survey = report.survey
        self._left = LIMIT - _CLOSING
        self._targets_left = len(self._survey.outlines)
        self._left_out = 0

    def opening(self) -> Iterator[str]:
        """Yield the verdict, and of more than a few targets all there is."""
        partial, survey = self._run["partial"], self._survey
        verdicts = survey.verdicts(partial=partial)
        worst = next(iter(verdicts))
        if len(survey.outlines) > 1:
            said = ", ".join(f"{number:,} {digest.verdict_in_words(each).lower()}" for each, number in verdicts.items())
            yield from self._written([f"# {_verdict(worst)}", f"{counted(len(survey.outlines), 'target')}: {said}."])
            if survey.waived_failures:
                rest = digest.verdict_in_words(survey.verdict_but_for_waivers)
                said = f"Apart from what is waived, {counted(survey.waived_failures, 'failure')} in all: {rest}"
                yield from self._written([said])
            yield from self._written(self._warnings())
        if survey.is_large:
            yield from self._written([self._table_of_targets()])
            yield from self._together()

    def _table_of_targets(self) -> str:
        """Return the worst targets with their outcomes."""
        partial = self._run["partial"]
        worst = [target for _, target in self._survey.worst_first(partial=partial)[:_LISTED]]
        used = [each for each in digest.DISPLAY_ORDER if any(target["counts"][each] for target in worst)]
        lines = ["| target | verdict | " + " | ".join(digest.outcome_in_words(each) for each in used) + " |"]
        lines.append("|---|---|" + "--:|" * len(used))
        for target in worst:
            verdict = digest.verdict_in_words(digest.standing(target, partial=partial))
            numbers = " | ".join(f"{target['counts'][each]:,}" for each in used)
            lines.append(f"| {cell(target['name'])} | {verdict} | {numbers} |")
        return "\n".join(lines)

    def _together(self) -> Iterator[str]:
        """Yield what targets have in common, the most common first."""
        order = digest.FINDINGS.index
        findings = sorted(self._survey.findings.values(), key=lambda each: (order(each.outcome), -each.targets))
        gaps = sorted(
            self._survey.gaps.values(),
            key=lambda each: (digest.DISPLAY_ORDER.index(each.outcome), -each.targets),
        )
        if findings:
            yield from self._written(["## Findings"])
        for each in findings:
            yield from self._written([self._finding(each.example), self._where(each)])
        if gaps:
            yield from self._written(["## Not tested, and why"])
        for gap in gaps[:_LISTED]:
            reason = code(gap.example["reason"], _MESSAGE_SHOWN)
            yield from self._written([f"**{digest.outcome_in_words(gap.outcome)}**: {reason}", self._where(gap)])
        self._left_out += max(len(gaps) - _LISTED, 0) + self._survey.gaps_left_out

    def _where(self, shared: Shared) -> str:
        names = ", ".join(code(each) for each in shared.names)
        more = f" and {shared.targets - len(shared.names):,} more" if shared.targets > len(shared.names) else ""
        return f"On {shared.targets:,} of {counted(len(self._survey.outlines), 'target')}: {names}{more}."

    def target(self, target: Node, position: int) -> Iterator[str]:  # noqa: ARG002 - a view may number its targets
        """Yield the verdict on one target, its findings, and what was not tested."""
        if self._survey.is_large:
            return
        # No target takes the room of those behind it.
        kept = self._left - self._left // self._targets_left
        self._left, self._targets_left = self._left - kept, self._targets_left - 1
        yield from self._written(self._head(target))
        found = causes(target)
        if found:
            yield from self._written(["### Findings"])
        for cause in found:
            yield from self._written([self._cause(cause, target)])
        untested = gaps(target)
        if untested:
            yield from self._written(["### Not tested, and why"])
        for gap in untested:
            yield from self._written([_gap(gap)])
        self._left += kept

    def _head(self, target: Node) -> Iterator[str]:
        partial, shard = self._run["partial"], self._run.get("shard", "")
        level = "#" if len(self._survey.outlines) == 1 else "##"
        yield f"{level} {_verdict(digest.standing(target, partial=partial))}: {code(target['name'])}"
        yield f"{digest.verdict_reason(target, partial=partial, shard=shard)}"
        if len(self._survey.outlines) == 1:
            yield from self._warnings()
        yield f"{code(target['contract'])} at {code(target['base_url'])}"
        if rest := target.get("verdict_but_for_waivers"):
            yield f"Apart from what is waived: {digest.verdict_in_words(rest)}"
        if problem := target.get("problem"):
            yield f"**{code(problem, _MESSAGE_SHOWN)}**"
        if "statements" in target:
            yield f"{figure_in_words(target['statements'])}."
        yield _table(digest.by_operation(target))

    def _warnings(self) -> Iterator[str]:
        """Yield that nobody answered, and which waivers somebody has to look at: they fail the build anyway."""
        if self._survey.is_unanswered:
            yield f"**{digest.UNANSWERED}**"
        stale = self._survey.stale_waivers
        lines = [
            f"- {code(found['id'])} at {code(name)}: {code(in_words(found), _MESSAGE_SHOWN)}"
            for name, found in stale[:_LISTED]
        ]
        lines += [f"- and {len(stale) - _LISTED:,} more"] if len(stale) > _LISTED else []
        if lines:
            yield "\n".join(["**Stale waivers fail the build:**", "", *lines])

    def closing(self) -> Iterator[str]:
        """Yield the documents as far as there is room, what was left out, and how the report came about."""
        yield from self._documents()
        if self._left_out:
            yield f"**{counted(self._left_out, 'more part')} had no room here; all of them stand in report.html.**\n\n"
        facts = [
            counted(self._run["requests"], "request"),
            f"{self._run['duration_s']:.1f} s",
            f"seed {self._run['seed']}",
        ]
        facts += [] if self._run["complete"] else ["interrupted"]
        facts += [f"suite {code(self._run['suite_version'])}", f"catalogue {code(self._run['catalogue_sha256'][:12])}"]
        yield f"<sub>{', '.join(facts)}, started {code(self._run['started'])}</sub>\n"

    def _documents(self) -> Iterator[str]:
        """Yield the documents one after the other, each with its share of the room that is left."""
        found = list(documents(self._report))
        if found:
            yield from self._written(["## The documents, statement by statement"])
        for number, each in enumerate(found):
            text = reading(each, self._left // (len(found) - number) - _GAP)
            if text is None:
                self._left_out += 1
            else:
                yield from self._written([text])

    def _cause(self, cause: Cause, target: Node) -> str:
        """Return findings with one cause: the first of them, and which others it explains."""
        first, *others = cause.findings
        text = self._finding({**finding(first, target), "source": source(first)})
        if not others:
            return text
        lines = [f"- {_judged(each)}: {code(each['id'])}" for each in others[:_LISTED]]
        lines += [f"- and {len(others) - _LISTED:,} more"] if len(others) > _LISTED else []
        return "\n".join([text, "", "For the same reason:", "", *lines])

    def _finding(self, found: Node) -> str:
        return _finding(found, self._run["seed"], self._report.statements.basis(found))

    def _written(self, paragraphs: Iterable[str]) -> Iterator[str]:
        """Yield paragraphs that belong together, all or none of them."""
        text = "".join(f"{each}\n\n" for each in paragraphs)
        if len(text) > self._left:
            self._left_out += 1
            return
        self._left -= len(text)
        yield text


def _verdict(verdict: str) -> str:
    return f"{_SIGNS[verdict]} {digest.verdict_in_words(verdict)}"


def _judged(found: Node) -> str:
    """Return how a finding ended, and whether a waiver excuses it."""
    return digest.outcome_in_words(found["outcome"]) + (", waived" if is_excused(found) else "")


def _finding(found: Node, seed: int, basis: Sequence[str]) -> str:
    """Return a finding: what is promised and on what that rests, what came instead, and how to see it again."""
    lines = [f"#### {_judged(found)}: {code(found['id'])}", ""]
    lines += [f"It is promised: {prose(found['statement'])}", ""]
    expected = digest.expectation(found["message"])
    if expected is None:
        lines.append(f"- {code(found['message'], _MESSAGE_SHOWN)}")
    else:
        lines += [f"- of {code(expected.label, _MESSAGE_SHOWN)}"] if expected.label else []
        lines.append(f"- expected {code(expected.expected, _MESSAGE_SHOWN)}")
        lines.append(f"- got {code(expected.got, _MESSAGE_SHOWN)}")
    lines += [f"- {code(in_words(found), _MESSAGE_SHOWN)}"] if "waiver" in found else []
    lines += [f"- said in {code(found['source'], _MESSAGE_SHOWN)}"] if "source" in found else []
    lines += [f"- rests on {prose(each)}" for each in basis[:_BASIS_SHOWN]]
    lines += [f"- and {len(basis) - _BASIS_SHOWN:,} more"] if len(basis) > _BASIS_SHOWN else []
    lines += [f"- checked by {code(found['check'])}"] if found["check"] else []
    lines += [f"- step by step: {code(found['steps'], _MESSAGE_SHOWN)}"] if found["steps"] else []
    return "\n".join([*lines, "", *_to_see_it_again(found, seed)])


def _to_see_it_again(found: Node, seed: int) -> Iterator[str]:
    """Yield the command lines that repeat a finding, first the one that does so in any case."""
    notes = [prose(each) for each in found["notes"]]
    curl, run = found["curl"], command(found, seed)
    yield "<details><summary>See it again</summary>\n"
    if len(curl) > _CURL_SHOWN:
        yield f"The curl line has {counted(len(curl), 'character')}; it stands in report.html.\n"
        curl = ""
    for line in filter(None, [run, curl] if notes else [curl, run]):
        yield f"{block(line, 'sh')}\n"
    if notes:
        yield " ".join(notes) + "\n"
    yield "</details>"


def _gap(gap: digest.Untested) -> str:
    ids = ", ".join(code(each) for each in gap.requirements[:_IDS_SHOWN])
    more = len(gap.requirements) - _IDS_SHOWN
    named = f"{ids} and {more:,} more" if more > 0 else ids
    return f"- **{digest.outcome_in_words(gap.outcome)}**, {gap.count}: {code(gap.reason, _MESSAGE_SHOWN)}\n  ({named})"


def _table(rows: dict[str, Counter[Outcome]]) -> str:
    used = [each for each in digest.DISPLAY_ORDER if any(counts[each] for counts in rows.values())]
    lines = ["| operation | " + " | ".join(digest.outcome_in_words(each) for each in used) + " |"]
    lines.append("|---|" + "--:|" * len(used))
    lines += [
        f"| {cell(name)} | " + " | ".join(f"{counts[each]:,}" for each in used) + " |" for name, counts in rows.items()
    ]
    return "\n".join(lines)
