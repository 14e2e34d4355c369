"""golive plan export and import: the tasks as a spreadsheet, and back as a reviewed difference."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click

from golive.cli.options import env_option, lang_option, project_here
from golive.errors import ExitCode, Problem, SpecError
from golive.report.words import local, say
from golive.runbook.definition import Kind
from golive.runbook.loading import load_runbook
from golive.runbook.outlook import stand_at_gates
from golive.runbook.planning import Plan, make_plan
from golive.runbook.rewriting import rewritten
from golive.runbook.schedule import schedule
from golive.runbook.sheet import (
    COLUMNS,
    SheetDiff,
    changed_task,
    compare_rows,
    rows_of,
    task_keys,
)
from golive.sheets import Table, read_table, write_table
from golive.specfile import SpecDocument, read_yaml

__all__ = ["export_sheet", "import_sheet"]

_DEFAULT = "cutover_playbooks/runbook.yaml"
#: The hidden sheet that remembers what was exported.
_BASE = "golive"


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("runbook", default=_DEFAULT)
@env_option
@lang_option
def export_sheet(file: Path, runbook: str, environment: str, lang: str | None) -> None:
    """Write the tasks as .xlsx or .csv, with their planned times."""
    project = project_here(environment, lang)
    plan = make_plan(load_runbook(project.root, runbook), mode="live")
    rows = rows_of(plan.runbook, plan.team, schedule(plan))
    chinese = project.language.value == "zh"
    header = [zh if chinese else en for en, zh, _ in COLUMNS.values()]
    cells = [[row[column] for column in COLUMNS] for row in rows]
    choices = {
        header[list(COLUMNS).index("kind")]: get_args(Kind),
        header[list(COLUMNS).index("rehearsal")]: ("run", "skip"),
    }
    write_table(
        file, [header, *cells], sheet=plan.runbook.runbook[:31], choices=choices,
        hidden={_BASE: [list(COLUMNS), *cells]},
    )  # fmt: skip
    click.echo(
        say(
            project.language.value,
            f"{file}: {len(rows)} tasks",
            f"{file}：{len(rows)} 项任务",
        )
    )


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("runbook", default=_DEFAULT)
@click.option("--write", is_flag=True, help="Change the runbook; without it, only show.")
@env_option
@lang_option
def import_sheet(
    file: Path, runbook: str, environment: str, lang: str | None, *, write: bool
) -> None:
    """Show what a sheet that came back changes in the runbook, and its effect; --write does it."""
    project = project_here(environment, lang)
    language = project.language.value
    before = make_plan(load_runbook(project.root, runbook), mode="live")
    now = rows_of(before.runbook, before.team, schedule(before))
    table = read_table(file)
    sheet = _rows(table)
    diff = compare_rows(_base(file, now), [row for _, row in sheet], now)
    _refuse(table, sheet, diff)
    if not (diff.changes or diff.added or diff.removed):
        click.echo(say(language, "the sheet changes nothing", "表格没有改动"))
        return
    path = project.root / runbook
    document = read_yaml(path, shown_as=runbook)
    text = _new_text(path, document, diff, table, sheet, before)
    candidate = path.with_name(f".{path.name}.import.yaml")
    try:
        candidate.write_text(text, encoding="utf-8")
        relative = candidate.relative_to(project.root).as_posix()
        after = _checked(project.root, relative, shown=f"{runbook} with {file.name}")
        _show(diff, before, after, language)
        if write:
            candidate.replace(path)
            click.echo(say(language, f"{runbook} is changed", f"{runbook} 已更新"))
        else:
            click.echo(
                say(language, "nothing is written yet: add --write", "尚未写入：加 --write 生效")
            )
    finally:
        candidate.unlink(missing_ok=True)
    sys.exit(int(ExitCode.PASSED))


def _checked(root: Path, path: str, *, shown: str) -> Plan:
    """Return the changed runbook's plan. Raise SpecError with every problem, as of ``shown``."""
    try:
        return make_plan(load_runbook(root, path), mode="live")
    except SpecError as error:
        raise SpecError(*(replace(each, path=shown) for each in error.problems)) from error


