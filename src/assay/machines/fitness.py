"""Whether a machine can take part in a run: it is reached, and has what the controller has."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from assay.address import Address
from assay.exceptions import UsageError
from assay.machines import installation
from assay.machines.connection import ANSWERS_WITHIN_S, asked, reason, running
from assay.packs import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assay.machines import Machine
    from assay.target import Target


def check(machines: Iterable[Machine], targets: Sequence[Target]) -> None:
    """Raise `UsageError` for a machine that cannot take part, before anything is sent to a target."""
    others = list(dict.fromkeys(machine for machine in machines if not machine.is_own))
    here = installation.here() if others else {}
    for machine, answer in zip(others, _asked(others), strict=True):
        problem = _problem(answer, here, targets)
        if problem:
            message = f"--tx {machine.name}: {problem}"
            raise UsageError(message)


def unfit(machines: Sequence[Machine], targets: Sequence[Target]) -> list[Machine]:
    """Return those that could not take part now, although they could before."""
    others = [machine for machine in machines if not machine.is_own]
    here = installation.here() if others else {}
    answers = zip(others, _asked(others), strict=True)
    return [machine for machine, answer in answers if _problem(answer, here, targets)]


def _asked(machines: Sequence[Machine]) -> list[Mapping[str, str] | BaseException]:
    return asked([partial(_told_by, machine) for machine in machines], ANSWERS_WITHIN_S)


def _told_by(machine: Machine) -> Mapping[str, str]:
    with running(installation, machine) as channel:
        told: Mapping[str, str] = channel.receive()
    return told


def _problem(answer: Mapping[str, str] | BaseException, here: Mapping[str, str], targets: Sequence[Target]) -> str:
    """Return why a machine cannot take part, or nothing."""
    if isinstance(answer, BaseException):
        return f"cannot be reached: {reason(answer)}"
    return _difference(answer, here) or ("" if answer["place"] == here["place"] else _out_of_reach(targets))


def _difference(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Return in what the installations differ, or nothing."""
    same = "install the same on both"
    if "problem" in there:
        return f"Assay does not run in {there['executable']}: {there['problem']}"
    if there["version"] != here["version"]:
        return f"has Assay {there['version']}, here it is {here['version']}; {same}"
    if there["catalogue"] != here["catalogue"]:
        return _other_catalogue(there, here, same)
    if there["in_memory"] != here["catalogue"]:
        return f"has the catalogue {there['in_memory']} in memory, here it is {here['catalogue']}; start it anew"
    if there["generators"] != here["generators"]:
        return f"would generate other requests with {there['generators']} than here {here['generators']}; {same}"
    return ""


def _other_catalogue(there: Mapping[str, str], here: Mapping[str, str], same: str) -> str:
    if there["contracts"] != here["contracts"]:
        packs = f"install contract packs on both, or name them there in {VARIABLE}"
        return f"has the contracts {there['contracts']}, here there are {here['contracts']}; {packs}"
    return f"has the catalogue {there['catalogue']}, here it is {here['catalogue']}; {same}"


def _out_of_reach(targets: Sequence[Target]) -> str:
    """Return what of the targets means something else on another machine, or nothing."""
    for target in targets:
        handler = target.state_handler
        if Address.of(target.base_url).origin.is_loopback:
            return f"{target.base_url} of target {target.name!r} is that machine itself when asked from there"
        if handler is not None and handler.url and Address.of(handler.url).origin.is_loopback:
            return f"the state handler {handler.url} of target {target.name!r} is that machine itself from there"
        if handler is not None and not handler.url:
            return (
                f"the state handler of target {target.name!r} is a command or a function of this machine; "
                "give it a url that is reached from there, or list the states"
            )
    return ""
