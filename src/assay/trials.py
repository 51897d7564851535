"""Experiments of several calls: variants beside one control, answers judged for their form, calls that overlap.

A case uses them where one call and one answer are not enough:

    refused(bench, [plain.with_body(b"{"), plain.with_body(b"[]")], 400, control=plain)

Each keeps what it cannot decide apart from what it can: a refusal beside a control that fails as well is
inconclusive, and so is an answer of another kind than the one to be looked at.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.bench import Inapplicable, Inconclusive, Violation, about

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.bench import Answer, Bench
    from assay.call import Call

COPIES = 6
"""Requests that are sent at the same moment; more meet in a server's critical section more often."""
MOST_REPETITIONS = 50
FEWEST_REPETITIONS = 3
_OF_THE_STATE = (400, 409, 412, 422, 423)
"""Statuses that may say that an object is not in the right state for a call that is right in itself."""
_LENGTH_OF_A_UNIQUE_PART = 16
_NAMED = 4
"""How many statuses a message names one by one."""


def refused(
    bench: Bench, calls: Sequence[Call], *statuses: int, control: Call, documented: bool = False
) -> list[Answer]:
    """Demand that each call is refused while `control`, from which each differs in one thing, succeeds.

    `statuses` are the documented ones for this cause; without any, every 4xx is a refusal, and a 5xx is a violation
    only where `documented` says that one of the documented refusals is due. A call that is accepted decides at once.
    Everything else is judged behind the control: a wrong token, say, is refused with another status than the
    documented one, and that is no fault of the target. The control goes last, as it may use its object up.
    """
    answers = [_not_accepted(bench.send(call), statuses) for call in calls]
    bench.control(control)
    for answer in answers:
        if statuses:
            answer.must_be(*statuses)
            continue
        if documented:
            answer.must_not_be_a_server_error()
        answer.must_be_refused()
    return answers


def _not_accepted(answer: Answer, statuses: Sequence[int]) -> Answer:
    expected = " or ".join(map(str, statuses)) if statuses else "a refusal (4xx)"
    return answer.must(not accepts(answer), expected, str(answer.status))


def accepts(answer: Answer) -> bool:
    """Whether the answer is a success (2xx)."""
    return 200 <= answer.status < 300  # noqa: PLR2004 - the class of success


def taken(bench: Bench, call: Call, status: int, *, control: Call) -> Answer:
    """Demand that a call is accepted where `control`, from which it differs in one thing, is.

    `status` is the documented one. Another success is for the requirement on the status to judge. The control is
    sent only where the call was not accepted, so that it may be about the same object.
    """
    answer = bench.send(call)
    if not accepts(answer):
        bench.control(control)
        answer.must_be(status)
    return answer


def still_taken(bench: Bench, call: Call, status: int, *, control: Call | None = None) -> Answer:
    """Demand that a call is accepted behind another one that must not have changed its object.

    Whatever speaks of the caller, of the form of the call or of a mistake of the target is no sign of a change, and so
    inconclusive. `control` is the same call about an object that nothing was tried on: where that is not accepted
    either, nothing was changed. It is sent only where the call was not accepted.
    """
    answer = bench.send(call)
    if accepts(answer):
        return answer
    if answer.status not in _OF_THE_STATE:
        message = f"answered {answer.status} behind the refusals, which does not show that they changed anything"
        raise Inconclusive(message)
    if control is not None:
        bench.control(control)
    return answer.must_be(status)


def stays_refused(bench: Bench, call: Call, *refusals: int, control: Call) -> None:
    """Demand that a call is refused again behind its refusal, which must not bring its object into the right state.

    An object that comes into that state by itself explains one acceptance, and not each time one of two. `control` is
    the same call about an object in the right state. Inconclusive where there is none of `refusals` to look behind.
    """
    provoked(bench, call.labelled("the first refusal"), *refusals)
    behind = call.labelled("behind the refusal")
    for _ in range(FEWEST_REPETITIONS):
        if not any(accepts(bench.send(behind)) for _ in range(2)):
            bench.control(control)
            return
    expected = "what follows a refusal to be refused as well"
    raise Violation.of(expected, f"a success each time: {answered_in_turn(bench)} in turn")


def refused_in_each_form(bench: Bench, plain: Call, forms: Sequence[Call], *refusals: int) -> None:
    """Demand that a call whose object is in the wrong state is accepted in no other form either.

    With what another form is refused is left open. An object that comes into the right state by itself is not
    accepted in one form only, and not in that one time and again.
    """
    provoked(bench, plain.labelled("in the plain form"), *refusals)
    for form in forms:
        answer = bench.send(form)
        if not accepts(answer):
            continue
        each_time = all(_one_form_alone_is_accepted(bench, form, plain) for _ in range(FEWEST_REPETITIONS))
        due = str(refusals[0]) if len(refusals) == 1 else "a refusal (4xx)"
        answer.must(not each_time, due, f"{answer.status}, as each time in this form")
        message = (
            f"answered {answer.status}, but not in this form alone: the requests were answered "
            f"{answered_in_turn(bench)} in turn, so that its object may have come into another state meanwhile"
        )
        raise Inconclusive(about(form.label, message))


def _one_form_alone_is_accepted(bench: Bench, form: Call, plain: Call) -> bool:
    refusals = (bench.send(plain.labelled(f"in the plain form, time {time} of 2")) for time in (1, 2))
    return not any(map(accepts, refusals)) and accepts(bench.send(form))


