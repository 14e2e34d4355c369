"""Every command, exit code, setting, variable, engine, source and error has its heading."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest

import golive
from golive import settings
from golive.cli.main import cli
from golive.errors import ExitCode, GoliveError

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = (ROOT / "docs" / "reference.md").read_text("utf-8")


def section(title: str) -> set[str]:
    """Return the code words that head the entries of a section."""
    text = REFERENCE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^### `([^`]+)`", text, re.MULTILINE))


def commands(group: click.Command, *words: str) -> Iterator[str]:
    """Yield every command that does something, as one types it."""
    if not isinstance(group, click.Group) or (words and group.invoke_without_command):
        yield " ".join(words)
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None, name
            yield from commands(command, *words, name)


def test_every_command_has_its_heading_and_no_other():
    assert section("Commands") == set(commands(cli))


def test_every_exit_code_is_explained():
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", REFERENCE, re.MULTILINE)
    assert rows == [(str(code.value), code.name.lower()) for code in ExitCode]


def test_every_setting_has_its_heading():
    nested = {f"environments.NAME.{key}" for key in settings.ENVIRONMENT_KEYS}
    assert section("Settings") == {*settings.TOP_KEYS, *nested}


def test_every_environment_variable_has_its_heading():
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
    names = {
        name
        for path in sources
        for name in re.findall(r"\bGOLIVE_[A-Z_]*[A-Z]\b", path.read_text("utf-8"))
    }
    assert section("Environment variables") == names


@pytest.mark.parametrize(
    ("title", "group"), [("Engines", "golive.engines"), ("Sources", "golive.sources")]
)
def test_every_plugin_has_its_heading(title: str, group: str):
    assert section(title) == {point.name for point in entry_points(group=group)}


def errors() -> set[type[GoliveError]]:
    """Return every error class of the product, wherever it is defined."""
    for module in pkgutil.walk_packages(golive.__path__, "golive."):
        # The one module that lives only inside Locust's own process must not be imported here.
        if module.name != "golive.load.listener":
            importlib.import_module(module.name)
    found: set[type[GoliveError]] = set()
    wanted = [GoliveError]
    while wanted:
        subclasses = wanted.pop().__subclasses__()
        found.update(subclasses)
        wanted += subclasses
    return {one for one in found if not one.__name__.startswith("_")}


def test_every_error_has_its_heading():
    assert section("Errors") == {one.__name__ for one in errors() if inspect.getdoc(one)}