def _rows(table: Table) -> list[tuple[int, dict[str, str]]]:
    """Return the sheet's rows by our columns' names, whichever language its header has."""
    names = {word: name for name, (en, zh, _) in COLUMNS.items() for word in (name, en, zh)}
    found = []
    seen: dict[str, int] = {}
    problems: list[Problem] = []
    for record in table.records():
        row = {names[word]: cell for word, cell in record.values.items() if word in names}
        name = row.get("id", "")
        if not name:
            problems.append(table.problem(record.number, "has no id", "give the task an id"))
        elif name in seen:
            problems.append(
                table.problem(record.number, f"has the id of row {seen[name]}", "keep one")
            )
        seen.setdefault(name, record.number)
        found.append((record.number, row))
    if not found:
        problems.append(table.problem(1, "has no tasks below it", "export the plan and edit that"))
    if problems:
        raise SpecError(*problems)
    return found


def _base(file: Path, now: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """Return what was exported, as the workbook remembers it; a CSV is compared with now."""
    try:
        kept = read_table(file, sheet=_BASE)
    except SpecError:
        return now
    if kept.sheet != _BASE:
        return now
    return [dict.fromkeys(COLUMNS, "") | dict(record.values) for record in kept.records()]


def _refuse(table: Table, sheet: list[tuple[int, dict[str, str]]], diff: SheetDiff) -> None:
    numbers = {row["id"]: number for number, row in sheet}
    if diff.conflicts:
        raise SpecError(
            *(
                Problem(
                    subject=f"task '{name}'", message=message, path=table.path,
                    line=numbers.get(name, 0), hint=hint,
                )
                for name, message, hint in diff.conflicts
            )
        )  # fmt: skip


def _new_text(
    path: Path,
    document: SpecDocument,
    diff: SheetDiff,
    table: Table,
    sheet: list[tuple[int, dict[str, str]]],
    before: Plan,
) -> str:
    """Return the runbook's text with the sheet's changes. Raise SpecError for what it cannot be."""
    numbers = {row["id"]: number for number, row in sheet}
    known, zone = tuple(numbers), before.runbook.zone
    written = {task["id"]: task for task in document.data["tasks"]}
    changed: dict[str, dict[str, Any]] = {}
    added: list[tuple[str, Mapping[str, Any]]] = []
    problems = []
    for change in diff.changes:
        keys = changed.setdefault(change.task, deepcopy(written[change.task]))
        try:
            changed_task(keys, change.column, change.after, known, zone)
        except ValueError as error:
            problems.append(table.problem(numbers[change.task], str(error)))
    behind = ""
    for number, row in sheet:
        if row["id"] not in diff.added:
            behind = row["id"] if row["id"] in written else behind
            continue
        try:
            keys = task_keys(row, known, zone)
        except ValueError as error:
            problems.append(table.problem(number, str(error)))
        else:
            added.append((behind or document.data["tasks"][0]["id"], keys))
    if problems:
        raise SpecError(*problems)
    text = path.read_text(encoding="utf-8-sig")
    return rewritten(text, document, changed, diff.removed, added)


def _show(diff: SheetDiff, before: Plan, after: Plan, language: str) -> None:
    for name in diff.added:
        click.echo(f"+ {name}  {after.task(name).title}")
    for name in diff.removed:
        click.echo(f"- {name}  {before.task(name).title}")
    for change in diff.changes:
        click.echo(f"~ {change.task}  {change.column}: '{change.before}' -> '{change.after}'")
    zone = before.runbook.zone
    old, new = schedule(before), schedule(after)
    ends = f"{local(old.end, zone)} -> {local(new.end, zone)}"
    click.echo(say(language, f"planned end {ends}", f"计划结束 {ends}"))
    stands = {stand.task: stand for stand in stand_at_gates(before, old)}
    for stand in stand_at_gates(after, new):
        was = local(stands[stand.task].lsat, zone) if stand.task in stands else "-"
        lsat = f"{was} -> {local(stand.lsat, zone)}"
        click.echo(
            say(
                language,
                f"latest safe abort at {stand.task} {lsat}",
                f"{stand.task} 的最晚可回退 {lsat}",
            )
        )
    fresh = [name for name in new.chain if name not in old.chain]
    if fresh:
        click.echo(
            say(language, f"new in the critical chain: {', '.join(fresh)}",
                f"新进入关键链：{', '.join(fresh)}")
        )  # fmt: skip
