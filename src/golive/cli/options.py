"""Options many commands share, and how they become a project, a run folder and a person."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from golive.errors import Refused
from golive.project import Project, load_project
from golive.record.actors import this_actor
from golive.record.chain import Actor
from golive.record.runs import find_run, latest_run
from golive.runbook.times import parse_instant

__all__ = [
    "as_person",
    "env_option",
    "instant_given",
    "lang_option",
    "person",
    "project_here",
    "reason_option",
    "run_folder",
    "with_person",
]

F = TypeVar("F", bound=Callable[..., Any])

#: Set only by the demo: people it scripts are recorded as simulated, and refused elsewhere.
_SIMULATED = "GOLIVE_SIMULATED"


def env_option(function: F) -> F:
    """Add ``--env``."""
    return click.option("--env", "environment", default="", help="The environment to act on.")(
        function
    )


def lang_option(function: F) -> F:
    """Add ``--lang``."""
    choice = click.Choice(["en", "zh"])
    return click.option("--lang", type=choice, default=None, help="Language of the output.")(
        function
    )


def reason_option(function: F) -> F:
    """Add ``--reason``."""
    return click.option("--reason", default="", help="Why; recorded.")(function)


def as_person(function: F) -> F:
    """Add ``--as``."""
    return click.option("--as", "who", default="", metavar="PERSON", help="Who acts.")(function)


def with_person(function: F) -> F:
    """Add ``--with``."""
    return click.option(
        "--with", "second", default="", metavar="PERSON", help="The second person who confirms."
    )(function)


def project_here(environment: str = "", lang: str | None = None) -> Project:
    """Return the workspace around the current folder."""
    return load_project(Path.cwd(), environment=environment, language=lang or "")


def run_folder(project: Project, name: str) -> Path:
    """Return the folder of a run by its id, a unique beginning of it, or the latest when empty."""
    return find_run(project.runs, name) if name else latest_run(project.runs)


def instant_given(text: str) -> datetime | None:
    """Return the time given with ``--at``, None for none. Raise Refused for one without offset."""
    try:
        return parse_instant(text) if text else None
    except ValueError as error:
        raise Refused.of("--at", str(error)) from error


def person(who: str) -> Actor:
    """Return the person acting. Raise Refused when nobody was named."""
    name = who or os.environ.get("GOLIVE_PERSON", "")
    if not name:
        raise Refused.of("person", "nobody is named", hint="say who acts with --as PERSON")
    simulated = os.environ.get(_SIMULATED) == "1"
    return this_actor(name, assurance="simulated" if simulated else "claimed")