def answered_in_turn(bench: Bench) -> str:
    """Return the statuses of the answers so far, in their order."""
    return ", ".join(str(each.response.status) for each in bench.exchanges if each.response)


def near_ids(known: str) -> dict[str, str]:
    """Return, by label, ids of nothing that a careless comparison takes for a known one.

    A short id or a number is only made longer: a part of it may be the id of something else.
    """
    ids = {"a letter behind": f"{known}x", "a comma and a letter behind": f"{known},x"}
    if len(known) < _LENGTH_OF_A_UNIQUE_PART or known.isdecimal():
        return ids
    return ids | {
        "without its last character": known[:-1],
        "without its first character": known[1:],
        # Stands for any character where the id gets into a pattern of SQL.
        "an underscore for its first character": f"_{known[1:]}",
    }


def ids_with_more(known: str) -> dict[str, str]:
    """Return, by label, ids of nothing of which a server might cut off, or decode twice, a part.

    No white space: where ids are numbers or UUIDs, the parsers of several languages take it for nothing.
    """
    return {
        "a semicolon and a letter": f"{known};x",
        "a question mark and a letter": f"{known}?x",
        "a hash and a letter": f"{known}#x",
        "an extension": f"{known}.json",
        "its first character encoded twice": f"%{ord(known[0]):02X}{known[1:]}",
        "a slash and a letter": f"{known}/x",
        "a null character and a letter": f"{known}\0x",
    }


def provoked(bench: Bench, call: Call, *statuses: int) -> Answer:
    """Return the answer to a call that is made for the form of its answer; inconclusive with another status.

    That the status is wrong is for the requirement that demands it to say.
    """
    answer = bench.send(call)
    if answer.status not in statuses:
        wanted = " or ".join(map(str, statuses)) if len(statuses) <= _NAMED else "refusal"
        message = f"expected a {wanted} to look at, got {answer.status}"
        raise Inconclusive(message)
    return answer


def told(answer: Answer, *path: str) -> Any:  # noqa: ANN401 - a JSON document has no narrower type
    """Return the value at `path` in the JSON object of the body; inconclusive where it is not there.

    That it is missing is for the requirement on the shape of the body to say.
    """
    value = None if answer.content.problem else answer.content.json
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None or (not path and not isinstance(value, dict)):
        message = f"the answer with status {answer.status} has no {'.'.join(path) or 'JSON object'} to look at"
        raise Inconclusive(message)
    return value


def accepted_once(
    bench: Bench, calls: Sequence[Call], *, copies: int = COPIES, clock: Callable[[], float] = time.monotonic
) -> None:
    """Demand that of copies of one call, sent at the same moment, at most one is accepted.

    Each call is about an object of its own that an accepted call takes out of the state in which it is accepted. The
    object may legally come back to that state (a retried task fails again), and then a second copy is accepted
    legally too. So several acceptances count only if nothing shows objects that come back so soon: not one after
    the copies, not another one (that of the last call) after a call on its own, for as long as the copies took. And
    they count only if most of the copies are accepted, each time: an object that comes back now and then, by chance,
    makes two acceptances of many, and hardly ever most of them.
    """
    *overlapped, alone = calls
    rounds = [_overlap(bench, call, copies, clock) for call in overlapped]
    if not all(each.accepted for each in rounds):
        message = f"none of {copies} requests at the same moment was accepted, so nothing was raced for"
        raise Inconclusive(message)
    doubles = [each for each in rounds if each.accepted > 1]
    if not doubles:
        return
    bench.control(alone)
    longest = max(each.took_s for each in doubles)
    if any(each.comes_back for each in doubles) or _comes_back(bench, alone, longest, clock):
        message = "a call is accepted again right after it was accepted, so several acceptances at once show nothing"
        raise Inapplicable(message)
    counts = ", then ".join(f"{each.accepted} of {copies}" for each in rounds)
    if not all(each.accepted > copies // 2 for each in rounds):
        message = f"accepted at the same moment: {counts}; several acceptances count only if most are, each time"
        raise Inconclusive(message)
    message = f"expected at most one of {copies} requests at the same moment to be accepted, got {counts}"
    raise Violation(message).shown_by(answer.exchange for each in rounds for answer in each.accepting)


@dataclass(frozen=True, slots=True)
class _Round:
    """What became of copies of one call, sent at the same moment."""

    accepting: tuple[Answer, ...]
    took_s: float
    comes_back: bool
    """Whether the call is accepted once more within as much time again."""

    @property
    def accepted(self) -> int:
        """How many of them were accepted."""
        return len(self.accepting)


def _overlap(bench: Bench, call: Call, copies: int, clock: Callable[[], float]) -> _Round:
    started = clock()
    together = [call.labelled(f"{number} of {copies} at the same moment") for number in range(1, copies + 1)]
    accepting = tuple(filter(accepts, bench.send_together(together)))
    took = clock() - started
    return _Round(accepting, took, len(accepting) > 1 and _comes_back(bench, call, took, clock))


def _comes_back(bench: Bench, call: Call, for_s: float, clock: Callable[[], float]) -> bool:
    end = clock() + for_s
    for number in range(MOST_REPETITIONS):
        if number >= FEWEST_REPETITIONS and clock() >= end:
            return False
        if accepts(bench.send(call.labelled("right after"))):
            return True
    return False
