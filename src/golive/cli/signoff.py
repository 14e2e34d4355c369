"""golive signoff: a business person accepts exactly what ran of their process, or takes it back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from golive.cli.identity import identify
from golive.cli.options import (
    as_person,
    env_option,
    instant_given,
    lang_option,
    project_here,
    reason_option,
)
from golive.cli.pages import write_pages
from golive.gate.acceptance import LineState, ProcessAcceptance
from golive.gate.facts import Facts
from golive.project import Project
from golive.record.releases import find_release
from golive.report.acceptance_page import acceptance_page
from golive.report.acceptance_view import acceptance_data, acceptance_lines
from golive.report.words import say
from golive.run.accepting import accept_process, find_process, revoke_acceptance, stand
from golive.run.gathering import gather
from golive.runbook.loading import load_runbook

__all__ = ["signoff"]

_release = click.option("--release", default="", help="The release; else the only one there is.")


@click.group()
def signoff() -> None:
    """Accept a business process: what ran, on which version, by whom."""


def _read(project: Project, release: str) -> Facts:
    name = find_release(project.reports, release)
    return gather(project, name, at=datetime.now(UTC))


@signoff.command("list")
@click.argument("process", default="")
@click.option("--html", "page", default="", metavar="FILE", help="Write the sheet as a page, too.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@_release
@env_option
@lang_option
def list_(
    process: str, page: str, release: str, environment: str, lang: str | None, *, as_json: bool
) -> None:
    """Show what of each process ran, what is accepted, and what is stale and why."""
    project = project_here(environment, lang)
    language = project.language.value
    facts = _read(project, release)
    told = {tongue: _chosen(facts, process, tongue) for tongue in ("en", "zh")}
    if page:
        write_pages("--html", Path(page), acceptance_page, facts, told)
    if as_json:
        data = acceptance_data(facts, told[language], language)
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
        return
    for line in acceptance_lines(facts, told[language], language):
        click.echo(line)
    stale = sum(one.count(LineState.STALE) for one in told[language])
    if stale:
        click.echo(
            say(
                language,
                f"{stale} stale; exactly those run again with: pytest features/ --stale",
                f"过期 {stale} 个；只重新执行这些：pytest features/ --stale",
            )
        )


def _chosen(facts: Facts, process: str, language: str) -> tuple[ProcessAcceptance, ...]:
    found = stand(facts, language)
    return (find_process(found, process),) if process else found


@signoff.command()
@click.argument("process")
@click.option("--comment", default="", help="What is to be kept with it.")
@click.option("--at", "happened", default="", help="When it was signed, entered later from paper.")
@_release
@as_person
@env_option
@lang_option
def sign(
    process: str, comment: str, happened: str, release: str, who: str, environment: str,
    lang: str | None,
) -> None:  # fmt: skip
    """Accept what a user ran of PROCESS and passed; the rest is listed and not accepted."""
    project = project_here(environment, lang)
    language = project.language.value
    facts = _read(project, release)
    one = find_process(stand(facts, language), process)
    loaded = load_runbook(project.root, facts.lock.runbook)
    for line in acceptance_lines(facts, (one,), language):
        click.echo(line)
    record = accept_process(
        project, facts, one, team=loaded.team,
        actor=identify(project, who, team=loaded.runbook.team), comment=comment,
        happened=instant_given(happened),
    )  # fmt: skip
    click.echo(str(record.data["statement"]))
    _entered(record.seq, record.hash, language)


@signoff.command()
@click.argument("process")
@_release
@as_person
@reason_option
@env_option
@lang_option
def revoke(
    process: str, release: str, who: str, reason: str, environment: str, lang: str | None
) -> None:
    """Take the newest acceptance of PROCESS back; it stays listed."""
    project = project_here(environment, lang)
    language = project.language.value
    facts = _read(project, release)
    loaded = load_runbook(project.root, facts.lock.runbook)
    record = revoke_acceptance(
        project, facts, find_process(stand(facts, language), process), team=loaded.team,
        actor=identify(project, who, team=loaded.runbook.team), reason=reason,
    )  # fmt: skip
    _entered(record.seq, record.hash, language)


def _entered(seq: int, hash_: str, language: str) -> None:
    click.echo(
        say(
            language,
            f"ledger entry {seq}, head {hash_[:16]}",
            f"台账第 {seq} 条，链头 {hash_[:16]}",
        )
    )
