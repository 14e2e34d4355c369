from __future__ import annotations

import base64
import html
import json
import re
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from golive.errors import SetupError
from golive.record.redaction import Redactor, redact_tree

CANARY = "pä\"s/s+wo rd'&<42\\x\n龘𠮷z"
PLAIN = "hunter2-Canary.99"


def _entities(value: str) -> str:
    return "".join(f"&#x{ord(sign):X};" for sign in value)


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda value: value.encode(),
    "percent": lambda value: quote(value).encode(),
    "percent, all": lambda value: re.sub(
        "%..", lambda found: found[0].lower(), quote(value, safe="")
    ).encode(),
    "percent, every byte": lambda value: "".join(f"%{b:02X}" for b in value.encode()).encode(),
    "percent, twice": lambda value: quote(quote(value)).encode(),
    "form": lambda value: urlencode({"password": value}).encode(),
    "form, plus": lambda value: quote_plus(value).encode(),
    "json": lambda value: json.dumps(value).encode(),
    "json, utf-8": lambda value: json.dumps(value, ensure_ascii=False).encode(),
    "json in json": lambda value: json.dumps(json.dumps({"p": value})).encode(),
    "json, slashes": lambda value: json.dumps(value).replace("/", "\\/").encode(),
    "json, all escapes": lambda value: "".join(
        f"\\u{unit:04X}"
        for unit in memoryview(value.encode("utf-16-le")).cast("H")
    ).encode(),
    "html": lambda value: html.escape(value).encode(),
    "html, twice": lambda value: html.escape(html.escape(value)).encode(),
    "html, hex": lambda value: _entities(value).encode(),
    "html, decimal": lambda value: value.encode("ascii", "xmlcharrefreplace"),
    "python": lambda value: repr(value).encode(),
    "python, ascii": lambda value: ascii(value).encode(),
    "python, bytes": lambda value: repr(value.encode()).encode(),
    "shell": lambda value: shlex.quote(value).encode(),
    "yaml": lambda value: value.replace("'", "''").encode(),
    "base64": lambda value: base64.b64encode(value.encode()),
    "base64, lines": lambda value: re.sub(rb"(.{8})", rb"\1\r\n", base64.b64encode(value.encode())),
    "hex": lambda value: value.encode().hex().encode(),
    "hex, colons": lambda value: value.encode().hex(":").upper().encode(),
    "utf-16": lambda value: value.encode("utf-16"),
    "utf-16, big": lambda value: value.encode("utf-16-be"),
}  # fmt: skip


@pytest.mark.parametrize("secret", [CANARY, PLAIN, "密码密码", r"a\\b\"c\x5cfoo", r"\\\\srv"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_canary_is_found_in_every_encoding(encoding: str, secret: str) -> None:
    redactor = Redactor({"other": "something else", "db": secret})
    written = ENCODINGS[encoding](secret)
    found = redactor.data(b"<a>" + written + b"</a>")
    assert redactor.found_in(written) == ("db",)
    assert found.startswith(b"<a>")
    assert found.endswith(b"</a>")
    assert found.count(b"[REDACTED:db]") == 1
    assert len(found) <= len(b"<a>[REDACTED:db]</a>") + len(b'password="\\"{\\"p\\": \\"\\"}\\""')
    assert redactor.found_in(found) == ()


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(3))
def test_base64_is_found_in_each_alignment(
    encode: Callable[[bytes], bytes], before: int, after: int
) -> None:
    """As in the header of an HTTP Basic sign-in: a name before, perhaps something behind."""
    written = encode(b"u" * before + CANARY.encode() + b"v" * after)
    redactor = Redactor({"db": CANARY})
    assert redactor.found_in(b"Authorization: Basic " + written) == ("db",)
    left = redactor.data(written).replace(b"[REDACTED:db]", b"")
    assert len(left) <= 4 + (before + after) * 4 / 3 + 4
    assert redactor.found_in(quote(written, safe="").encode()) == ("db",)


@settings(deadline=None)
@given(
    secret=st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=6),
    around=st.tuples(st.text(), st.text()),
    encoding=st.sampled_from(sorted(ENCODINGS)),
)
@example(secret="0000\\¡", around=("", ""), encoding="json")
def test_any_secret_is_found_among_anything(
    secret: str, around: tuple[str, str], encoding: str
) -> None:
    redactor = Redactor({"s": secret})
    written = around[0].encode("utf-8", "replace") + b" " + ENCODINGS[encoding](secret)
    written += b" " + around[1].encode("utf-8", "replace")
    assert redactor.found_in(written) == ("s",)
    assert redactor.found_in(redactor.data(written)) == ()


