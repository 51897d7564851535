from __future__ import annotations

import gzip
import json

import pytest

from assay.reference.messages import BODY_LIMIT, Asked, Refused, accepts_gzip, as_integer, gunzip, gzipped, read_json


@pytest.mark.parametrize("text", ['{"a":[1,2.5,"\\u00e9",null,true]}', "[]", '"\\ud83d\\ude42"', "1e10", "-0"])
def test_json_is_read(text: str) -> None:
    assert read_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "body",
    [b"", b"NaN", b"-Infinity", b"1e400", b"9" * 5000, b"[" * 10**6, b'"\\ud800"', b'{"\\udc00":1}', b"\xff", b"'a'"],
)
def test_what_cannot_be_sent_back_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_json(body)

    assert refused.value.status == 400


def test_query_parameters_are_decoded_and_the_last_of_a_name_counts() -> None:
    asked = Asked("GET", "/", (), None, query=b"unit=celsius&limit=&place=K%C3%B6ln+S%FCd&unit=kelvin")

    assert asked.parameters == {"unit": "kelvin", "limit": "", "place": "K\u00f6ln S\ufffdd"}


@pytest.mark.parametrize(("value", "number"), [(2, 2), (2.0, 2), (True, None), ("2", None), (2.5, None), (None, None)])
def test_an_integer_is_what_json_schema_calls_one(value: object, number: int | None) -> None:
    assert as_integer(value) == number


def test_what_was_compressed_is_decompressed() -> None:
    assert gunzip(gzipped(b"abc" * 1000) + gzip.compress(b"def")) == b"abc" * 1000 + b"def"


@pytest.mark.parametrize(("size", "fits"), [(BODY_LIMIT, True), (BODY_LIMIT + 1, False)])
def test_decompression_is_bounded(size: int, fits: bool) -> None:  # noqa: FBT001 - a case
    packed = gzip.compress(bytes(size))

    if fits:
        assert len(gunzip(packed)) == size
    else:
        with pytest.raises(Refused, match="too large"):
            gunzip(packed)


def test_decompression_is_bounded_over_all_members() -> None:
    with pytest.raises(Refused, match="too large"):
        gunzip(gzip.compress(bytes(BODY_LIMIT)) * 2)


@pytest.mark.parametrize(("value", "asks"), [(None, False), ("gzip", True), ("gzip;q=0.0", False), ("*", True)])
def test_gzip_is_asked_for_by_name_or_by_asterisk(value: str | None, asks: bool) -> None:  # noqa: FBT001 - a case
    assert accepts_gzip(value) is asks
