"""golive task and run: what people do to a run that is going on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from golive.cli.identity import identify, second_person
from golive.cli.options import (
    as_person,
    env_option,
    instant_given,
    lang_option,
    project_here,
    reason_option,
    run_folder,
    with_person,
)
from golive.errors import Refused
from golive.outcome import Evidence
from golive.project import Project
from golive.record.evidence import EvidenceStore
from golive.record.redaction import Redactor
from golive.report.words import waits_words
from golive.run.attempts import left_over
from golive.run.engine_context import read_secrets
from golive.run.fixing_forward import fix_forward
from golive.run.leftovers import living
from golive.run.opening import read_plan
from golive.run.operate import Desk, act_on_task, open_desk
from golive.run.state import RunState
from golive.run.steering import (
    RUN_VERBS,
    abort_run,
    accept_shift,
    broadcast,
    close_run,
    hold_stream,
    note_run,
    offer_shift,
    pause_run,
)
from golive.runbook.lifecycle import TaskState
from golive.runbook.presses import ACTIONS, RESULTS, Press

__all__ = ["desk_at", "run_action", "task"]


def desk_at(project: Project, folder: Path, who: str, second: str = "") -> Desk:
    """Sit a person, and the one who confirms, in front of a run; PINs are asked where set."""
    team = read_plan(folder).runbook.team
    actor = identify(project, who, team=team)
    return open_desk(folder, actor, second=second_person(project, second, team=team))


@click.command()
@click.argument("run")
@click.argument("task")
@click.argument("verb", type=click.Choice(list(ACTIONS)))
@as_person
@with_person
@reason_option
@click.option("--satisfies", is_flag=True, help="skip: let the tasks after it start.")
@click.option("--file", "files", multiple=True, type=click.Path(), help="Evidence to keep.")
@click.option(
    "--result", default="", type=click.Choice(["", *RESULTS]), help="resolve: what is so."
)
@click.option("--to", "assignee", default="", metavar="PERSON", help="reassign: who does it now.")
@click.option(
    "--minutes", default=None, type=float, help="estimate, hold, fail: how long from now."
)
@click.option("--at", "happened", default="", help="When it was done, entered later from paper.")
@click.option("--what", default="", type=click.Choice(["", "earliest", "lsat"]), help="override.")
@click.option(
    "--set", "edited", multiple=True, metavar="NAME=VALUE", help="retry: change an input."
)
@env_option
@lang_option
def task(
    run: str, task: str, verb: str, environment: str, lang: str | None, **details: Any
) -> None:  # fmt: skip
    """Act on a task: start, complete, verify, fail, retry, hold ..."""
    project = project_here(environment, lang)
    folder = run_folder(project, run)
    desk = desk_at(project, folder, details["who"], details["second"])
    press = _press(verb, details)
    evidence = _kept(project, desk.state(), details["files"])
    state = act_on_task(desk, task, press, evidence=evidence)
    click.echo(_answer(state, folder, task, project.language.value))


def _answer(state: RunState, folder: Path, task: str, language: str) -> str:
    """Return where a task stands now, and what its next attempt waits for."""
    found = state.progress.of(task).state
    pids = living(state, task, lambda name, number: _left(folder / "tasks" / name / number))
    waits = f"; {waits_words(pids, language)}" if pids and found is TaskState.PENDING else ""
    return f"{task}: {found}{waits}"


def _left(attempt: Path) -> tuple[int, ...]:
    return tuple(sorted(left_over(attempt)))


def _press(verb: str, details: dict[str, Any]) -> Press:
    minutes = details["minutes"]
    return Press(
        verb=verb,
        person=details["who"],
        reason=details["reason"],
        result=details["result"],
        assignee=details["assignee"],
        eta=datetime.now(UTC) + timedelta(minutes=minutes) if minutes is not None else None,
        satisfies=details["satisfies"],
        what=details["what"],
        edited=_edited(details["edited"]),
        evidence=bool(details["files"]),
        happened=instant_given(details["happened"]),
    )


def _edited(pairs: tuple[str, ...]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise Refused.of(f"--set '{pair}'", "is not NAME=VALUE", hint="write NAME=VALUE")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def _kept(project: Project, state: RunState, files: tuple[str, ...]) -> tuple[Evidence, ...]:
    """Keep files as evidence, without this environment's secrets."""
    if not files:
        return ()
    refs = project.secret_refs(str(state.environment["name"]))
    redactor = Redactor(read_secrets(refs, project.root))
    store = EvidenceStore(project.reports / "evidence")
    return tuple(store.keep(Path(name), redactor=redactor) for name in files)


@click.command("run")
@click.argument("run")
@click.argument("verb", type=click.Choice(list(RUN_VERBS)))
@click.argument("text", default="")
@as_person
@with_person
@reason_option
@click.option("--sev", default="", type=click.Choice(["", "S1", "S2", "S3", "S4"]))
@click.option("--at", "happened", default="", help="note: when it happened, entered later.")
@click.option("--answers", default=0, type=int, help="note: the number of the incident it answers.")
@click.option("--release", is_flag=True, help="hold-stream: let it go on.")
@click.option("--to", multiple=True, metavar="WHO", help="broadcast: roles; handover: a person.")
@click.option("--read-back", default="", metavar="'TASK HH:MM'", help="handover: take it over.")
@env_option
@lang_option
def run_action(
    run: str, verb: str, text: str, environment: str, lang: str | None, **details: Any
) -> None:
    """Act on a run: pause, continue, hold-stream STREAM, abort, note TEXT, handover POST ..."""
    project = project_here(environment, lang)
    folder = run_folder(project, run)
    desk = desk_at(project, folder, details["who"], details["second"])
    state = _run_verb(desk, verb, text, details)
    if verb == "broadcast":
        head = state.head_hash[:16]
        click.echo(f"[{state.run}] {text}\n(journal {state.head}: {head})")
        return
    click.echo(f"{state.run}: {state.progress.phase}")


def _run_verb(desk: Desk, verb: str, text: str, details: dict[str, Any]) -> RunState:
    reason, to = details["reason"] or text, details["to"]
    now = datetime.now(UTC)
    match verb:
        case "abort":
            return abort_run(desk, reason)
        case "close":
            return close_run(desk, reason)
        case "fix-forward":
            return fix_forward(desk, reason)
        case "note":
            return note_run(
                desk,
                text or reason,
                severity=details["sev"],
                happened=instant_given(details["happened"]),
                answers=details["answers"],
            )
        case "hold-stream":
            held = not details["release"]
            return hold_stream(desk, text, held=held, reason=details["reason"])
        case "broadcast":
            return broadcast(desk, text, to)
        case "handover" if details["read_back"]:
            return accept_shift(desk, text, details["read_back"], now)
        case "handover":
            return offer_shift(desk, text, to[0] if to else "", now)
        case _:
            return pause_run(desk, paused=verb == "pause", reason=reason)
