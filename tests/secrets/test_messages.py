"""Messages are cut, quoted and made by others; none of them says a secret, and none is made unreadable for one."""

from __future__ import annotations

import base64
import logging
import sys
from typing import TYPE_CHECKING

import pytest

from assay.evidence import Given, Redactor, SharedSecrets, brief
from assay.target import StateHandler

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Json, JudgeToy

TOKEN = "9f3c2a7be1d84506a2c5f0d19b7e6433"
A_CHECK = "@requirement('done', given='task')\ndef test_it_is_done(bench):\n    "


def check_of(report: Json) -> Json:
    check: Json = report["targets"][0]["requirements"][0]["checks"][0]
    return check


@pytest.mark.parametrize("room", range(len(TOKEN) + 1))
def test_what_a_cut_leaves_of_a_secret_goes_too(room: int) -> None:
    text = brief("x" * (100 - room) + TOKEN + "yz")

    kept = Redactor([("T", TOKEN)]).text(f"got {text!r}")

    assert TOKEN[:5] not in kept
    assert kept.startswith(f"got '{'x' * (100 - room)}")


@pytest.mark.parametrize("quoted", ["it's", 'a "quoted" one', "back\\slash", "\u00e9t\u00e9"])
def test_a_secret_that_is_escaped_where_it_is_cut_goes_too(quoted: str) -> None:
    secret = f"{quoted}/4711-abc-0815"

    kept = Redactor([("T", secret)]).text(f"got {'x' + secret!r}"[: -len("0815'")] + "…")

    assert kept.replace('"', "'") == "got 'x[redacted]…"


def test_half_of_a_secret_of_words_goes_at_the_end_of_a_text() -> None:
    redactor = Redactor([("T", "correct-horse-battery-staple")])

    assert redactor.text("got 'correct-horse-batt") == "got '[redacted]"
    assert redactor.text("the horse is correct") == "the horse is correct"


@pytest.mark.parametrize("padding", [0, 180, 190])
def test_what_a_command_says_of_its_failure_says_no_secret(judge_toy: JudgeToy, padding: int) -> None:
    program = f"import sys; sys.exit('{'x' * padding} {TOKEN} is refused')"
    handler = StateHandler(command=(sys.executable, "-c", program))

    check = check_of(judge_toy(A_CHECK + "bench.given('task')", token=TOKEN, state_handler=handler))

    assert check["outcome"] == "untestable"
    assert "the state handler failed: exit 1: " in check["message"]
    assert TOKEN[:6] not in check["message"]


def test_a_mistake_of_the_suite_says_no_secret(
    judge_toy: JudgeToy, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)

    report = judge_toy(
        "@requirement('done')\ndef test_it_is_done(bench, nobody_has_this): ...",
        conftest=f"@pytest.fixture(scope='{TOKEN}')\ndef odd(): ...",
        token=TOKEN,
    )

    assert check_of(report)["outcome"] == "error"
    assert "the suite failed" in caplog.text
    assert TOKEN not in str(report) + caplog.text + "".join(capsys.readouterr())


def test_a_message_that_quotes_a_whole_body_is_cut(judge_toy: JudgeToy) -> None:
    check = check_of(judge_toy(A_CHECK.replace(", given='task'", "") + "raise Violation('got ' + 'x' * 1_000_000)"))

    assert check["message"] == "got " + "x" * 16_380 + "…"


def test_an_address_that_holds_the_token_is_shown_without(judge_toy: JudgeToy, toy_url: str) -> None:
    report = judge_toy(
        A_CHECK.replace(", given='task'", "") + "bench.send().must_be(200)", base_url=f"{toy_url}/{TOKEN}", token=TOKEN
    )

    assert report["targets"][0]["base_url"] == f"{toy_url}/[redacted]"
    assert TOKEN not in str(report)


# Tokens that are words


@pytest.mark.parametrize("token", ["a", "is", "404"])
def test_with_a_token_of_few_characters_messages_stay_readable(judge_toy: JudgeToy, token: str) -> None:
    case = "raise Violation.of('a refusal, as it is 404 elsewhere', 'a success', 'the first of 404 calls')"

    check = check_of(judge_toy("@requirement('done')\ndef test_it(bench):\n    bench.send()\n    " + case, token=token))

    assert check["message"] == (
        'request "the first of 404 calls": expected a refusal, as it is 404 elsewhere, got a success'
    )
    assert ["Authorization", "Bearer [redacted]"] in check["exchanges"][0]["request"]["headers"]
    assert check["exchanges"][0]["response"]["body"]["text"] == '{"sent": "Bearer [redacted]"}'
    assert "'Authorization: Bearer '\"$ASSAY_TOKEN\"" in check["exchanges"][0]["curl"]


