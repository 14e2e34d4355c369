"""A runbook's tasks as rows of a spreadsheet, and what a sheet that comes back changes; pure.

Import is a three-way diff by task id: what the sheet was exported with, what it says now, and what
the runbook says now. Nothing is ever appended, and what both sides changed is a conflict by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from golive.runbook.definition import Body, Irreversible, Link, Runbook, Task, Team
from golive.runbook.schedule import Schedule
from golive.runbook.times import parse_duration, parse_instant, show_duration

__all__ = ["COLUMNS", "Change", "SheetDiff", "changed_task", "compare_rows", "rows_of", "task_keys"]

#: Column -> its word in English and Chinese, and whether a sheet may change it.
COLUMNS: Mapping[str, tuple[str, str, bool]] = {
    "id": ("id", "编号", True), "phase": ("phase", "阶段", True),
    "stream": ("stream", "工作流", True), "title": ("title", "任务", True),
    "kind": ("kind", "类型", True), "owner": ("owner", "负责角色", True),
    "backup": ("backup", "后备人员", False), "verifier": ("verifier", "核验角色", True),
    "after": ("after", "前置任务", True), "earliest": ("earliest", "最早开始", True),
    "deadline": ("deadline", "最迟完成", True), "likely": ("likely_min", "预计分钟", True),
    "worst": ("worst_min", "最长分钟", True), "action": ("action", "操作", False),
    "locks": ("locks", "锁", True), "touches": ("touches", "影响对象", True),
    "on_fail": ("on_fail", "失败时", True), "undo": ("undo", "撤销方式", False),
    "undo_likely": ("undo_likely_min", "撤销预计分钟", True),
    "undo_worst": ("undo_worst_min", "撤销最长分钟", True),
    "irreversible": ("irreversible", "不可回退原因", True),
    "rehearsal": ("rehearsal", "演练", True), "start": ("planned_start", "计划开始", False),
    "finish": ("planned_finish", "计划结束", False), "slack": ("may_slip", "可顺延", False),
    "chain": ("critical_chain", "关键链", False),
}  # fmt: skip
#: Kinds a sheet can hold whole; another kind needs keys only the runbook has.
_WRITABLE_KINDS = frozenset({"manual", "milestone"})
_SIGNS = re.compile(r"[;,；，、\n]+")
_LINK = re.compile(r"\s*(FS|SS)?\s*(?:\+\s*(\d+)\s*(m|min|h|分|分钟|小时)?)?\s*", re.IGNORECASE)
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One cell that changes the runbook; an empty ``column`` means the whole task."""

    task: str
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetDiff:
    """What a sheet changes, and what it may not: ``(task, sentence, hint)``."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changes: tuple[Change, ...]
    conflicts: tuple[tuple[str, str, str], ...]


def rows_of(runbook: Runbook, team: Team, made: Schedule) -> tuple[dict[str, str], ...]:
    """Return each task as a row: column -> cell."""
    zone = ZoneInfo(runbook.zone)
    rows = []
    for task in runbook.tasks:
        slot = made.of(task.id)
        undo = task.undo if isinstance(task.undo, Body) else task.restore
        role = team.roles.get(task.owner)
        rows.append(
            {
                "id": task.id, "phase": task.phase, "stream": task.stream, "title": task.title,
                "kind": task.kind, "owner": task.owner,
                "backup": "; ".join(role.deputies) if role else "", "verifier": task.verifier,
                "after": "; ".join(map(_link_text, task.links)),
                "earliest": _clock(task.earliest, zone), "deadline": _clock(task.deadline, zone),
                "likely": _minutes(task.est[0]), "worst": _minutes(task.est[1]),
                "action": _action(task), "locks": "; ".join(task.locks),
                "touches": "; ".join(task.touches), "on_fail": task.on_fail,
                "undo": _undo_text(task),
                "undo_likely": _minutes(undo.est[0]) if undo else "",
                "undo_worst": _minutes(undo.est[1]) if undo else "",
                "irreversible": task.undo.irreversible
                if isinstance(task.undo, Irreversible) else "",
                "rehearsal": task.modes.get("rehearsal", "run"),
                "start": f"{slot.start.astimezone(zone):%Y-%m-%d %H:%M}",
                "finish": f"{slot.finish.astimezone(zone):%Y-%m-%d %H:%M}",
                "slack": show_duration(slot.slack), "chain": "*" if task.id in made.chain else "",
            }
        )  # fmt: skip
    return tuple(rows)


def _link_text(link: Link) -> str:
    minutes = round(parse_duration(link.lag).total_seconds() / 60)
    return f"{link.id}{'SS' if link.type == 'SS' else ''}{f'+{minutes}m' if minutes else ''}"


def _clock(text: str, zone: ZoneInfo) -> str:
    return f"{parse_instant(text).astimezone(zone):%Y-%m-%d %H:%M}" if text else ""


def _minutes(value: float) -> str:
    return f"{value:g}" if value else ""


def _action(task: Task) -> str:
    body = task.body()
    if body is None:
        return ""
    named = (body.playbook, body.select, body.profile, body.comparison, body.notice)
    return next((name for name in named if name), " ".join(body.argv))


def _undo_text(task: Task) -> str:
    undo = task.undo
    if isinstance(undo, Body):
        return undo.playbook or undo.notice or undo.title or " ".join(undo.argv) or undo.kind
    return undo if isinstance(undo, str) else ""


def compare_rows(base: Sequence[Row], sheet: Sequence[Row], now: Sequence[Row]) -> SheetDiff:
    """Return what a sheet changes: ``base`` is what it was exported with, ``now`` the runbook."""
    before, there, here = ({row["id"]: row for row in rows} for rows in (base, sheet, now))
    changes: list[Change] = []
    conflicts: list[tuple[str, str, str]] = []
    for name in (name for name in there if name in here):
        for column, (_, _, writable) in COLUMNS.items():
            was = before.get(name, here[name]).get(column, "")
            said, stands = there[name].get(column, was), here[name][column]
            # A row both sides have added says nothing by an empty cell.
            silent = not said and name not in before
            if not writable or silent or said in (was, stands):
                continue
            if stands != was:
                conflicts.append((
                    name,
                    f"'{column}' was '{was}', is '{said}' here and '{stands}' in the runbook",
                    "make both say the same",
                ))  # fmt: skip
            elif column == "kind":
                conflicts.append((name, "changes its kind", "write it in the runbook"))
            else:
                changes.append(Change(task=name, column=column, before=stands, after=said))
    conflicts += _gone(before, there, here)
    return SheetDiff(
        added=tuple(name for name in there if name not in here and name not in before),
        removed=tuple(name for name in here if name not in there and name in before),
        changes=tuple(changes),
        conflicts=tuple(conflicts),
    )


def _gone(
    before: Mapping[str, Row], there: Mapping[str, Row], here: Mapping[str, Row]
) -> Iterator[tuple[str, str, str]]:
    """Yield tasks one side took out while the other changed them."""
    writable = [column for column, (_, _, may) in COLUMNS.items() if may]
    for name, was in before.items():
        if name in there and name not in here:
            if any(there[name].get(column, was[column]) != was[column] for column in writable):
                yield name, "is changed here and no longer in the runbook", "take the row out"
            continue
        changed = name in here and any(here[name][column] != was[column] for column in writable)
        if changed and name not in there:
            yield name, "is taken out here and changed in the runbook", "export it again"


def task_keys(row: Row, known: Sequence[str], zone: str) -> dict[str, Any]:
    """Return a new task's keys from its row. Raise ValueError in one sentence."""
    if row.get("kind") not in _WRITABLE_KINDS:
        raise ValueError(
            f"is of kind '{row.get('kind', '')}', and only manual tasks and milestones can be "
            "added in a sheet"
        )
    keys: dict[str, Any] = {"id": row["id"], "kind": row["kind"], "title": row.get("title", "")}
    for column, (_, _, writable) in COLUMNS.items():
        if writable and column not in keys and row.get(column):
            changed_task(keys, column, row[column], known, zone)
    if row["kind"] == "manual" and "undo" not in keys:
        keys["undo"] = "none"
    return keys


