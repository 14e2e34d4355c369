"""What is committed holds on any machine: no paths of one, no download addresses, no leftovers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

#: Written in two halves so that this file does not contain what it looks for.
MACHINE = re.compile(
    "/(?:ro" + r"ot|ho" + r"me/\w+|Us" + r"ers/\w+|wo" + r"rk/(?:main|shared)|opt/\w+)/"
)
HOSTS = re.compile(
    "py" + r"pi\.org|python" + r"hosted\.org|npm" + r"js\.(?:org|com)|deb" + r"ian\.org|"
    "cdn" + r"\.play" + "wright|azure" + r"edge\.net|npm" + "mirror|tsing" + "hua|ali" + "yun"
)
IGNORED = re.compile(r"#\s*type:\s*ignore(?P<code>\[[a-z-, ]+\])?(?P<reason>.*)")
BINARY = {".png", ".jpg", ".jpeg", ".xlsx", ".zip", ".db", ".woff2", ".gz"}


@pytest.fixture(scope="module")
def texts(root: Path, tracked: tuple[Path, ...]) -> dict[Path, list[str]]:
    """The lines of every tracked text file."""
    readable = [path for path in tracked if path.suffix not in BINARY]
    return {path: (root / path).read_text("utf-8").splitlines() for path in readable}


@pytest.mark.parametrize("pattern", [MACHINE, HOSTS], ids=["machine path", "download host"])
def test_no_file_names_one_machine_or_a_download_address(
    texts: dict[Path, list[str]], pattern: re.Pattern[str]
) -> None:
    assert len(texts) > 20
    wrong = [
        f"{path}:{number}: {found[0]}"
        for path, lines in texts.items()
        for number, line in enumerate(lines, 1)
        if (found := pattern.search(line))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_ignored_type_error_has_a_code_and_a_reason(texts: dict[Path, list[str]]) -> None:
    wrong = [
        f"{path}:{number}"
        for path, lines in texts.items()
        if path.suffix == ".py" and path.parts[0] in {"src", "demo", "tools"}
        for number, line in enumerate(lines, 1)
        if (found := IGNORED.search(line))
        if not found["code"] or len(found["reason"].strip(" #-—:")) < 5
    ]
    assert not wrong, "\n".join(wrong)


def test_every_file_ends_as_editorconfig_says(texts: dict[Path, list[str]], root: Path) -> None:
    wrong = [
        str(path)
        for path in texts
        if (content := (root / path).read_bytes())
        if b"\r\n" in content or not content.endswith(b"\n")
    ]
    assert not wrong, "\n".join(wrong)
