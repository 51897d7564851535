"""Who may call: shared by every operation of the contract."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from assay.bench import Untestable, requirement
from assay.trials import accepts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from assay.bench import Bench, Call

TASK = {"rerun-task": "task", "update-tasks": "task"}
TASK_AND_CALLER = {
    "rerun-task": ("task", "caller_without_run_access"),
    "update-tasks": ("task", "caller_without_manage_access"),
    "import-workflow": ("caller_without_manage_access",),
}


@requirement("no-credentials", given=TASK)
def test_a_call_without_credentials_is_refused(
    bench: Bench,
    baseline: Call,
    without_credentials: Callable[[Call], Iterator[Call]],
    detours: Callable[[Call], Iterator[Call]],
) -> None:
    for call in without_credentials(baseline):
        bench.send(call).must_be_refused()
    must_not_be_accepted(bench, detours(baseline.without_credentials()))

    bench.control(baseline)
    # The caller before must not be taken for this one.
    bench.send(baseline.without_credentials().labelled("right after a call with credentials")).must_be_refused()


@requirement("wrong-token", given=TASK)
def test_a_call_with_a_token_that_nobody_issued_is_refused(bench: Bench, baseline: Call) -> None:
    for call in with_wrong_credentials(bench, baseline):
        bench.send(call).must_be_refused()

    bench.control(baseline)


@requirement("token-scheme", given=TASK)
def test_the_token_under_another_scheme_is_refused(bench: Bench, baseline: Call) -> None:
    if bench.target.token is None:
        message = "the target file gives no token, so there is none to send under another scheme; set [auth] token"
        raise Untestable(message)
    renamed = baseline.without_credentials().with_headers({"Authorization": f"Basic {bench.target.token}"})

    bench.must_refuse(renamed.labelled("Basic"), control=baseline)


@requirement("no-permission", given=TASK_AND_CALLER)
def test_a_caller_without_the_permission_is_refused(
    bench: Bench, baseline: Call, detours: Callable[[Call], Iterator[Call]]
) -> None:
    caller = bench.given(TASK_AND_CALLER[bench.operation.slug][-1])
    call = baseline.with_token(caller["token"])

    must_not_be_accepted(bench, [call, *detours(call)])
    bench.must_refuse(call, control=baseline)


@requirement("idempotency-credentials", given={"rerun-task": "task"})
def test_a_used_key_does_not_bring_its_answer_to_a_stranger(
    bench: Bench,
    baseline: Call,
    keyed: Callable[..., Call],
    without_credentials: Callable[[Call], Iterator[Call]],
) -> None:
    used = keyed(baseline)
    bench.control(used)

    for call in (*without_credentials(used), *with_wrong_credentials(bench, used)):
        bench.send(call).must_be_refused()


@requirement("idempotency-credentials", given=TASK_AND_CALLER)
def test_a_used_key_does_not_bring_its_answer_to_a_caller_without_the_permission(
    bench: Bench, baseline: Call, keyed: Callable[..., Call]
) -> None:
    caller = bench.given(TASK_AND_CALLER[bench.operation.slug][-1])
    used = keyed(baseline)
    bench.control(used)

    bench.send(used.with_token(caller["token"])).must_be_refused()


def must_not_be_accepted(bench: Bench, calls: Iterable[Call]) -> None:
    """Demand that no call succeeds. How it is refused says nothing: it may have more about it than its caller."""
    for call in calls:
        answer = bench.send(call)
        answer.must(not accepts(answer), "a refusal (4xx)", str(answer.status))


def with_wrong_credentials(bench: Bench, call: Call) -> Iterator[Call]:
    """Yield the call with credentials that nobody has."""
    if bench.target.token is None:
        message = "the target file gives no token, so no call with credentials can be compared; set [auth] token"
        raise Untestable(message)
    # As long as the right one: a server that looks at the form alone takes it.
    made_up = ("5eed" * len(bench.target.token))[: len(bench.target.token)]
    yield call.with_token(made_up).labelled("a made-up token")
    for label, token in bench.near_misses().items():
        yield call.with_token(token).labelled(f"the token with {label}")
    basic = b64encode(b"nobody:nothing").decode()
    yield call.without_credentials().with_headers({"Authorization": f"Basic {basic}"}).labelled("another scheme")
