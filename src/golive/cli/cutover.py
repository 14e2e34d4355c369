"""golive cutover: the live run, by the executor of every rehearsal, behind its guards."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from golive.cli.identity import starter
from golive.cli.options import as_person, env_option, lang_option, project_here
from golive.cli.watching import Teller, closing_words, say_problems
from golive.contracts import Environment
from golive.errors import Problem, Refused
from golive.gate.assessment import Assessment
from golive.gate.facts import Facts
from golive.project import Project
from golive.record.chain import Actor
from golive.record.runs import new_run_id
from golive.report.words import say
from golive.run.control import take_control
from golive.run.executor import execute
from golive.run.gathering import gather, tell
from golive.run.guards import Standing, guards, release_of
from golive.run.measured import measured_durations
from golive.run.opening import open_run
from golive.run.preflight import missing_secrets, preflight
from golive.run.standing import ask_targets
from golive.runbook.conditions import ConditionTask, with_conditions
from golive.runbook.loading import load_runbook
from golive.runbook.planning import Plan, make_plan

__all__ = ["cutover", "cutover_command"]


def cutover(project: Project, runbook: str, *, release: str, system: str, who: str = "") -> int:
    """Cut over: read, plan, ask every guard, open the live run, execute it, say what came of it."""
    now = datetime.now(UTC)
    loaded = load_runbook(project.root, runbook)
    facts = gather(project, release, at=now) if release else release_of(project, runbook, at=now)
    assessment = tell(facts)[project.language.value]
    environment = project.resolve()
    demo = environment.kind == "demo"
    measured = measured_durations(project.runs, loaded.runbook)
    plan = make_plan(loaded, mode="live", t0=now, bind_live=demo, measured=measured)
    say_problems(_as_warnings(loaded.warnings))
    standing = Standing(
        plan=plan, environment=environment, facts=facts, assessment=assessment, now=now
    )
    _refuse(project, standing)
    path = plan.runbook.team
    actor = starter(project, who, plan.team, path=path, kind=environment.kind)
    typed = _confirm(plan, environment, system, project.language.value)
    plan = with_conditions(plan, _conditions(assessment))
    labels = _labels(assessment, facts) | {"system_typed": typed}
    return _run(project, environment, plan, labels, actor)


def _as_warnings(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Leave out what a guard tells as an error."""
    return tuple(problem for problem in problems if not problem.subject.startswith("roster "))


def _refuse(project: Project, standing: Standing) -> None:
    """Tell every guard that does not hold, all at once. Raise Refused when there is one."""
    problems = (
        *guards(project, standing),
        *missing_secrets(project, standing.environment),
        *preflight(project, standing.environment, standing.plan),
    )
    errors = tuple(dict.fromkeys(one for one in problems if not one.warning))
    if errors:
        raise Refused(*errors)


def _confirm(plan: Plan, environment: Environment, system: str, language: str) -> str:
    """Say what is about to happen, have the system's name typed, and return where it was.

    Only the demo takes it from ``--system``: live, a script types nothing. Raise Refused otherwise.
    """
    window = plan.runbook.window
    click.echo(
        say(
            language,
            f"LIVE CUTOVER of '{plan.runbook.system}' in environment '{environment.name}', window "
            f"{window.start} to {window.end}",
            f"正式切换：“{plan.runbook.system}”，环境“{environment.name}”，窗口 {window.start} 至 "
            f"{window.end}",
        )
    )
    if environment.kind == "demo":
        click.echo(
            say(
                language,
                "THIS IS THE DEMO: T0 is bound to now; a real cutover never shifts its window.",
                "演示环境：T0 定为现在；真实切换从不移动窗口。",
            )
        )
    if system and environment.kind == "live":
        raise Refused.of(
            "--system", "is for the demo; a live cutover has the name typed at a terminal",
            hint="leave --system away and type it when asked",
        )  # fmt: skip
    typed = system
    if not typed and sys.stdin.isatty():
        text = say(language, "Type the system's name to begin", "请输入系统名称以开始")
        typed = click.prompt(text, default="", show_default=False)
    if typed != plan.runbook.system:
        raise Refused.of(
            "system", f"'{typed}' is not the name of the system this cuts over",
            hint="type it at a terminal; in the demo --system gives it",
        )  # fmt: skip
    return "--system" if system else "terminal"


def _conditions(assessment: Assessment) -> tuple[ConditionTask, ...]:
    """Return the conditions of every go that counts, each once."""
    found = {
        (one.text, one.owner): one
        for decision in assessment.decisions
        if not decision.void and decision.decision == "conditional"
        for one in decision.conditions
    }
    return tuple(
        ConditionTask(text=one.text, owner=one.owner, due=one.due, before=one.before)
        for one in found.values()
    )


def _labels(assessment: Assessment, facts: Facts) -> dict[str, Any]:
    """Return what the run's first record says of the release and of who decided it."""
    return {
        "release": assessment.release,
        "lock_sha256": facts.lock_sha256,
        "decided": assessment.decided,
        "decided_by": [one.person for one in assessment.decisions if not one.void],
    }


def _run(
    project: Project,
    environment: Environment,
    plan: Plan,
    labels: Mapping[str, Any],
    actor: Actor,
) -> int:
    folder = project.runs / new_run_id("cutover", datetime.now(UTC))
    open_run(
        folder, plan, environment, actor=actor, targets=ask_targets(environment),
        labels=labels,
    )  # fmt: skip
    with take_control(folder, plan) as controller:
        state = execute(controller, project, environment, watch=Teller(project.language.value))
    click.echo(closing_words(state, project.language.value))
    return int(state.verdict["exit"])


@click.command("cutover")
@click.argument("runbook", default="cutover_playbooks/runbook.yaml")
@click.option("--release", default="", help="The release, where several name this runbook.")
@click.option("--system", default="", metavar="NAME", help="The system's name; the demo only.")
@as_person
@env_option
@lang_option
def cutover_command(
    runbook: str, release: str, system: str, who: str, environment: str, lang: str | None
) -> None:
    """Run the live cutover; refused, with every reason, until all its guards hold."""
    project = project_here(environment, lang)
    sys.exit(cutover(project, runbook, release=release, system=system, who=who))