def changed_task(
    keys: dict[str, Any], column: str, text: str, known: Sequence[str], zone: str
) -> None:
    """Put a cell into a task's keys as the runbook writes them. Raise ValueError."""
    match column:
        case "likely" | "worst":
            likely, worst = keys.get("est", [0, 0])
            minutes = _number(text, column)
            keys["est"] = [minutes, worst] if column == "likely" else [likely, minutes]
        case "undo_likely" | "undo_worst":
            _undo_time(keys, column, _number(text, column))
        case "after":
            keys["after"] = [_link_of(part, known) for part in _parts(text)]
        case "locks" | "touches":
            keys[column] = list(_parts(text))
        case "earliest" | "deadline":
            keys[column] = _instant(text, zone) if text else ""
        case "irreversible":
            keys["undo"] = {"irreversible": text} if text else "none"
        case "rehearsal":
            if text not in {"run", "skip"}:
                raise ValueError(f"'rehearsal' is '{text}' (write run or skip)")
            keys["modes"] = {**keys.get("modes", {}), "rehearsal": text}
        case _:
            keys[column] = text
    if keys.get(column) in ("", []):
        del keys[column]


def _undo_time(keys: dict[str, Any], column: str, minutes: float) -> None:
    name = "undo" if isinstance(keys.get("undo"), Mapping) else "restore"
    body = keys.get(name)
    if not isinstance(body, Mapping) or "irreversible" in body:
        raise ValueError("has no undo whose time could be set (write the undo in the runbook)")
    likely, worst = body.get("est", [0, 0])
    est = [minutes, worst] if column == "undo_likely" else [likely, minutes]
    keys[name] = {**body, "est": est}


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _SIGNS.split(text) if part.strip())


