"""What one page says may found requirements of another operation of its contract."""

from __future__ import annotations

from pathlib import Path

from assay import catalogue, sources
from assay.sources.draft import draft
from assay.sources.folding import digest, fold
from assay.sources.ledger import Fate, Kind, Ledger, Statement
from assay.sources.tracing import gaps

UPDATE, RERUN = "zuora/update-tasks", "zuora/rerun-task"


def test_the_page_of_the_update_founds_what_a_rerun_shows_of_instances() -> None:
    ledger = sources.load()[UPDATE]

    on_it = ledger.on(f"{RERUN}/instance-fields")

    assert {each.section for each in on_it} == {"Response 200 fields"}
    assert "instances have an end time" in {each.gist for each in on_it}


def test_a_requirement_that_rests_on_the_page_of_another_operation_is_founded() -> None:
    contract, ledgers = catalogue.load()["zuora"], sources.load()

    with_both = gaps(contract, ledgers)
    with_one = gaps(contract, {RERUN: ledgers[RERUN]})

    assert (RERUN, "instance-fields") not in {(each.operation, each.what) for each in with_both}
    assert (RERUN, "instance-fields") in {(each.operation, each.what) for each in with_one}


def test_a_draft_keeps_the_requirements_of_other_operations() -> None:
    words = fold("The task has a state.")
    requirements = (f"{UPDATE}/success-body", f"{RERUN}/success-body")
    statement = Statement(
        digest(words), len(words), "Overview", Kind.SENTENCE, "a task has a state", requirements, requirements,
        fate=Fate.TIED,
    )  # fmt: skip
    known = Ledger(Path("sources.yaml"), UPDATE, "page.txt", "Tasks", "https://tasks.example.test", "", (statement,))

    drafted = draft("page.txt", "The task has a state.", known)

    assert "requirements: [success-body, rerun-task/success-body]}" in drafted
