"""golive decide: a named person's word at a gate of a run, or on a whole release."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from golive.cli.actions import desk_at
from golive.cli.identity import identify
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
from golive.gate.assessment import Assessment, Condition
from golive.project import Project
from golive.record.releases import list_releases
from golive.report.gate_text import decision_lines, recommendation_words
from golive.report.words import say
from golive.run.deciding import decide_release
from golive.run.gathering import gather, tell
from golive.run.operate import decide_gate
from golive.run.turning_back import decide_abort
from golive.runbook.loading import load_runbook
from golive.runbook.times import parse_instant
from golive.runbook.turning_back import open_question

__all__ = ["decide"]

#: ``WHAT|PERSON|TIME`` and perhaps ``|TASK``.
_PARTS = (3, 4)


@click.command()
@click.argument("gate")
@click.argument("decision", type=click.Choice(["go", "no-go", "conditional", "abstain"]))
@click.option("--run", "run", default="", help="The run of the gate; the latest when not given.")
@click.option(
    "--condition", "conditions", multiple=True, metavar="WHAT|PERSON|TIME[|TASK]",
    help="With conditional: what must be done, by whom, by when, and before which task.",
)  # fmt: skip
@click.option("--at", "happened", default="", help="When it was said, entered later from paper.")
@as_person
@with_person
@reason_option
@env_option
@lang_option
def decide(
    gate: str, decision: str, run: str, conditions: tuple[str, ...], happened: str, who: str,
    second: str, reason: str, environment: str, lang: str | None,
) -> None:  # fmt: skip
    """Decide on a release, or at a gate of a run; golive recommends, a named person decides.

    Where a task failed that says rollback, GATE is the task: no-go turns back, go goes on.
    """
    project = project_here(environment, lang)
    if not run and gate in list_releases(project.reports):
        if happened:
            hint = "leave --at away, and give its reason"
            raise Refused.of(f"release '{gate}'", "is decided on as it stands now", hint=hint)
        wanted = tuple(map(_condition, conditions))
        _on_release(project, gate, decision, who=who, reason=reason, conditions=wanted)
        return
    if decision == "conditional" or conditions:
        raise Refused.of(f"gate '{gate}'", "takes go, no-go or abstain", hint="note the rest")
    desk = desk_at(project, run_folder(project, run), who, second)
    asked = open_question(desk.state().progress, gate) is not None
    call = decide_abort if asked else decide_gate
    state = call(desk, gate, decision, reason=reason, happened=instant_given(happened))
    given = [item for item in state.progress.decisions if item.gate == gate]
    click.echo(
        say(
            project.language.value,
            f"{gate}: {decision} by {desk.actor.person}; {len(given)} decisions so far",
            f"{gate}：{desk.actor.person} 的决定是 {decision}；目前共 {len(given)} 个决定",
        )
    )


def _condition(text: str) -> Condition:
    """Read one condition. Raise Refused when it lacks a part or its time an offset."""
    parts = [part.strip() for part in text.split("|")]
    if len(parts) not in _PARTS or not all(parts[:3]):
        raise Refused.of(
            "--condition", f"'{text}' is not WHAT|PERSON|TIME[|TASK]",
            hint="e.g. 'printers checked|li|2026-12-05T18:00:00+08:00'",
        )  # fmt: skip
    try:
        due = parse_instant(parts[2])
    except ValueError as error:
        raise Refused.of("--condition", str(error)) from error
    return Condition(text=parts[0], owner=parts[1], due=due, before=(parts[3:] or [""])[0])


def _on_release(
    project: Project,
    name: str,
    decision: str,
    *,
    who: str,
    reason: str,
    conditions: tuple[Condition, ...],
) -> None:
    """Show what is decided on, then record the decision."""
    language = project.language.value
    facts = gather(project, name, at=datetime.now(UTC))
    told = tell(facts)
    loaded = load_runbook(project.root, facts.lock.runbook)
    _show(told[language], language)
    record = decide_release(
        project, facts, told, team=loaded.team, runbook=loaded.runbook,
        actor=identify(project, who, team=loaded.runbook.team), decision=decision, reason=reason,
        conditions=conditions,
    )  # fmt: skip
    click.echo(str(record.data["statement"]))
    after = tell(gather(project, name, at=datetime.now(UTC)))[language]
    for line in decision_lines(after, language):
        click.echo(line)
    click.echo(
        say(
            language,
            f"ledger entry {record.seq}, head {record.hash[:16]}",
            f"台账第 {record.seq} 条，链头 {record.hash[:16]}",
        )
    )


def _show(assessment: Assessment, language: str) -> None:
    word = recommendation_words(assessment.recommendation, language)
    lead = say(language, f"golive recommends {word}", f"golive 建议 {word}")
    click.echo(f"{assessment.release}: {lead}")
    for cause in assessment.causes:
        click.echo(f"  - {cause}")
