"""What a reader can do: provide what was missing, run one requirement again."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from assay.draft import sample, state_lines
from assay.model import Outcome, StateKind
from assay.report.digest import is_observer
from assay.report.text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.report.digest import Node, Untested

_NAMED = re.compile(r"'(\w+)'")
_USED_UP = " are used up"
"""What the reason says where the target file lists too few sets."""

ELSEWHERE = "reports/again"
"""Where a report of one requirement goes."""

EMBEDDED = "embedded-"
"""How the names of the servers begin that a run brings along where it is given no target."""


def lines_for_target_file(gap: Untested, target: Node) -> str:
    """Return the lines of a target file that make testable what lacks a provider state, or an empty text."""
    if gap.outcome is not Outcome.UNTESTABLE:
        return ""
    named = _NAMED.findall(gap.reason)
    kinds = [_kind(each) for each in target.get("missing_states", ()) if each["state"] in named]
    return "\n\n".join("\n".join(_lines(kind, gap)) for kind in kinds)


def _lines(kind: StateKind, gap: Untested) -> Iterator[str]:
    yield f"# {one_line(kind.description)}"
    if _USED_UP in gap.reason:
        # The file has this table, and may not have it twice.
        yield f"# more such sets, behind those in [states.{kind.name}] each"
        yield from (f"{sample(kind, number)}," for number in (1, 2))
        return
    if kind.used_up:
        lacking = counted(gap.checks, "check")
        yield f"# a set is used once, and {lacking} lacked it; `assay plan` says how many sets a run takes"
    yield from state_lines(kind)


def _kind(state: Node) -> StateKind:
    return StateKind(state["state"], state["description"], state["values"], used_up=state["used_up"])


def command(requirement: Node, target: Node, seed: int) -> str:
    """Return the command line that judges this requirement alone."""
    return command_of(file_of(target), selection(requirement), seed)


def command_of(file: str, selected: str, seed: int) -> str:
    """Return the command line that judges what is selected; its report does not take the place of another one."""
    who = ["--target", file] if file else []
    return shlex.join(["assay", "run", *who, "--seed", str(seed), "--only", selected, "--report-dir", ELSEWHERE])


def file_of(target: Node) -> str:
    """Return the target file, as far as it is known; an empty text for an embedded server."""
    return "" if target["name"].startswith(EMBEDDED) else str(target.get("file", "TARGET.toml"))


def selection(requirement: Node) -> str:
    """Return what `--only` is to be given: an observer alone looks at nothing, as it sends nothing."""
    return f"{requirement['operation']}/*" if only_observes(requirement) else str(requirement["id"])


def only_observes(requirement: Node) -> bool:
    """Whether all checks of a requirement look at the answers to others."""
    return all(map(is_observer, requirement["checks"]))
