"""The proof on a terminal or in a CI log: the kill matrix, then the numbers, then what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from assay.model import Verdict
from assay.prove.html import grids
from assay.prove.matrix import Fate
from assay.report.text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from assay.prove.html import Grid

_STYLES = {Fate.KILLED: "green", Fate.SURVIVED: "bold red", Fate.BROKEN: "bold magenta"}


def render(proof: Mapping[str, Any], console: Console) -> None:
    """Print the proof document."""
    for grid in grids(proof):
        console.print(_matrix(grid, partial=proof["proof"]["partial"]), soft_wrap=True)
        console.print()
    for line in _numbers(proof):
        console.print(line, soft_wrap=True)
    console.print()
    for problem in proof["problems"]:
        console.print(
            Text.assemble(("✕ " if console.encoding.startswith("utf") else "x ", "bold red"), one_line(problem)),
            soft_wrap=True,
        )
    if proof["holds"]:
        console.print(
            Text("The proof holds" + (" for what was selected" if proof["proof"]["partial"] else ""), "bold green")
        )
    else:
        console.print(Text(f"The proof does not hold: {counted(len(proof['problems']), 'problem')}", "bold red"))


def _matrix(grid: Grid, *, partial: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bright_black")
    table.add_column(grid.operation, overflow="fold")
    table.add_column("fault", overflow="fold")
    table.add_column(no_wrap=True, min_width=max(map(len, Fate)))
    table.add_column("trips as well", overflow="fold")
    previous = ""
    for fault in grid.faults:
        also = [_slug(each) for each in fault["trips"] if each != fault["violates"]]
        violated = _slug(fault["violates"])
        table.add_row(
            Text("" if violated == previous else violated),
            Text(_slug(fault["id"])),
            Text(fault["fate"], _STYLES[Fate(fault["fate"])]),
            Text(", ".join(also), "bright_black"),
        )
        previous = violated
    for requirement in grid.requirements:
        if not requirement["proven_by"] and not partial:
            table.add_row(Text(_slug(requirement["id"]), "bold red"), Text("none", "bold red"), Text(), Text())
    return table


def _slug(name: str) -> str:
    return name.rpartition("/")[2]


def _numbers(proof: Mapping[str, Any]) -> Iterator[str]:
    about, stability = proof["proof"], proof["stability"]
    fates = [fault["fate"] for fault in proof["faults"]]
    yield f"Faults: {', '.join(f'{fates.count(fate)} {fate}' for fate in Fate)}"
    if not about["partial"]:
        proven = sum(bool(each["proven_by"]) for each in proof["requirements"])
        idle = counted(len(proof["idle_checks"]), "check")
        yield f"Requirements: {proven} of {len(proof['requirements'])} proven; {idle} that no fault trips"
    for server in proof["faultless"]:
        yield f"Faultless {server['name']} server: {server['verdict']}"
    if proof["variants"]:
        conformant = sum(each["verdict"] == Verdict.CONFORMANT for each in proof["variants"])
        yield f"Legal variants: {conformant} of {len(proof['variants'])} found conformant"
    if proof["degenerate"]:
        yield "Degenerate servers, and the requirements of level must that they pass:"
        yield from _degenerate(proof["degenerate"])
    if seeds := stability["seeds"]:
        runs = f"{len(seeds)} runs with the seeds {', '.join(map(str, seeds))}"
        yield f"Stability: {len(stability['unstable'])} of {stability['requirements']} requirements differ in {runs}"
    took = f"{about['duration_s']:.0f} s, of which the faults took {about['faults_s']:.0f} s"
    yield f"{took}, with {counted(about['workers'], 'worker')}, seed {about['seed']}"


def _degenerate(servers: list[Mapping[str, Any]]) -> Iterator[str]:
    width = max(len(each["id"]) for each in servers)
    for each in servers:
        listed = sum(bool(passed["reason"]) for passed in each["passed"])
        reasons = f", {listed} of them rightly" if each["passed"] else ""
        yield f"  {each['id']:<{width}}  {len(each['passed']):>2} of {each['must']}{reasons}"
