"""Who acts, and how sure golive is: a name only, a PIN or its token, or the demo's people."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from golive.errors import Refused
from golive.project import Project
from golive.record.actors import system_actor, this_actor
from golive.record.chain import Actor
from golive.record.pins import PinDesk
from golive.runbook.definition import Team
from golive.specfile import build, read_yaml

__all__ = ["identify", "pin_desk", "read_pin", "read_team", "second_person", "starter"]

#: Set only by the demo: people it scripts are recorded as simulated, and refused elsewhere.
_SIMULATED = "GOLIVE_SIMULATED"
#: A file with the PIN in it, for scripts; and the token of `golive team token`.
_PIN_FILE, _TOKEN = "GOLIVE_PIN_FILE", "GOLIVE_TOKEN"
_SECOND_PIN_FILE, _SECOND_TOKEN = "GOLIVE_SECOND_PIN_FILE", "GOLIVE_SECOND_TOKEN"
TEAM = "cutover_playbooks/team.yaml"


def pin_desk(project: Project) -> PinDesk:
    """Return where this workspace counts wrong PINs and keeps tokens."""
    return PinDesk.of(project.root)


def read_team(project: Project, path: str = TEAM) -> Team:
    """Read the team as it stands now: a PIN set during the night counts at once."""
    return build(Team, read_yaml(project.root / path, shown_as=path))


def identify(project: Project, who: str, *, team: str = TEAM) -> Actor:
    """Return the person who acts. Raise Refused when nobody is named or the PIN is wrong."""
    name = who or os.environ.get("GOLIVE_PERSON", "")
    if not name:
        raise Refused.of("person", "nobody is named", hint="say who acts with --as PERSON")
    assurance = _assurance(project, name, team, _PIN_FILE, _TOKEN)
    return this_actor(name, assurance=assurance)


def starter(project: Project, who: str, team: Team, *, path: str, kind: str) -> Actor:
    """Return who starts or carries on a run in an environment of a kind; golive when nobody said.

    Raise Refused for somebody who is not in the team, whom only the demo simulates, or who starts
    a live run without a name and a PIN.
    """
    name = who or os.environ.get("GOLIVE_PERSON", "")
    if not name:
        if kind == "live":
            raise Refused.of("person", "nobody is named, and this is live",
                             hint="say who starts it with --as PERSON")  # fmt: skip
        return system_actor()
    found = team.people.get(name)
    if found is None:
        hint = f"name one with --as: {', '.join(team.people)}"
        raise Refused.of(f"person '{name}'", "is not in the team", hint=hint)
    actor = identify(project, name, team=path)
    if (found.simulated or actor.assurance == "simulated") and kind != "demo":
        raise Refused.of(f"person '{name}'", "is simulated, and this is not the demo",
                         hint="name a person with --as")  # fmt: skip
    if kind == "live" and actor.assurance != "pin":
        raise Refused.of(f"person '{name}'", "has no PIN, and this is live",
                         hint=f"golive team pin {name}")  # fmt: skip
    return actor


def second_person(project: Project, who: str, *, team: str = TEAM) -> Mapping[str, str]:
    """Return the second person and how sure golive is of them; empty when nobody is named."""
    if not who:
        return {}
    assurance = _assurance(project, who, team, _SECOND_PIN_FILE, _SECOND_TOKEN)
    return {"person": who, "assurance": assurance}


def _assurance(project: Project, name: str, team: str, pin_file: str, token: str) -> str:
    if os.environ.get(_SIMULATED) == "1":
        return "simulated"
    found = read_team(project, team).people.get(name)
    if found is None or not found.pin:
        return "claimed"
    now, desk = datetime.now(UTC), pin_desk(project)
    if desk.holder(os.environ.get(token, ""), now) == name:
        return "pin"
    desk.check(name, found.pin, read_pin(f"PIN of {name}", pin_file), now)
    return "pin"


def read_pin(prompt: str, variable: str, *, confirm: bool = False) -> str:
    """Return a PIN from the file a variable names, or asked at the terminal; never from arguments.

    Raise Refused where there is neither.
    """
    named = os.environ.get(variable, "")
    if named:
        try:
            return Path(named).read_text(encoding="utf-8").strip()
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            raise Refused.of(f"{variable} '{named}'", message) from error
    if not sys.stdin.isatty():
        raise Refused.of(
            prompt, "is needed and there is no terminal to ask at",
            hint=f"name a file with it in {variable}, or take a token: golive team token",
        )  # fmt: skip
    asked: str = click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
    return asked
