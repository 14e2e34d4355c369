"""golive release: freeze what a release must show, before its first test."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import click

from golive.cli.identity import identify
from golive.cli.options import as_person, env_option, lang_option, project_here, reason_option
from golive.errors import Refused
from golive.gate.lock import Lock, lock_changes, lock_from_json, lock_to_json
from golive.gate.policy import relaxations
from golive.project import Project
from golive.record.chain import Actor
from golive.record.ledger import Ledger
from golive.record.releases import (
    check_name,
    find_release,
    ledger_path,
    lock_entries,
    read_locks,
    write_lock,
)
from golive.report.words import say
from golive.run.deciding import approve_waiver, request_waiver
from golive.run.freezing import RUNBOOK, read_lock
from golive.run.gathering import gather, tell
from golive.runbook.loading import load_runbook
from golive.runbook.times import parse_instant

__all__ = ["release"]


@click.group()
def release() -> None:
    """Freeze what a release must show."""


@release.command()
@click.argument("name")
@click.option("--runbook", default=RUNBOOK, show_default=True, help="The runbook to cut over by.")
@click.option("--change", default="", metavar="ID", help="From the second freeze on: its change.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@as_person
@reason_option
@env_option
@lang_option
def freeze(
    name: str, runbook: str, change: str, who: str, reason: str, environment: str,
    lang: str | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Write the release lock: what is expected, by which criteria, before the first test."""
    project = project_here(environment, lang)
    check_name(name)
    actor = identify(project, who, team=load_runbook(project.root, runbook).runbook.team)
    lock, before, sha256 = freeze_release(
        project, name, actor=actor, runbook=runbook, change=change, reason=reason
    )
    if as_json:
        click.echo(json.dumps(lock_to_json(lock) | {"sha256": sha256}, ensure_ascii=False))
    else:
        _say(lock, before, sha256, project.language.value)
    sys.exit(0)


def freeze_release(
    project: Project, name: str, *, actor: Actor, runbook: str, change: str, reason: str
) -> tuple[Lock, Lock | None, str]:
    """Freeze a release; return its lock, the one before it, and the new one's digest.

    Raise Refused for a second freeze without a change id and a reason.
    """
    ledger = Ledger.open(ledger_path(project.reports))
    records = ledger.records()
    number = len(lock_entries(records, name)) + 1
    if number > 1 and not (change and reason):
        raise Refused.of(
            f"release '{name}'",
            "is frozen already; what was agreed changes only by a change",
            hint="add --change ID --reason TEXT",
        )
    before = None
    if number > 1:
        before = lock_from_json(read_locks(project.reports, name, records)[0][-1])
    lock = read_lock(
        project, name, runbook=runbook, number=number, person=actor.person,
        at=datetime.now(UTC), change=change, reason=reason,
    )  # fmt: skip
    data = lock_to_json(lock)
    sha256 = write_lock(project.reports, name, number, data, ledger=ledger, actor=actor)
    return lock, before, sha256


@release.command()
@click.argument("name")
@click.argument("items", nargs=-1, required=True)
@click.option("--risk", default="", help="What may happen because of it.")
@click.option("--owner", default="", metavar="PERSON", help="Who answers for mending it.")
@click.option("--expires", required=True, metavar="TIME", help="RFC 3339 with offset.")
@as_person
@reason_option
@env_option
@lang_option
def waive(
    name: str, items: tuple[str, ...], risk: str, owner: str, expires: str, who: str,
    reason: str, environment: str, lang: str | None,
) -> None:  # fmt: skip
    """Ask that failed items be waived until a day; another person must approve."""
    project = project_here(environment, lang)
    try:
        until = parse_instant(expires)
    except ValueError as error:
        raise Refused.of("--expires", str(error)) from error
    facts = gather(project, find_release(project.reports, name), at=datetime.now(UTC))
    loaded = load_runbook(project.root, facts.lock.runbook)
    record = request_waiver(
        project, tell(facts), items, actor=identify(project, who, team=loaded.runbook.team),
        team=loaded.team, kind=facts.lock.environment_kind, reason=reason, risk=risk,
        owner=owner, expires=until,
    )  # fmt: skip
    waiver = record.data["id"]
    click.echo(
        say(
            project.language.value,
            f"waiver {waiver} is asked for; another person approves it: "
            f"golive release approve {name} {waiver} --as PERSON",
            f"已申请豁免 {waiver}；须由他人批准：golive release approve {name} {waiver} --as 人员",
        )
    )


@release.command()
@click.argument("name")
@click.argument("waiver")
@as_person
@env_option
@lang_option
def approve(name: str, waiver: str, who: str, environment: str, lang: str | None) -> None:
    """Approve a waiver another person asked for."""
    project = project_here(environment, lang)
    language = project.language.value
    facts = gather(project, find_release(project.reports, name), at=datetime.now(UTC))
    loaded = load_runbook(project.root, facts.lock.runbook)
    actor = identify(project, who, team=loaded.runbook.team)
    told = tell(facts)[language]
    approve_waiver(project, told, waiver, actor=actor, team=loaded.team, facts=facts)
    click.echo(
        say(language, f"waiver {waiver} is approved by {actor.person}",
            f"豁免 {waiver} 已由 {actor.person} 批准")
    )  # fmt: skip


def _say(lock: Lock, before: Lock | None, sha256: str, language: str) -> None:
    objectives = sum(len(item.objectives) for item in lock.profiles)
    click.echo(
        say(
            language,
            f"release '{lock.release}' is frozen (lock {lock.number}, sha256 {sha256}): "
            f"{len(lock.scenarios)} scenarios, {objectives} load objectives, "
            f"{len(lock.rehearsals)} rehearsals, {len(lock.comparisons)} comparisons over "
            f"{lock.policy.dual_run_cycles} cycles, plan {lock.fingerprint[:12]}",
            f"发布“{lock.release}”已冻结（基线 {lock.number}，sha256 {sha256}）："
            f"{len(lock.scenarios)} 个场景、{objectives} 项负载指标、"
            f"{len(lock.rehearsals)} 次演练、"
            f"{lock.policy.dual_run_cycles} 个周期 {len(lock.comparisons)} 项核对，"
            f"方案指纹 {lock.fingerprint[:12]}",
        )
    )
    for one in relaxations(lock.policy):
        click.echo(
            say(
                language,
                f"  relaxed: {one.key} = {one.value}, golive's default is {one.default}",
                f"  放宽：{one.key} = {one.value}，默认为 {one.default}",
            )
        )
    for entry in lock_changes(before, lock) if before else ():
        click.echo(f"  {entry.what}: {entry.old or '-'} -> {entry.new or '-'}")
