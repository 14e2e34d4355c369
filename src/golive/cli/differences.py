"""golive compare accept and explain: what differs and why, and which of it may stay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from golive.cli.identity import identify
from golive.cli.options import as_person, env_option, lang_option, project_here, reason_option
from golive.cli.pages import write_pages
from golive.compare.basis import basis_of
from golive.compare.cycles import CycleRun
from golive.compare.definition import Comparison
from golive.compare.freezing import locator
from golive.compare.history import Last, cycle_runs, last_result
from golive.compare.lookup import Row, find_rows
from golive.compare.page import comparison_page
from golive.compare.reading import read_comparison
from golive.compare.register import (
    CLASSES,
    Acceptance,
    Neutral,
    RegisterFile,
    read_register,
)
from golive.compare.words import CAUSES, cause_words
from golive.errors import Refused, SpecError
from golive.project import Project

__all__ = ["REGISTER", "accept_command", "comparison_path", "explain_command"]

_FOLDER = "cutover_playbooks/comparisons"
REGISTER = f"{_FOLDER}/accepted.jsonl"
#: Differences accepted one by one at once; more are a pattern.
_MOST_VALUES = 1000
#: Rows of a page that are open, and that are explained; all are in the Parquet file.
_MOST_SHOWN, _MOST_EXPLAINED = 500, 100
_KINDS = click.Choice(["changed", "only_old", "only_new"])


def comparison_path(project: Project, name: str) -> str:
    """Return the file of a comparison given by its path, or by its name.

    Raise SpecError when there is none, naming those there are.
    """
    for path in (f"{_FOLDER}/{name}.yaml", name):
        if (project.root / path).is_file():
            return path
    known = sorted(path.stem for path in (project.root / _FOLDER).glob("*.yaml"))
    near = get_close_matches(name, known, n=1)
    raise SpecError.of(
        f"comparison '{name}'",
        "does not exist",
        hint=f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known) or 'none'}",
    )


@click.command("explain")
@click.argument("spec")
@click.option("--run", "run", default="", help="A run's id; without it the newest result.")
@click.option("--key", default="", help="One business key, its parts joined by ' / '.")
@click.option("--most", default=10, help="How many of the largest differences are shown.")
@click.option("--html", "page", default="", metavar="FILE", help="Write a page to send, too.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@env_option
@lang_option
def explain_command(
    spec: str,
    run: str,
    key: str,
    most: int,
    page: str,
    environment: str,
    lang: str | None,
    *,
    as_json: bool,
) -> None:
    """Show what the newest comparison found: causes with counts, the largest differences."""
    project = project_here(environment, lang)
    comparison = _comparison(project, spec)
    last = last_result(project.reports, comparison.id, run=run)
    wanted = {"key": key} if key else {}
    rows = find_rows(last.differences, wanted, most)
    if page:
        shown = (
            *find_rows(last.differences, wanted, _MOST_SHOWN, unresolved=True),
            *find_rows(last.differences, wanted, _MOST_EXPLAINED, unresolved=False),
        )
        write_pages("--html", Path(page), _page, comparison, last, shown)
    if as_json:
        data = {"run": last.run, "summary": last.summary, "rows": [asdict(row) for row in rows]}
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
        return
    language = project.language.value
    click.echo(last.summary["sentence"][language])
    for item in last.summary["findings"]:
        click.echo(f"  {item['told'][language]}")
        if item["examples"]:
            click.echo(
                f"    {'例如' if language == 'zh' else 'e.g.'} {', '.join(item['examples'])}"
            )
    for row in rows:
        click.echo(_row_line(row, language))
    _say_accepted(last, language)


def _page(
    comparison: Comparison, last: Last, rows: Sequence[Row], language: str, *, other: str
) -> str:
    title = comparison.title_zh if language == "zh" and comparison.title_zh else comparison.title
    return comparison_page(title, last.run, last.summary, rows, language, other=other)


def _row_line(row: Row, language: str) -> str:
    values = f"{row.column}: {_shown(row.old)} → {_shown(row.new)}" if row.column else row.kind
    amount = f"  {row.amount}" if row.amount is not None else ""
    why = cause_words(row.cause, row.detail, language) if row.cause else row.name
    return f"{row.key}  {values}{amount}  ({why})"


def _shown(value: str | None) -> str:
    return "∅" if value is None else f"'{value}'"


def _say_accepted(last: Last, language: str) -> None:
    for item in last.summary["accepted"]:
        label = CLASSES[item["sort"]][language == "zh"]
        refused = item.get("refused_zh") if language == "zh" else item["refused"]
        state = refused or f"{item['count']:,}"
        click.echo(f"{item['id']}  {label}  {item['reason']}  {item['approved_by']}  {state}")


@click.command("accept")
@click.argument("spec")
@click.option("--approve", default="", metavar="ID", help="Approve what another person asked for.")
@click.option("--revoke", default="", metavar="ID", help="Take an acceptance back.")
@click.option("--neutral", is_flag=True, help="The change since the last day restarts no streak.")
@click.option("--kind", type=_KINDS, default="changed", help="Values, or rows on one side.")
@click.option("--column", default="", help="The column, by its new name.")
@click.option("--cause", default="", help="A cause as `compare explain --json` names it.")
@click.option("--detail", default="", help="What is particular about the cause.")
@click.option("--key", default="", help="One business key: its values as they are now.")
@click.option("--class", "sort", type=click.Choice(list(CLASSES)), default="defect")
@click.option("--expires", default="", metavar="DATE", help="The last day it holds.")
@click.option("--max-count", default=0, help="How many differences at most.")
@click.option("--max-amount", default="", help="Their largest sum of absolute amounts.")
@click.option("--ticket", default="", help="Where it is followed up.")
@reason_option
@as_person
@env_option
@lang_option
def accept_command(spec: str, environment: str, lang: str | None, who: str, **asked: Any) -> None:
    """Ask that a difference may stay; another person approves it.

    The last day, and the largest count and amount, bound what is accepted.
    """
    project = project_here(environment, lang)
    comparison = _comparison(project, spec)
    actor = identify(project, who)
    file = read_register(project.root / REGISTER)
    zh = project.language.value == "zh"
    if asked["approve"]:
        file.approve(asked["approve"], actor)
        click.echo(f"{asked['approve']} {'已批准' if zh else 'is approved'}")
    elif asked["revoke"]:
        file.revoke(asked["revoke"], asked["reason"], actor)
        click.echo(f"{asked['revoke']} {'已撤销' if zh else 'is revoked'}")
    else:
        wish: Acceptance | Neutral = (
            _neutral(project, comparison, file, environment, asked["reason"])
            if asked["neutral"]
            else _acceptance(project, comparison, asked)
        )
        name = file.ask(wish, actor)
        said = "已申请，须由另一人批准：" if zh else "is asked for; another person approves it:"
        click.echo(f"{name} {said} golive compare accept {spec} --approve {name} --as PERSON")


def _comparison(project: Project, spec: str) -> Comparison:
    path = comparison_path(project, spec)
    return read_comparison(project.root / path, shown_as=path)


def _acceptance(project: Project, comparison: Comparison, asked: Mapping[str, Any]) -> Acceptance:
    """Build what is asked for; named values are taken from the newest result, as they are."""
    if asked["cause"] and asked["cause"] not in CAUSES:
        near = get_close_matches(asked["cause"], CAUSES, n=1)
        raise Refused.of(
            f"cause '{asked['cause']}'",
            "is not known",
            hint=f"did you mean '{near[0]}'?" if near else "golive compare explain --json",
        )
    values: tuple[Mapping[str, str | None], ...] = ()
    if asked["key"]:
        values = _values(project, comparison, asked)
    return Acceptance(
        id="",
        comparison=comparison.id,
        kind=asked["kind"],
        column=asked["column"],
        cause=asked["cause"],
        detail=asked["detail"],
        values=values,
        sort=asked["sort"],
        reason=asked["reason"],
        expires=asked["expires"],
        max_count=asked["max_count"] or len(values),
        max_amount=asked["max_amount"],
        ticket=asked["ticket"],
    )


def _values(
    project: Project, comparison: Comparison, asked: Mapping[str, Any]
) -> tuple[Mapping[str, str | None], ...]:
    last = last_result(project.reports, comparison.id)
    if last.summary.get("marks_kept") is False:
        raise Refused.of(
            f"key '{asked['key']}'",
            "cannot be accepted: the marks of personal data are other ones in the next comparison",
            hint="name the secret pii_key in the environment, or accept the cause: --cause",
        )
    wanted = {name: asked[name] for name in ("kind", "key", "column")}
    rows = find_rows(last.differences, wanted, _MOST_VALUES)
    if not rows:
        raise Refused.of(
            f"key '{asked['key']}'",
            f"has no such difference in run '{last.run}'",
            hint=f"golive compare explain {comparison.id} --key '{asked['key']}'",
        )
    return tuple(
        {"key": row.key, "old": row.old, "new": row.new, "content": row.content} for row in rows
    )


def _neutral(
    project: Project, comparison: Comparison, file: RegisterFile, environment: str, reason: str
) -> Neutral:
    """Build the change from what the last day was judged by to what the next one will be."""
    name = environment or project.environment.value
    runs: tuple[CycleRun, ...] = cycle_runs(project.reports, comparison.id, environment=name)
    if not runs or not reason:
        raise Refused.of(
            f"comparison '{comparison.id}'",
            "has no day of a dual run yet" if not runs else "a neutral change needs a reason",
            hint="--reason TEXT" if runs else f"golive compare run {comparison.id} --cycle DATE",
        )
    return Neutral(
        id="",
        comparison=comparison.id,
        before=max(runs, key=lambda run: run.at).basis,
        after=basis_of(comparison, file.register, locator(project.root, project.resolve(name), "")),
        reason=reason,
    )
