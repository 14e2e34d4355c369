"""golive task, run and decide: what people do to a run that is going on."""

from __future__ import annotations

import click

from golive.cli.options import (
    as_person,
    env_option,
    lang_option,
    person,
    project_here,
    reason_option,
    run_folder,
)
from golive.run.operate import abort_run, act_on_task, decide_gate, note_run, open_desk, pause_run
from golive.runbook.lifecycle import ACTIONS

__all__ = ["decide", "run_action", "task"]


@click.command()
@click.argument("run")
@click.argument("task")
@click.argument("verb", type=click.Choice(list(ACTIONS)))
@as_person
@reason_option
@click.option("--satisfies", is_flag=True, help="With skip: let the tasks after it start.")
@env_option
@lang_option
def task(
    run: str, task: str, verb: str, who: str, reason: str, environment: str, lang: str | None,
    *, satisfies: bool,
) -> None:  # fmt: skip
    """Act on a task: start, complete, verify, fail, retry, hold ..."""
    project = project_here(environment, lang)
    desk = open_desk(run_folder(project, run), person(who))
    state = act_on_task(desk, task, verb, reason=reason, satisfies=satisfies)
    click.echo(f"{task}: {state.progress.of(task).state}")


@click.command("run")
@click.argument("run")
@click.argument("verb", type=click.Choice(["pause", "continue", "abort", "note"]))
@click.argument("text", default="")
@as_person
@reason_option
@click.option("--sev", default="", type=click.Choice(["", "S1", "S2", "S3", "S4"]))
@env_option
@lang_option
def run_action(
    run: str, verb: str, text: str, who: str, reason: str, sev: str, environment: str,
    lang: str | None,
) -> None:  # fmt: skip
    """Act on a run: pause, continue, abort, or note one line."""
    project = project_here(environment, lang)
    desk = open_desk(run_folder(project, run), person(who))
    match verb:
        case "abort":
            state = abort_run(desk, reason or text)
        case "note":
            state = note_run(desk, text or reason, severity=sev)
        case _:
            state = pause_run(desk, paused=verb == "pause")
    click.echo(f"{state.run}: {state.progress.phase}")


@click.command()
@click.argument("gate")
@click.argument("decision", type=click.Choice(["go", "no-go", "abstain"]))
@click.option("--run", "run", default="", help="The run; the latest when not given.")
@as_person
@reason_option
@env_option
@lang_option
def decide(
    gate: str, decision: str, run: str, who: str, reason: str, environment: str, lang: str | None
) -> None:
    """Decide at a gate; the tool recommends, a named person decides."""
    project = project_here(environment, lang)
    desk = open_desk(run_folder(project, run), person(who))
    state = decide_gate(desk, gate, decision, reason=reason)
    given = [item for item in state.progress.decisions if item.gate == gate]
    click.echo(f"{gate}: {decision} by {desk.actor.person}; {len(given)} decisions so far")
