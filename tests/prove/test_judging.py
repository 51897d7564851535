"""Servers are judged in batches; one that is broken is told apart from one that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay import catalogue, faults
from assay.model import Outcome, Verdict
from assay.prove.judging import Batch, Judged, Subject, is_asked, judge, judge_all
from assay.reference.servers import factory_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

RETRY = "vcf/retry-task"
BROKEN_SERVERS = """
from assay.reference.vcf import Vcf


class Crashing(Vcf):
    def retried(self):
        raise RuntimeError("out of luck")


class Mute(Vcf):
    async def answer(self, asked):
        from assay.reference.messages import Reply
        return Reply(200, raw=b"")
"""


def subject(name: str, factory: str, *, generated: bool = False) -> Subject:
    return Subject(name, "vcf", factory, frozenset({RETRY}), generated)


def batch(*subjects: Subject) -> Batch:
    return Batch("own", subjects, 1)


def test_servers_of_one_batch_are_judged_apart() -> None:
    fault = faults.find(f"{RETRY}/unknown-task-accepted")

    sound, faulty = judge(batch(subject("sound", factory_of("vcf")), subject("faulty", fault.factory)))

    assert (sound.blamed, sound.broken) == ([], "")
    assert (faulty.verdict, faulty.broken) == (Verdict.NON_CONFORMANT, "")
    assert faulty.outcomes[fault.violates] is Outcome.FAILED
    assert "expected 404, got 200" in faulty.messages[fault.violates]
    assert any(each.startswith(f"{fault.violates}::") for each in faulty.tripped)


def test_generated_requests_are_left_out_unless_they_are_asked_for() -> None:
    fault = next(each for each in faults.load().values() if each.generated and each.contract == "vcf")

    (without,) = judge(batch(subject("faulty", fault.factory)))
    (with_them,) = judge(batch(subject("faulty", fault.factory, generated=True)))

    assert fault.violates not in without.blamed
    assert fault.violates in with_them.blamed


def test_checks_of_other_operations_that_call_the_faulty_one_are_asked_too() -> None:
    calling = {
        check.id
        for check in catalogue.load()["zuora"].checks
        if is_asked(Subject("x", "zuora", "", frozenset({"zuora/rerun-task"}), generated=False), check)
        and check.operation != "zuora/rerun-task"
    }

    assert calling == {
        "zuora/import-workflow/idempotency-key-of-another-operation::the_key_of_a_rerun_does_not_bring_its_answer"
    }


def test_a_broken_server_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_servers.py").write_text(BROKEN_SERVERS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    names = {
        "absent": "assay.reference.vcf:Nothing",
        "crashing": "broken_servers:Crashing",
        "mute": "broken_servers:Mute",
    }

    judged = {each.name: each for each in judge(batch(*(subject(name, names[name]) for name in names)))}

    assert "Nothing" in judged["absent"].broken
    assert judged["crashing"].broken == "failed by a mistake of its own: RuntimeError: out of luck"
    assert judged["mute"].broken == "gave no answer"


def test_batches_are_judged_by_worker_processes() -> None:
    batches = [batch(subject(name, factory_of("vcf"))) for name in ("one", "two")]

    judged = [each for _, found in judge_all(batches, workers=2) for each in found]

    assert sorted(each.name for each in judged) == ["one", "two"]
    assert all(each.blamed == [] for each in judged)


def test_two_judgements_of_one_server_are_joined() -> None:
    own = Judged("x", {"a": Outcome.FAILED}, {"a": "wrong"}, frozenset({"a::1"}))
    elsewhere = Judged("x", {"b": Outcome.PASSED}, broken="was gone at the end")

    joined = own.joined(elsewhere)

    assert joined.outcomes == {"a": Outcome.FAILED, "b": Outcome.PASSED}
    assert (joined.blamed, joined.broken) == (["a"], "was gone at the end")