@pytest.mark.parametrize("token", ["task", "password", "Secret", "1234567890"])
def test_a_token_that_is_a_word_goes_as_a_word_alone(token: str) -> None:
    text = f'the {token}s of a {token}_id, sub{token} and {token}4: "{token}", Bearer {token}'

    kept = Redactor([("T", token)]).text(text)

    assert kept in {
        f'the {token}s of a {token}_id, sub{token} and {token}4: "[redacted]", Bearer [redacted]',
        # With eight letters or digits it is more than a word: only a letter or a digit beside it saves it.
        f'the {token}s of a [redacted]_id, sub{token} and {token}4: "[redacted]", Bearer [redacted]',
    }


DIGITS = "483920175562093817465520"


@pytest.mark.parametrize(
    "said",
    [
        DIGITS[1:],
        DIGITS[:-1],
        DIGITS[12:],
        DIGITS[7:17],
        " ".join(DIGITS[4:18]),
        base64.b64encode(DIGITS[1:-1].encode()).decode(),
        DIGITS[8:20].encode().hex(),
    ],
    ids=["all but the first", "all but the last", "half", "ten", "spaced", "base64", "hex"],
)
def test_parts_of_a_long_number_go_too(said: str) -> None:
    assert Redactor([("T", DIGITS)]).text(f"'{said}' is refused") == "'[redacted]' is refused"


@pytest.mark.parametrize(
    "text",
    [
        "at 2026-11-22 17:00:46 and 1795366846123 the id 48392017 had 4839201755 bytes, 0000000000000000",
        '{"ids": [562093817, 483920175, 465520], "size": 1234567890123456}',
    ],
)
def test_numbers_beside_a_long_number_stay(text: str) -> None:
    assert Redactor([("T", "7" + DIGITS[:9] + "6" + DIGITS[9:])]).text(text) == text


@pytest.mark.parametrize("token", ["staging-server-token-2024", "token-of-lab", "VCF_ADMIN_TOKEN"])
def test_words_that_a_token_is_made_of_stay(token: str) -> None:
    text = "https://staging-server.example.test/of/lab says that the token of VCF ADMIN was made in 2024, server-token"

    assert Redactor([("T", token)]).text(text) == text


@pytest.mark.parametrize("body", ['{"id": "9f3c2a7b-0e1d-4506-a2c5-7e64330d19b7", "wid": "9f3c2a70"}', "9f3c 2a7b"])
def test_what_is_only_a_little_like_a_token_stays(body: str) -> None:
    assert Redactor([("T", TOKEN)]).text(body) == body


def test_what_stands_between_the_parts_of_a_secret_stays() -> None:
    text = f'{{"first": "{TOKEN[:16]}", "of": 2, "second": "{TOKEN[16:]}"}}'

    kept = Redactor([("T", TOKEN)]).text(text)

    assert kept == '{"first": "[redacted]", "of": 2, "second": "[redacted]"}'


# Between processes


def test_what_comes_up_in_one_process_is_known_in_the_other_and_to_nobody_else(tmp_path: Path) -> None:
    one, other, stranger = (SharedSecrets(tmp_path, key) for key in (b"key", b"key", b"another"))
    one.add(Given("CALLER_TOKEN", TOKEN, "lab"))

    assert other.look() == [Given("CALLER_TOKEN", TOKEN, "lab")]
    one.add(Given("CALLER_TOKEN", "second", "lab"))
    assert other.look() == [Given("CALLER_TOKEN", "second", "lab")]
    assert other.look() == []
    assert [each.secret for each in other.known] == [TOKEN, "second"]
    (sealed,) = tmp_path.iterdir()
    assert TOKEN.encode() not in sealed.read_bytes()
    assert sealed.stat().st_mode & 0o077 == 0
    with pytest.raises(ValueError, match=r".*"):
        stranger.look()


def test_a_line_that_is_still_being_written_is_left_for_later(tmp_path: Path) -> None:
    shared = SharedSecrets(tmp_path, b"key")
    shared.add(Given("A", TOKEN, "lab"))
    (sealed,) = tmp_path.iterdir()
    line = sealed.read_bytes()
    sealed.write_bytes(line[:-5])

    assert shared.look() == []
    sealed.write_bytes(line)
    assert shared.look() == [Given("A", TOKEN, "lab")]


def test_without_a_common_folder_nothing_is_shared_and_nothing_fails(tmp_path: Path) -> None:
    shared = SharedSecrets(tmp_path / "elsewhere", b"key")
    shared.add(Given("A", TOKEN, "lab"))

    assert shared.look() == []
