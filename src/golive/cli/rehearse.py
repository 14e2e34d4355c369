"""golive rehearse: the main path, from a rehearsal's name to its verdict."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime

import click

from golive.cli.identity import starter
from golive.cli.options import as_person, env_option, lang_option, project_here
from golive.cli.walking import EACH, chooser
from golive.cli.watching import Teller, closing_words, say_problems
from golive.contracts import Environment
from golive.errors import Refused, SpecError
from golive.project import Project
from golive.record.runs import new_run_id
from golive.run.control import take_control
from golive.run.executor import execute
from golive.run.measured import measured_durations
from golive.run.opening import open_run
from golive.run.preflight import missing_secrets, preflight
from golive.run.standing import ask_targets
from golive.runbook.loading import load_rehearsal, load_runbook
from golive.runbook.planning import Plan, make_plan
from golive.runbook.rehearsing import check_rehearsal

__all__ = ["rehearse", "rehearse_command"]


def rehearse(
    project: Project, name: str, *, t0: datetime, dry_run: bool = False, abort_at: str = "",
    who: str = "",
) -> int:  # fmt: skip
    """Rehearse a cutover: read, plan, check, open a run, execute it, say what came of it.

    Raise Refused for a dry run that shall try every way back.
    """
    if dry_run and abort_at == EACH:
        raise Refused.of(
            "--dry-run", "does nothing that --abort-at each could take back",
            hint="leave out one of the two",
        )  # fmt: skip
    plan, environment = _planned(project, name, t0=t0, abort_at=abort_at)
    actor = starter(
        project, who, plan.team, path=plan.runbook.team, kind=environment.kind
    )  # fmt: skip
    say_problems((*missing_secrets(project, environment), *preflight(project, environment, plan)))
    folder = project.runs / new_run_id("rehearsal", t0)
    open_run(
        folder, plan, environment, actor=actor, targets=ask_targets(environment),
        dry_run=dry_run,
    )  # fmt: skip
    watch = Teller(project.language.value)
    with take_control(folder, plan) as controller:
        choose = chooser(controller, project, environment, each=abort_at == EACH)
        state = execute(controller, project, environment, watch=watch, choose=choose)
    click.echo(closing_words(state, project.language.value))
    return int(state.verdict["exit"])


def _planned(
    project: Project, name: str, *, t0: datetime, abort_at: str
) -> tuple[Plan, Environment]:
    """Read a rehearsal and its runbook; return the plan from ``t0``, and where it is held."""
    rehearsal, document = load_rehearsal(project.root, rehearsal_path(project, name))
    loaded = load_runbook(project.root, rehearsal.runbook)
    if abort_at not in {"", EACH}:
        rehearsal = replace(rehearsal, abort_at=abort_at)
    check_rehearsal(rehearsal, loaded, document)
    plan = make_plan(
        loaded,
        mode="rehearsal",
        t0=t0,
        rehearsal=rehearsal.rehearsal,
        abort_at=rehearsal.abort_at,
        drills=rehearsal.drills,
        measured=measured_durations(project.runs, loaded.runbook),
    )
    return plan, project.resolve(rehearsal.environment)


def rehearsal_path(project: Project, name: str) -> str:
    """Return the file of a rehearsal given by its path, or by its name under ``rehearsals/``.

    Raise SpecError when there is none, naming those there are.
    """
    for path in (f"rehearsals/{name}.yaml", name):
        if (project.root / path).is_file():
            return path
    known = sorted(path.stem for path in (project.root / "rehearsals").glob("*.yaml"))
    raise SpecError.of(
        f"rehearsal '{name}'", "does not exist", hint=f"known: {', '.join(known) or 'none'}"
    )


@click.command("rehearse")
@click.argument("rehearsal")
@click.option(
    "--abort-at",
    default="",
    metavar="TASK|each",
    help="Turn back after this task; each: try the way back after and inside every task.",
)
@click.option(
    "--dry-run", is_flag=True, help="Change nothing, prove nothing; Ansible runs in check mode."
)
@as_person
@env_option
@lang_option
def rehearse_command(
    rehearsal: str, abort_at: str, who: str, environment: str, lang: str | None, *, dry_run: bool
) -> None:
    """Rehearse a cutover, with its drills and its rollback."""
    project, now = project_here(environment, lang), datetime.now().astimezone()
    code = rehearse(project, rehearsal, t0=now, dry_run=dry_run, abort_at=abort_at, who=who)
    sys.exit(code)
