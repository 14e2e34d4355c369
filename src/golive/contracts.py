"""The page a plugin author reads: what an engine, a source and a notifier must offer.

A plugin is a class named by an entry point: group ``golive.engines`` or ``golive.sources``. The
built-in ones come through the same door. A failing system is an :class:`Outcome`, never an
exception; an exception out of an engine is recorded as ``broken``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from golive.errors import Problem
from golive.outcome import Evidence, Outcome

__all__ = [
    "ELSEWHERE",
    "Args",
    "AttemptId",
    "Context",
    "Described",
    "Engine",
    "Environment",
    "Remote",
    "Snapshot",
    "Source",
    "Stateful",
    "Target",
]

#: The engine-specific keys of a task, as written in the runbook (``playbook``, ``select`` ...).
Args = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One system under test: ``old``, ``new`` or another the workspace names."""

    name: str
    url: str = ""
    #: SQLAlchemy DSN of its database, without a password; empty when golive may not read it.
    database: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where a run acts. ``kind`` is ``demo``, ``test``, ``rehearsal`` or ``live``."""

    name: str
    kind: str
    targets: Mapping[str, Target]
    #: Anything else the environment file says, as strings.
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptId:
    """Which try this is; ``str()`` of it is fit as an idempotency key for outside systems."""

    run: str
    task: str
    #: ``1``, ``2`` ... for the task itself, ``undo-1`` ..., ``probe-1`` ..., ``check`` alone.
    number: str
    #: Names the work in the run, the same for each attempt that goes on with work whose end is in
    #: doubt and another for work done again; empty outside a run.
    job: str = ""

    def __str__(self) -> str:
        return f"{self.run}/{self.task}/{self.number}"


class Context(Protocol):
    """All an engine may know of the run around it."""

    @property
    def workspace(self) -> Path:
        """The workspace's root; relative paths in ``args`` start here."""

    @property
    def workdir(self) -> Path:
        """A folder of this attempt's own, empty at the start."""

    @property
    def environment(self) -> Environment:
        """Where the run acts."""

    @property
    def attempt(self) -> AttemptId:
        """Which try this is."""

    @property
    def dry_run(self) -> bool:
        """True when nothing may change (``--dry-run``)."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """Secret values by name; never write one anywhere."""

    @property
    def language(self) -> str:
        """``en`` or ``zh``: the language of summaries."""

    def say(self, line: str) -> None:
        """Add one line to the task's log; secrets are redacted before it is written."""

    def keep(self, path: Path, *, name: str = "", media_type: str = "") -> Evidence:
        """Store a file as evidence (redacted, then hashed) and return how to name it."""


class Engine(Protocol):
    """Does one kind of task."""

    def check(self, args: Args, context: Context) -> Iterable[Problem]:
        """Tell what is wrong with ``args`` or missing around them, without side effects."""

    def run(self, args: Args, context: Context) -> Outcome:
        """Do the work and tell what came of it."""


#: In its workdir an engine names here, one a line, where on other machines it is about to begin
#: something. Without this file :meth:`Remote.end` is not asked.
ELSEWHERE = "elsewhere.txt"


@runtime_checkable
class Remote(Protocol):
    """An engine whose work on other machines may outlive all its processes here."""

    def end(self, args: Args, context: Context) -> Iterable[str]:
        """End there what this attempt began; yield a sentence for each place it may go on at.

        Asked after the attempt was stopped, or lost, and again each time a person says stop.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One side of a comparison, frozen: a Parquet file and how it was read."""

    path: Path
    sha256: str
    rows: int
    #: Something that moves when the source changes (LSN, max rowid, file digest); may be empty.
    watermark: str
    #: The source's own clock at reading, aware UTC.
    clock: datetime
    #: How it was read, e.g. ``sqlite_scanner 1.5.5``.
    reader: str
    #: What the source itself counted and added up in the same read: ``rows``, and each control
    #: total asked for, in the smallest unit of its column; empty when it cannot.
    totals: Mapping[str, str] = field(default_factory=dict)
    #: What a ``Stateful`` source says of itself until its data changes; empty: the watermark.
    state: str = ""


class Source(Protocol):
    """Reads one side of a comparison."""

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the query's rows, consistently, to one Parquet file in ``folder``."""


@runtime_checkable
class Stateful(Protocol):
    """A source that can tell cheaply whether it is as it was: an interrupted reading goes on."""

    def state(self, query: Args, context: Context) -> str:
        """Return what a snapshot's ``state`` (else its ``watermark``) would be now.

        Equal only when every row is as it was; empty when that cannot be told.
        """


@runtime_checkable
class Described(Protocol):
    """A source that can tell its columns without reading its rows."""

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return column -> DuckDB's type of it; empty where any text may stand in it.

        Raise SetupError when the source cannot be reached or refuses the query.
        """
