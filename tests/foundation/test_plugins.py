"""Engines and sources are found by their entry points; a name taken twice is said."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from golive import plugins
from golive.errors import SetupError
from golive.runbook.definition import ENGINE_KINDS


def points(*pairs: tuple[str, str]) -> Any:
    made = [EntryPoint(name=name, value=value, group="golive.engines") for name, value in pairs]
    return lambda group: [point for point in made if point.group == group]


def test_every_kind_of_work_has_its_engine() -> None:
    assert plugins.engine_names() >= ENGINE_KINDS
    for name in ENGINE_KINDS:
        engine = plugins.load_engine(name)
        assert callable(engine.check)
        assert callable(engine.run)


@pytest.mark.parametrize(
    ("name", "hint"), [("ansibel", "did you mean 'ansible'?"), ("zzz", "known: ansible, command")]
)
def test_an_engine_that_is_not_there(monkeypatch: pytest.MonkeyPatch, name: str, hint: str) -> None:
    monkeypatch.setattr(plugins, "entry_points", points(("ansible", "a:A"), ("command", "c:C")))
    with pytest.raises(SetupError) as refused:
        plugins.load_engine(name)
    assert str(refused.value) == f"plugin '{name}': is not registered in golive.engines ({hint})"


def test_a_name_taken_twice_is_said_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "entry_points", points(("x", "one:E"), ("x", "two:E")))
    with pytest.raises(SetupError, match=r"twice in golive[.]engines: 'one:E' and 'two:E'"):
        plugins.load_engine("x")


def test_the_same_entry_twice_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """An editable and an ordinary install of one package show up as two."""
    monkeypatch.setattr(plugins, "entry_points", points(("x", "one:E"), ("x", "one:E")))
    assert plugins.engine_names() == {"x"}


def test_sources_are_found_the_same_way() -> None:
    assert callable(plugins.load_source("csv").snapshot)
    with pytest.raises(SetupError, match="did you mean 'sqlite'"):
        plugins.load_source("sqlit")
