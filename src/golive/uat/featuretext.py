"""A feature file as it stands: its scenarios, steps and examples with their lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from golive.errors import Problem

__all__ = ["BackgroundText", "Examples", "FeatureText", "ScenarioText", "StepText"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepText:
    """One step line; ``kind`` is ``given``, ``when`` or ``then`` (inherited by and/but)."""

    line: int
    kind: str
    text: str


@dataclass(slots=True, kw_only=True)
class Examples:
    """One examples table: its header and the cells of each row by line."""

    line: int
    #: What stands behind the colon.
    name: str = ""
    #: Its own tags, without ``@``.
    tags: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    #: Where each row stands in the sheet it was read from; empty where they stand in the feature.
    places: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class BackgroundText:
    """A background as it stands in the file: its feature's, or that of one rule."""

    line: int
    steps: list[StepText] = field(default_factory=list)
    #: Text of its tables and doc strings by line.
    arguments: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class ScenarioText:
    """A scenario or outline as it stands in the file."""

    line: int
    name: str
    outline: bool
    #: Its own tags, its rule's and its feature's, without ``@``.
    tags: tuple[str, ...] = ()
    #: What is done before its own steps: its feature's background, then its rule's.
    backgrounds: tuple[BackgroundText, ...] = ()
    steps: list[StepText] = field(default_factory=list)
    #: Text of the scenario's own tables and doc strings, where placeholders may stand too.
    arguments: list[tuple[int, str]] = field(default_factory=list)
    examples: list[Examples] = field(default_factory=list)

    def lines(self) -> tuple[int, ...]:
        """Return the lines behave must collect: its own, or one for each examples row."""
        if not self.outline:
            return (self.line,)
        return tuple(line for table in self.examples for line, _cells in table.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureText:
    """A feature file as behave must read it, with everything wrong with it."""

    path: str
    #: ``en``, ``zh-CN`` or ``zh-TW``.
    language: str
    encoding: str
    #: The normalised text; its lines are the file's lines.
    text: str
    name: str = ""
    #: In the order of the file, also those no scenario comes after.
    backgrounds: tuple[BackgroundText, ...] = ()
    scenarios: tuple[ScenarioText, ...] = ()
    #: What makes the file unfit to run as a whole.
    problems: tuple[Problem, ...] = ()
    #: What was read differently than typed.
    notes: tuple[Problem, ...] = ()
