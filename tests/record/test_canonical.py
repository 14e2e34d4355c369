from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from golive.record.canonical import canonical, parse, sha256_file, sha256_hex, write_atomic


def test_keys_are_sorted_and_text_is_utf8() -> None:
    assert (
        canonical({"b": (1, 2.5), "a": "中", "c": None})
        == '{"a":"中","b":[1,2.5],"c":null}'.encode()
    )


@pytest.mark.parametrize("number", [1e17, 1e20, 1e21, -1e16, 0.1, 5e-324, 2.0, 2**53 - 1])
def test_numbers_keep_their_form_when_read_back(number: float) -> None:
    assert parse(canonical(number)) == number
    assert canonical(parse(canonical(number))) == canonical(number)


def test_text_that_is_no_unicode_is_written_with_escapes() -> None:
    name = os.fsdecode(b"caf\xe9")
    assert canonical({name: name}) == b'{"caf\\\\udce9":"caf\\\\udce9"}'


_TEXTS = st.text() | st.text('\x00\x1f\x7f"\\/\u2028\ue000\ufffd\U0001f600中aZ\n', max_size=4)
_NUMBERS = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([-0.0, 1e-4, 9.99e-5, 1e15, 1e16, 9999999999999998.0, 1e21, 0.1, 1.5e300])
)


@given(
    st.recursive(
        st.none() | st.booleans() | _NUMBERS | _TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    )
)
def test_every_value_has_the_bytes_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, {1: 2}, {3}, object()])
def test_what_has_no_such_bytes_is_refused(value: Any) -> None:
    for held in (value, [value], {"a": value}):
        with pytest.raises(ValueError):  # noqa: PT011
            canonical(held)


@pytest.mark.parametrize("content", [b"NaN", b"[Infinity]", b"{", b"\xff", b""])
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse(content)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert sha256_file(path) == sha256_hex(b"two")
    assert [one.name for one in tmp_path.iterdir()] == ["x.json"]


def test_a_file_that_cannot_be_replaced_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_atomic(path, b"one")
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