def _number(text: str, column: str) -> float:
    try:
        value = float(text or 0)
    except ValueError as error:
        raise ValueError(f"'{column}' is '{text}', which is no number of minutes") from error
    return int(value) if value.is_integer() else value


def _link_of(text: str, known: Sequence[str]) -> str | dict[str, str]:
    """Read ``A``, ``A+15m``, ``A SS``, ``ASS+1h``: the longest known id at the beginning counts."""
    fitting = [name for name in known if text.startswith(name)]
    name = max(fitting, key=len, default="")
    match = _LINK.fullmatch(text[len(name) :]) if name else None
    if match is None:
        raise ValueError(f"'after' names '{text}', which is no task of the sheet")
    kind, lag, unit = (match[1] or "FS").upper(), match[2], (match[3] or "m").lower()
    if kind == "FS" and not lag:
        return name
    found = {"id": name, "type": kind}
    if lag:
        found["lag"] = f"PT{lag}{'H' if unit in {'h', '小时'} else 'M'}"
    return found


def _instant(text: str, zone: str) -> str:
    """Read a time of the sheet by the clock of the runbook's zone. Raise ValueError."""
    try:
        found = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError as error:
        raise ValueError(f"'{text}' is not a time like 2026-12-05 21:00") from error
    if found.tzinfo is not None:
        return found.isoformat()
    there = found.replace(tzinfo=ZoneInfo(zone))
    if there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != found:
        raise ValueError(f"'{text}' does not exist in {zone}: the clocks change")
    if there.utcoffset() != there.replace(fold=1).utcoffset():
        raise ValueError(f"'{text}' happens twice in {zone}: write its offset, like +01:00")
    return there.isoformat()