@settings(deadline=None)
@given(data=st.binary())
def test_bytes_without_a_secret_are_left_alone(data: bytes) -> None:
    redactor = Redactor({"db": CANARY, "api": PLAIN})
    assert redactor.data(data) is data


def test_json_stays_json() -> None:
    redactor = Redactor({"db": CANARY})
    line = json.dumps({"cmd": f"psql {CANARY} now", "n": 1})
    assert json.loads(redactor.text(line)) == {"cmd": "psql [REDACTED:db] now", "n": 1}


def test_text_keeps_what_is_no_unicode() -> None:
    text = f"caf\udce9 {PLAIN}"
    assert Redactor({"db": PLAIN}).text(text) == "caf\udce9 [REDACTED:db]"


def test_secrets_that_overlap_leave_no_end_behind() -> None:
    redactor = Redactor({"a": "abcd1234", "b": "1234wxyz", "c": "abcd"})
    assert redactor.text("-abcd1234wxyz-") == "-[REDACTED:a]-"
    assert redactor.text("-abcd-1234wxyz") == "-[REDACTED:c]-[REDACTED:b]"
    assert redactor.text("abcdabcd") == "[REDACTED:c][REDACTED:c]"
    assert Redactor({"x": "xyxyx"}).text("-xyxyxyx-") == "-[REDACTED:x]-"


def test_each_line_of_a_private_key_is_a_secret() -> None:
    key = (
        "-----BEGIN KEY-----\nMIIBVAIBADANBgkqhkiG9w0\nAAAAq83vEjRWeJCrze8SNFZ4\n-----END KEY-----"
    )
    indented = "key: |\n  MIIBVAIBADANBgkqhkiG9w0\n  AAAAq83vEjRWeJCrze8SNFZ4\n"
    left = Redactor({"key": key}).text(indented)
    assert "MIIB" not in left
    assert "AAAAq83" not in left


@pytest.mark.parametrize("value", ["", "abc", "  ab  ", "\n"])
def test_a_secret_too_short_to_tell_is_refused_by_name(value: str) -> None:
    with pytest.raises(SetupError, match="secret 'pin': is shorter than 4 characters") as caught:
        Redactor({"pin": value, "good": "long enough"})
    assert "good" not in str(caught.value)
    assert "ab" not in str(caught.value).replace("able", "")


def test_blanks_around_a_secret_are_no_part_of_it() -> None:
    assert Redactor({"db": f" {PLAIN}\n"}).text(PLAIN) == "[REDACTED:db]"


@pytest.mark.parametrize("value", ["admin_password", "REDACTED", "[REDACTED]"])
def test_the_mark_never_holds_a_secret(value: str) -> None:
    redactor = Redactor({"admin_password": value})
    assert redactor.found_in(redactor.data(value.encode())) == ()


def test_a_tree_is_redacted_in_place(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "log.bin").write_bytes(b"\x00\xff" + PLAIN.encode() + b"\x80")
    (tmp_path / "a" / "log.bin").chmod(0o600)
    (tmp_path / "clean.txt").write_text("nothing")
    outside = tmp_path.parent / f"{tmp_path.name}-outside.txt"
    outside.write_text(PLAIN)
    (tmp_path / "link").symlink_to(outside)
    before = (tmp_path / "clean.txt").stat()
    changed = redact_tree(tmp_path, Redactor({"db": PLAIN}))
    assert changed == (tmp_path / "a" / "log.bin",)
    assert changed[0].read_bytes() == b"\x00\xff[REDACTED:db]\x80"
    assert changed[0].stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "clean.txt").stat() == before
    assert outside.read_text() == PLAIN
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "clean.txt", "link"]


def test_long_runs_of_backslashes_do_not_stall_the_search() -> None:
    redactor = Redactor({"db": "\\" * 30 + "x" + "\\" * 30, "api": "\"'\"'\"'" + "\\" * 9})
    data = b"\\" * 2_000 + b"y" + b'\\"' * 1_000
    began = time.process_time()
    assert redactor.data(data) is data
    assert time.process_time() - began < 5


def test_a_large_log_is_redacted_in_reasonable_time() -> None:
    """Ten-fold headroom: 4 MB take a tenth of a second here."""
    line = b'{"at":"2026-11-24","said":"100% of \\"customers\\" loaded & checked"}\n'
    data = line * (4_000_000 // len(line))
    redactor = Redactor({"one": PLAIN, "two": CANARY, "three": "aaaaaaaaaaaaaaaa"})
    began = time.process_time()
    assert redactor.data(data) is data
    assert time.process_time() - began < 4
