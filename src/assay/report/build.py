"""Makes the report document from the journal of a run; every other form of report is a view of that document.

The journal says all that is needed, so that the report of a run that was killed is made in the same way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from assay.bench import about
from assay.model import CheckKind, Level, Outcome, Verdict
from assay.probe import accepted, accepts
from assay.report.document import FORMAT, Report
from assay.report.exits import by_terms
from assay.report.fingerprint import VIOLATIONS, fingerprint
from assay.report.statements import figures, numbers
from assay.report.waived import Waived, is_excused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assay.journal import Record

UNPROBED = "the run ended before the target was asked for what it must not accept, so that its acceptance says nothing"
ACCEPTS_ANYTHING = (
    "the target also accepts a request without credentials, for an object that does not exist and with a body that "
    "is no JSON, so that its acceptance says nothing"
)
_GIVEN_UP = re.compile(r"(?:^|: )given up after \d+ ")
"""What the transport says of a target that it asks no more."""

_NAMED = re.compile(r"'(\w+)'")
"""How messages name a state."""

KEPT_PROBLEMS = 3
"""How many offending exchanges an observer keeps as evidence."""


class Judged(Report):
    """The report of a run, whole or killed, made from its journal."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._requests: dict[str, int] = {}
        """Of the targets that were made so far."""
        self._waived = Waived(record.terms)

    @property
    def run(self) -> dict[str, Any]:
        """What the document says of the run as a whole."""
        if len(self._requests) < len(self._record.run["targets"]):
            assert self.survey.outlines  # noqa: S101 - it makes each target, and so its requests are counted
        head = self._record.run["run"]
        end = self._record.end or {}
        run = {
            "suite_version": head["suite_version"],
            "catalogue_sha256": head["catalogue_sha256"],
            "proof": head["proof"],
            **({"proof_sha256": head["proof_sha256"]} if "proof_sha256" in head else {}),
            "seed": head["seed"],
            "started": head["started"],
            "duration_s": end.get("duration_s", 0.0),
            "requests": self._sent(),
            "complete": bool(end) and not end["interrupted"],
            "partial": head["partial"],
            **({"shard": head["shard"]} if "shard" in head else {}),
        }
        return run | by_terms(self.survey, run, self._record.terms)

    def _sent(self) -> int:
        """Return how many exchanges there were.

        Checks know nothing of what their fixtures put back and of what was asked again, so the run counts by itself.
        One that was killed has not said the number, and workers elsewhere do not.
        """
        known = max(sum(self._requests.values()), self._record.requests)
        return int((self._record.end or {}).get("requests", known))

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The documents of all contracts, statement by statement; a journal of an earlier version has none."""
        return [each for contract in self._record.run["contracts"].values() for each in contract.get("documents", ())]

    def document(self) -> dict[str, Any]:
        """Return the whole document, where it is small enough to be held."""
        targets = list(self.targets())
        verdict = Verdict.worst(Verdict(target["verdict"]) for target in targets)
        documents = {"documents": self.documents} if self.documents else {}
        return {"format": FORMAT, "run": self.run, "verdict": str(verdict), **documents, "targets": targets}

    def targets(self) -> Iterator[dict[str, Any]]:
        """Make each target anew."""
        for target in self._record.run["targets"]:
            made = _TargetReport(target, self._record, self._waived)
            self._requests[target["name"]] = made.requests
            yield made.document()


class _TargetReport:
    """The part of a report that speaks of one target."""

    def __init__(self, target: dict[str, Any], record: Record, waived: Waived) -> None:
        self.target = target
        self.record = record
        self.waived = waived
        self.contract = record.run["contracts"][target["contract"]]
        self.decisions = record.of(target["name"])
        self.entries = [
            entry for check in self.contract["checks"] if (entry := self.decisions.checks.get(check["id"])) is not None
        ]
        self.share = frozenset(target["share"]) if "share" in target else None
        """The checks of this shard; `None` where the run has no shards."""
        self.elsewhere: set[str] = set()
        """The checks of which this shard has nothing to say."""
        self.checks: dict[str, list[dict[str, Any]]] = {}
        for check in self.contract["checks"]:
            self.checks.setdefault(check["requirement"], []).append(check)
        self.unprobed = self._unprobed()
        self.documents = self.contract.get("documents", ())
        self.statements = numbers(self.documents)
        """By requirement id, those on which it rests."""

    @property
    def requests(self) -> int:
        """How many exchanges there were with the target."""
        made: list[int] = [entry["requests"] for entry in self.decisions.checks.values()]
        return sum(made) + len(self.decisions.probes)

    def document(self) -> dict[str, Any]:
        requirements = [self._requirement(each) for each in self.contract["requirements"]]
        missing = list(self._missing_states(requirements))
        outcomes = {each["id"]: Outcome(each["outcome"]) for each in requirements}
        speaking = list(self._speaking(requirements))
        unwaived = [outcome for requirement, outcome in speaking if not is_excused(requirement)]
        return {
            "name": self.target["name"],
            "contract": self.target["contract"],
            "base_url": self.target["base_url"],
            **({"file": self.target["file"]} if "file" in self.target else {}),
            "verdict": str(Verdict.of(outcome for _, outcome in speaking)),
            **({"problem": _left_behind(self.decisions.left)} if self.decisions.left else {}),
            **({"verdict_but_for_waivers": str(Verdict.of(unwaived))} if len(unwaived) < len(speaking) else {}),
            "counts": {str(outcome): list(outcomes.values()).count(outcome) for outcome in Outcome},
            **({"statements": figures(self.documents, outcomes)} if self.documents else {}),
            "readings": list(self._readings()),
            **({"missing_states": missing} if missing else {}),
            "requirements": requirements,
        }

    def _speaking(self, requirements: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Outcome]]:
        """Yield the outcomes on which the verdict rests: of selected requirements, by the checks of this shard."""
        for declared, made in zip(self.contract["requirements"], requirements, strict=True):
            ids = [check["id"] for check in self.checks[declared["id"]]]
            results = zip(ids, made["checks"], strict=True)
            own = [Outcome(result["outcome"]) for id_, result in results if id_ not in self.elsewhere]
            if declared["selected"] and own:
                yield made, Outcome.worst(own)

    def _unprobed(self) -> set[str]:
        """Return the operations that the run came not to probe although it had come to all checks.

        Where a check is left, the verdict says so anyway, and what was decided stays.
        """
        own = (check for check in self.contract["checks"] if self._is_own(check))
        decided = [self.decisions.checks.get(check["id"]) for check in own]
        if any(entry is None or entry["outcome"] == Outcome.NOT_RUN for entry in decided):
            return set()
        return {operation for entry in self.entries for _, operation in accepted(entry)} - set(self.decisions.probes)

    def _is_own(self, check: dict[str, Any]) -> bool:
        """Whether the run was to decide a check by itself."""
        left_out = check["observer"] or check["not_selected"] or check["capability"] in self.target["lacks"]
        return not left_out and (self.share is None or check["id"] in self.share)

    def _requirement(self, requirement: dict[str, Any]) -> dict[str, Any]:
        checks = [self._check(each, requirement) for each in self.checks[requirement["id"]]]
        outcome = Outcome.worst(Outcome(check["outcome"]) for check in checks)
        messages = [check["message"] for check in checks if check["outcome"] == outcome and check.get("message")]
        document = {
            "id": requirement["id"],
            "operation": requirement["operation"],
            "level": requirement["level"],
            "statement": requirement["statement"],
            "source": requirement["source"],
            "outcome": str(outcome),
            "proven_by": requirement["proven_by"],
            "checks": checks,
        }
        if messages and outcome is not Outcome.PASSED:
            document["message"] = messages[0]
        document |= self._basis(requirement)
        if requirement["note"]:
            document["note"] = requirement["note"]
        if outcome in VIOLATIONS:
            document["fingerprint"] = fingerprint(document)
        is_whole = not any(self._shows_a_part_of(each) for each in self.checks[requirement["id"]])
        return document | self.waived.waiver(self.target["name"], document, is_whole=is_whole)

    def _basis(self, requirement: dict[str, Any]) -> dict[str, Any]:
        """Return what a requirement rests on: statements of the document of its operation, or something else."""
        if requirement["id"] in self.statements:
            return {"statements": self.statements[requirement["id"]]}
        return {"rests_on": requirement["rests_on"]} if requirement.get("rests_on") else {}

    def _shows_a_part_of(self, check: dict[str, Any]) -> bool:
        """Whether another run may show more of a failure: one that is not a shard, or in which more is selected."""
        return check["id"] in self.elsewhere or (check["observer"] and self.record.run["run"]["partial"])

    def _check(self, check: dict[str, Any], requirement: dict[str, Any]) -> dict[str, Any]:
        if check["not_selected"]:
            return _result(check, Outcome.NOT_RUN, check["not_selected"])
        if check["observer"]:
            return self._observer(check, requirement)
        entry = self.decisions.checks.get(check["id"])
        if entry is not None:
            decided = _result(check, Outcome(entry["outcome"]), entry["message"], entry["exchanges"])
            decided |= {"duration_s": entry["duration_s"], **self._handed_out([entry])}
            decided |= {"evidence": entry["evidence"]} if "evidence" in entry else {}
            return self._discounted(decided, check)
        if check["capability"] in self.target["lacks"]:
            return _result(check, Outcome.INAPPLICABLE, f"the target declares that it lacks {check['capability']}")
        if self.share is not None and check["id"] not in self.share:
            return self._left_to_others(check, "it is decided in another shard")
        return _result(check, *self._undecided())

    def _handed_out(self, entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """Return which sets of states some checks were given: whoever repeats their requests may need others."""
        # A journal of an earlier version does not tell.
        given = [each for entry in entries for each in entry.get("given", ())]
        kinds = self.contract.get("states", {})
        return {"given": [{**each, "used_up": kinds[each["state"]]["used_up"]} for each in given]} if given else {}

    def _left_to_others(self, check: dict[str, Any], message: str) -> dict[str, Any]:
        self.elsewhere.add(check["id"])
        return _result(check, Outcome.NOT_RUN, f"{message}; this is shard {self.record.run['run']['shard']}")

    def _discounted(self, result: dict[str, Any], check: dict[str, Any]) -> dict[str, Any]:
        """Take back a pass that rests on acceptance, where the target accepts what is wrong in every way or may."""
        operation = check["requirement"].rpartition("/")[0]
        probe = self.decisions.probes.get(operation)
        if result["outcome"] != Outcome.PASSED or not any(map(accepts, result["exchanges"])):
            return result
        if operation in self.unprobed:
            return {**result, "outcome": str(Outcome.INCONCLUSIVE), "message": UNPROBED}
        if probe is None or not accepts(probe["exchange"]):
            return result
        message = ACCEPTS_ANYTHING
        exchanges = [*result["exchanges"], probe["exchange"]]
        return {**result, "outcome": str(Outcome.INCONCLUSIVE), "message": message, "exchanges": exchanges}

    def _undecided(self) -> tuple[Outcome, str]:
        if self.record.end is None or self.record.end["interrupted"]:
            return Outcome.NOT_RUN, "the run ended before it"
        lost = "the suite lost this check; its worker process may have crashed"
        said = [problem.strip().splitlines()[-1] for problem in self.record.end.get("problems", ()) if problem.strip()]
        return Outcome.ERROR, f"the suite failed: {said[-1]}" if said else lost

    def _observer(self, check: dict[str, Any], requirement: dict[str, Any]) -> dict[str, Any]:
        seen = [(entry, entry["observed"][check["id"]]) for entry in self.entries if check["id"] in entry["observed"]]
        problems = [
            (problem, entry["exchanges"][number]) for entry, found in seen for number, problem in found["problems"]
        ]
        held = [(entry, found) for entry, found in seen if found["held"]]
        if problems:
            more = f" (on {len(problems)} exchanges)" if len(problems) > 1 else ""
            # The one that the message speaks of goes last, where the deciding exchange of a case stands.
            evidence = [exchange for _, exchange in reversed(problems[:KEPT_PROBLEMS])]
            message = about(problems[0][1].get("label", ""), problems[0][0]) + more
            violated = _result(check, Level(requirement["level"]).violation, message, evidence)
            return violated | self._handed_out([entry for entry, found in seen if found["problems"]][:KEPT_PROBLEMS])
        if held:
            entry, found = held[0]
            passed = _result(check, Outcome.PASSED, "", [entry["exchanges"][found["first_held"]]])
            return self._discounted(passed, check)
        return self._unseen(check, requirement["operation"])

    def _unseen(self, check: dict[str, Any], operation: str) -> dict[str, Any]:
        """Return what becomes of an observer that no exchange had anything for."""
        if self.share is not None:
            return self._left_to_others(check, f"no answer of this shard {_looked_for(check)}")
        if self.record.end is None or self.record.end["interrupted"]:
            return _result(check, Outcome.NOT_RUN, "the run ended before an exchange could show it")
        if silence := self._silence(operation):
            return _result(check, Outcome.INCONCLUSIVE, f"the answers that this check looks at did not come: {silence}")
        if not self._any_answer(operation):
            # Nothing was looked at, as where only this requirement is selected: that must not read as green.
            return _result(
                check,
                Outcome.NOT_RUN,
                "this check only looks at the answers to other checks, and none of those got one",
            )
        return _result(check, Outcome.INAPPLICABLE, f"no answer of this run {_looked_for(check)}")

    def _any_answer(self, operation: str) -> bool:
        return any(exchange["response"] for entry in self._of(operation) for exchange in entry["exchanges"])

    def _silence(self, operation: str) -> str:
        """Return why an answer may be missing: the target was given up, or has answered nothing; else an empty text."""
        open_ = [entry for entry in self._of(operation) if entry["outcome"] == Outcome.INCONCLUSIVE]
        given_up = [entry["message"] for entry in open_ if _GIVEN_UP.search(entry["message"])]
        if not given_up and self._any_answer(operation):
            return ""
        unanswered = [entry["message"] for entry in open_ if entry["exchanges"]]
        return next(iter([*given_up, *unanswered]), "")

    def _of(self, operation: str) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["check"].startswith(f"{operation}/")]

    def _missing_states(self, requirements: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the states of the contract that the messages of untestable checks name."""
        checks = [check for requirement in requirements for check in requirement["checks"]]
        said = [check["message"] for check in checks if check["outcome"] == Outcome.UNTESTABLE]
        named = {name for message in said for name in _NAMED.findall(message)}
        # A journal of an earlier version knows of no states.
        for name, kind in self.contract.get("states", {}).items():
            if name in named:
                yield {"state": name, **kind}

    def _readings(self) -> Iterator[dict[str, Any]]:
        seen: dict[str, list[str]] = {}
        for entry in self.entries:
            for ambiguity, reading in entry["readings"]:
                if reading not in seen.setdefault(ambiguity, []):
                    seen[ambiguity].append(reading)
        for ambiguity in self.contract["ambiguities"]:
            observed = sorted(seen.get(ambiguity["id"], ()))
            yield {
                "ambiguity": ambiguity["id"],
                "statement": ambiguity["statement"],
                "touches": ambiguity["touches"],
                "observed": [{"reading": name, "meaning": ambiguity["readings"][name]} for name in observed],
            }


def _left_behind(problems: list[str]) -> str:
    """Return the sentence for what the state handler failed to take down."""
    more = f" (and {len(problems) - 1} more times)" if len(problems) > 1 else ""
    return f"something that was set up may be left behind: {problems[0]}{more}"


def _looked_for(check: dict[str, Any]) -> str:
    """Return what no answer was to which an observer has something to say."""
    # A journal of an earlier version does not tell.
    if statuses := check.get("statuses"):
        return f"with the status {' or '.join(map(str, statuses))} could be looked at"
    return "was of the kind that this check looks at"


def _kind(check: dict[str, Any]) -> str:
    if check["observer"]:
        return str(CheckKind.OBSERVER)
    # A journal of an earlier version does not tell.
    return str(CheckKind.GENERATED if check.get("generated") else CheckKind.CASE)


def _result(check: dict[str, Any], outcome: Outcome, message: str, exchanges: Iterable[Any] = ()) -> dict[str, Any]:
    result = {
        "name": check["name"],
        "kind": _kind(check),
        "outcome": str(outcome),
        "duration_s": 0.0,
        "exchanges": list(exchanges),
    }
    if message and outcome is not Outcome.PASSED:
        result["message"] = message
    return result
