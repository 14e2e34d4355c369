"""golive team: who is in the team and what is missing, personal PINs, and tokens for the night."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from golive.cli.identity import TEAM, pin_desk, read_pin, read_team
from golive.cli.options import env_option, lang_option, project_here
from golive.cli.watching import say_problems
from golive.errors import Problem, Refused
from golive.project import Project
from golive.record.pins import hash_pin
from golive.report.words import say
from golive.runbook.definition import Person, Team
from golive.runbook.lint import lint_team
from golive.specfile import read_yaml, with_value

__all__ = ["team"]

_team_option = click.option("--team", "path", default=TEAM, help="The team's file.")


@click.group()
def team() -> None:
    """Check the roster of the night, set a PIN, take a token."""


@team.command()
@_team_option
@env_option
@lang_option
def check(path: str, environment: str, lang: str | None) -> None:
    """Tell who holds which role, whom to phone, and what the team lacks."""
    project = project_here(environment, lang)
    found, language = read_team(project, path), project.language.value
    for name, person in found.people.items():
        pin = say(language, "PIN", "有PIN") if person.pin else say(language, "no PIN", "无PIN")
        roles = ", ".join(_roles_of(found, name)) or "-"
        click.echo(f"{name}  {person.name}  {person.phone or '-'}  {roles}  {pin}")
    say_problems((*lint_team(found, read_yaml(project.root / path, shown_as=path)),
                  *_lacks(found, path, zh=language == "zh")))  # fmt: skip


def _roles_of(found: Team, name: str) -> list[str]:
    return [role for role, holders in found.roles.items() if name in holders.people] + [
        f"({role})" for role, holders in found.roles.items() if name in holders.deputies
    ]


def _lacks(found: Team, path: str, *, zh: bool) -> list[Problem]:
    """Return, as warnings, what makes a night harder than it must be."""
    lacks = []
    for role, holders in found.roles.items():
        if len({*holders.people, *holders.deputies}) < 2:  # noqa: PLR2004 - one and a deputy
            message = "只有一个人，没有替补" if zh else "has one person and no deputy"
            lacks.append((f"role '{role}'", message, "name a deputy"))
    for name, person in found.people.items():
        if not person.phone:
            lacks.append((f"person '{name}'", "没有电话" if zh else "has no phone", "add 'phone'"))
        if not person.pin and not person.simulated:
            message = "没有PIN，不能在正式切换中做第二确认人" if zh else (
                "has no PIN and cannot confirm as the second person of a live run"
            )  # fmt: skip
            lacks.append((f"person '{name}'", message, f"golive team pin {name}"))
    return [
        Problem(subject=subject, message=message, path=path, hint=hint, warning=True)
        for subject, message, hint in lacks
    ]


@team.command()
@click.argument("person")
@_team_option
@env_option
@lang_option
def pin(person: str, path: str, environment: str, lang: str | None) -> None:
    """Set a person's PIN: asked at the terminal, kept as a salted hash in the team's file."""
    project = project_here(environment, lang)
    found = _person(project, path, person)
    if found.simulated:
        raise Refused.of(f"person '{person}'", "is simulated", hint="scripted people have no PIN")
    if found.pin:
        old = read_pin(f"present PIN of {person}", "GOLIVE_PIN_FILE")
        pin_desk(project).check(person, found.pin, old, datetime.now(UTC))
    hashed = hash_pin(read_pin(f"new PIN of {person}", "GOLIVE_NEW_PIN_FILE", confirm=True))
    file = project.root / path
    text = with_value(file.read_text(encoding="utf-8"), ("people", person), "pin", hashed)
    _replace(file, text)
    click.echo(say(project.language.value, f"PIN of {person} is set", f"已设置 {person} 的PIN"))


def _replace(file: Path, text: str) -> None:
    """Put the new text in place, whole or not at all, with the file's own rights."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(file.stat().st_mode)
    draft.rename(file)


@team.command()
@click.argument("person")
@click.option("--hours", default=12.0, type=click.FloatRange(0.1, 48), help="How long it holds.")
@_team_option
@env_option
@lang_option
def token(person: str, hours: float, path: str, environment: str, lang: str | None) -> None:
    """Give a token that stands for a person's PIN during a shift: put it into GOLIVE_TOKEN."""
    project = project_here(environment, lang)
    found = _person(project, path, person)
    if not found.pin:
        raise Refused.of(f"person '{person}'", "has no PIN", hint=f"golive team pin {person}")
    now, desk = datetime.now(UTC), pin_desk(project)
    desk.check(person, found.pin, read_pin(f"PIN of {person}", "GOLIVE_PIN_FILE"), now)
    click.echo(desk.issue(person, now, timedelta(hours=hours)))


def _person(project: Project, path: str, name: str) -> Person:
    people = read_team(project, path).people
    if name not in people:
        raise Refused.of(
            f"person '{name}'", "is not in the team", path=path, hint=f"known: {', '.join(people)}"
        )
    return people[name]
