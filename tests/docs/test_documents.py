"""The documents as a whole: links lead somewhere, commands exist, both READMEs say the same."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from golive.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "reports" / "README.md"]
    if path.is_file()
)


def anchor(heading: str) -> str:
    """Return the name a heading can be linked by, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if "://" in target:
            continue
        name, _, fragment = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        assert linked.exists(), target
        if fragment:
            headings = re.findall(r"^#+ (.+)$", linked.read_text("utf-8"), re.MULTILINE)
            assert fragment in {anchor(one) for one in headings}, target


def typed(text: str) -> list[str]:
    """Return the golive commands a document tells its reader to type."""
    quoted = re.findall(r"`((?:\.venv/bin/)?golive [^`]+)`", text)
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [*quoted, *(line for line in lines if "golive " in line)]


def resolve(command: click.Command, words: list[str]) -> str:
    """Return what is wrong with a command line, or an empty string."""
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            return f"there is no '{words[0]}'"
        command, words = found, words[1:]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    unknown = [
        word for word in words if word.startswith("-") and word.partition("=")[0] not in known
    ]
    return f"'{command.name}' has no {', '.join(unknown)}" if unknown else ""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_that_are_written_down_exist(path: Path):
    wrong = {
        line: problem
        for line in typed(path.read_text("utf-8"))
        if (problem := resolve(cli, shlex.split(re.split(r"\s*[|&;]", line)[0])[1:]))
    }
    assert not wrong


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_that_are_written_down_exist(path: Path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z]+)", path.read_text("utf-8")))
    assert named <= targets


def test_both_readmes_have_the_same_parts():
    english, chinese = (
        (ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md")
    )
    for pattern in (r"^##? ", r"^\| ", r"^```console\n(?:\$ .+\n)+"):
        flags = re.MULTILINE
        assert len(re.findall(pattern, english, flags)) == len(re.findall(pattern, chinese, flags))
    assert re.findall(r"`(\.venv/[^`]+)`", english) == re.findall(r"`(\.venv/[^`]+)`", chinese)
