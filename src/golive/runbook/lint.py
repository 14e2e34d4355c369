"""Everything that can be wrong with a runbook and a team before anything runs; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import rfc8785

from golive.errors import Problem
from golive.runbook.definition import Body, Irreversible, Runbook, Task, Team
from golive.runbook.graph import ancestors, find_cycle
from golive.runbook.times import parse_instant
from golive.specfile import SpecDocument

__all__ = ["lint_runbook", "lint_team", "roster_holes"]

#: The keys each kind needs, and those it may have beside the ones every task has.
_NEEDED: dict[str, tuple[str, ...]] = {
    "manual": (), "ansible": ("playbook",), "command": ("argv",), "uat": ("select",),
    "load": ("profile",), "compare": ("comparison",), "gate": ("criteria",),
    "checkpoint": ("take", "covers", "restore"), "notify": ("notice", "to"), "wait": ("until",),
    "milestone": (),
}  # fmt: skip
_ALLOWED: dict[str, tuple[str, ...]] = {
    "ansible": ("vars", "secrets"), "command": ("env", "secrets"),
    "uat": ("features", "target", "workers", "wait"),
    "gate": ("quorum", "ponr", "decide_by", "on_expiry"),
}  # fmt: skip
_COMMON = frozenset(
    [
        "id",
        "kind",
        "title",
        "owner",
        "phase",
        "stream",
        "after",
        "est",
        "earliest",
        "deadline",
        "timeout",
        "locks",
        "touches",
        "probe",
        "rerun",
        "undo",
        "verifier",
        "on_fail",
        "expect",
        "modes",
    ]
)
#: Kinds that change something outside and so must say how they are undone.
_CHANGING = frozenset({"ansible", "command", "manual", "notify"})


def lint_team(team: Team, document: SpecDocument) -> Iterator[Problem]:
    """Yield roles that name people who are not there, and shifts of strangers."""
    for name, role in team.roles.items():
        for person in (*role.people, *role.deputies):
            if person not in team.people:
                yield _problem(
                    document, ("roles", name), f"role '{name}'",
                    f"names '{person}', who is not among people", _near(person, team.people),
                )  # fmt: skip
    for index, shift in enumerate(team.shifts):
        if shift.person not in team.people:
            yield _problem(
                document, ("shifts", index), "shift",
                f"names '{shift.person}', who is not among people",
                _near(shift.person, team.people),
            )  # fmt: skip


def lint_runbook(runbook: Runbook, team: Team, document: SpecDocument) -> Iterator[Problem]:
    """Yield every problem: ids, references, cycles, undo, point of no return, times, roster."""
    yield from _emptiness(runbook, document)
    yield from _ids(runbook, document)
    known = {task.id for task in runbook.tasks}
    for index, task in enumerate(runbook.tasks):
        yield from _keys(task, index, document)
        yield from _references(runbook, team, task, index, document, known)
        yield from _undo(task, index, document)
        yield from _bodies(task, team, index, document)
    yield from _zone(runbook, document)
    yield from roster_holes(runbook, team)
    if len(known) == len(runbook.tasks):
        yield from _graph(runbook, document)


def _emptiness(runbook: Runbook, document: SpecDocument) -> Iterator[Problem]:
    if not runbook.tasks:
        yield _problem(document, ("tasks",), "runbook", "has no tasks", "write the first one")
    for name, capacity in runbook.locks.items():
        if capacity < 1:
            yield _problem(
                document, ("locks", name), f"lock '{name}'", f"lets {capacity} tasks hold it",
                "write how many may hold it at once, 1 or more",
            )  # fmt: skip


def _ids(runbook: Runbook, document: SpecDocument) -> Iterator[Problem]:
    counts = Counter(task.id for task in runbook.tasks)
    for index, task in enumerate(runbook.tasks):
        if counts[task.id] > 1:
            yield _problem(
                document, ("tasks", index), f"task '{task.id}'",
                f"has an id that {counts[task.id]} tasks share", "give each its own id",
            )  # fmt: skip
        if not task.id or set(task.id) & set("/ \\.:"):
            yield _problem(
                document, ("tasks", index), f"task '{task.id}'", "has an id golive cannot use",
                "use letters, digits, '-' and '_'",
            )  # fmt: skip


def _keys(task: Task, index: int, document: SpecDocument) -> Iterator[Problem]:
    needed, allowed = _NEEDED[task.kind], _ALLOWED.get(task.kind, ())
    for key in needed:
        if not getattr(task, key):
            yield _problem(
                document, ("tasks", index), f"task '{task.id}'",
                f"is of kind '{task.kind}' and has no '{key}'", f"add '{key}'",
            )  # fmt: skip
    written = document.data["tasks"][index]
    for item in fields(Task):
        if item.name in written and item.name not in (*_COMMON, *needed, *allowed):
            yield _problem(
                document, ("tasks", index, item.name), f"task '{task.id}'",
                f"key '{item.name}' means nothing to kind '{task.kind}'", "remove it",
            )  # fmt: skip
    retry = task.on_fail.split()
    if not (
        task.on_fail in {"stop", "continue", "rollback"}
        or (len(retry) == 2 and retry[0] == "retry" and retry[1].isdigit())  # noqa: PLR2004
    ):
        yield _problem(
            document, ("tasks", index, "on_fail"), f"task '{task.id}'",
            f"on_fail '{task.on_fail}' is not known", "use stop, retry N, continue or rollback",
        )  # fmt: skip


def _references(
    runbook: Runbook, team: Team, task: Task, index: int, document: SpecDocument, known: set[str]
) -> Iterator[Problem]:
    """Yield every name in a task that names nothing."""
    criteria = tuple(name.split(".")[0] for name in task.criteria)
    for key, names, among, what in (
        ("after", tuple(link.id for link in task.links), known, "a task"),
        ("criteria", criteria, known, "a task"),
        ("owner", (task.owner,), team.roles, "a role of the team"),
        ("verifier", (task.verifier,), team.roles, "a role of the team"),
        ("to", task.to, team.roles, "a role of the team"),
        ("locks", task.locks, runbook.locks, "one of the locks"),
        ("phase", (task.phase,), runbook.phases, "one of the phases"),
        ("stream", (task.stream,), runbook.streams, "one of the streams"),
    ):
        for name in names:
            if name and name not in among:
                yield _problem(
                    document, ("tasks", index, key), f"task '{task.id}'",
                    f"{key} names '{name}', which is not {what}", _near(name, among),
                )  # fmt: skip
    if task.kind in {"manual", "gate"} and not task.owner:
        yield _problem(
            document, ("tasks", index), f"task '{task.id}'", "has no owner",
            "add 'owner', a role of the team",
        )  # fmt: skip
    yield from _verifier(team, task, document, ("tasks", index))


def _verifier(
    team: Team, task: Task, document: SpecDocument, place: tuple[str | int, ...]
) -> Iterator[Problem]:
    if not task.verifier or task.verifier not in team.roles or task.owner not in team.roles:
        return
    owners, verifiers = team.roles[task.owner], team.roles[task.verifier]
    everyone = {*owners.people, *owners.deputies, *verifiers.people, *verifiers.deputies}
    if task.verifier == task.owner or len(everyone) == 1:
        yield _problem(
            document, (*place, "verifier"), f"task '{task.id}'",
            f"verifier '{task.verifier}' is the owner", "name another role",
        )  # fmt: skip


def _undo(task: Task, index: int, document: SpecDocument) -> Iterator[Problem]:
    if task.kind in _CHANGING and task.undo is None:
        yield _problem(
            document, ("tasks", index), f"task '{task.id}'", "does not say how it is undone",
            "add 'undo': a task body, none, or {irreversible: why}",
        )  # fmt: skip
    if isinstance(task.undo, Body) and task.undo.est[1] < task.undo.est[0]:
        yield _problem(
            document, ("tasks", index, "undo"), f"task '{task.id}'",
            "undo takes longer likely than at worst", "write est: [likely, worst]",
        )  # fmt: skip
    if task.est[1] < task.est[0]:
        yield _problem(
            document, ("tasks", index, "est"), f"task '{task.id}'",
            "takes longer likely than at worst", "write est: [likely, worst]",
        )  # fmt: skip


def _bodies(task: Task, team: Team, index: int, document: SpecDocument) -> Iterator[Problem]:
    """Yield what is wrong with the bodies inside a task: strangers, and hands where none can be."""
    waited = task.until.probe if task.until is not None else None
    for key, body in (
        ("vars", task.body()), ("undo", task.undo), ("probe", task.probe), ("take", task.take),
        ("restore", task.restore), ("until", waited),
    ):  # fmt: skip
        if not isinstance(body, Body):
            continue
        try:
            rfc8785.dumps(dict(body.vars))
        except rfc8785.CanonicalizationError as error:
            yield _problem(
                document, ("tasks", index, key), f"task '{task.id}'",
                f"vars hold what cannot be carried unchanged: {error}", "write it in quotes",
            )  # fmt: skip
        if key == "vars":
            continue
        for name in (body.owner, *body.to):
            if name and name not in team.roles:
                yield _problem(
                    document, ("tasks", index, key), f"task '{task.id}'",
                    f"{key} names '{name}', which is not a role of the team",
                    _near(name, team.roles),
                )  # fmt: skip
        if body.kind == "manual" and key in {"probe", "take", "until"}:
            yield _problem(
                document, ("tasks", index, key), f"task '{task.id}'",
                f"{key} is of kind 'manual', which no worker can do", "use another kind",
            )  # fmt: skip


def _graph(runbook: Runbook, document: SpecDocument) -> Iterator[Problem]:
    graph = {task.id: [link.id for link in task.links] for task in runbook.tasks}
    cycle = find_cycle(graph)
    if cycle:
        first = next(i for i, task in enumerate(runbook.tasks) if task.id == cycle[0])
        yield _problem(
            document, ("tasks", first, "after"), f"task '{cycle[0]}'",
            f"waits for itself: {' -> '.join(cycle)}", "remove one of these links",
        )  # fmt: skip
        return
    before = ancestors(graph)
    gates = {task.id for task in runbook.tasks if task.kind == "gate" and task.ponr}
    # Only who waits for the gate's end waits for its decision; SS waits for its opening.
    behind = {
        task.id
        for task in runbook.tasks
        if any(link.id in gates and link.type == "FS" for link in task.links)
    }
    for index, task in enumerate(runbook.tasks):
        if isinstance(task.undo, Irreversible) and not behind & {task.id, *before[task.id]}:
            yield _problem(
                document, ("tasks", index, "undo"), f"task '{task.id}'",
                "is irreversible and no point-of-no-return gate comes before it",
                "put it after a gate with 'ponr: true'",
            )  # fmt: skip


def _zone(runbook: Runbook, document: SpecDocument) -> Iterator[Problem]:
    try:
        zone = ZoneInfo(runbook.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield _problem(
            document, ("zone",), "zone", f"'{runbook.zone}' is not a time zone",
            "write one like Asia/Shanghai",
        )  # fmt: skip
        return
    start, end = parse_instant(runbook.window.start), parse_instant(runbook.window.end)
    offsets = {start.astimezone(zone).utcoffset(), end.astimezone(zone).utcoffset()}
    if len(offsets) > 1:
        shown = " and ".join(str(offset) for offset in sorted(o for o in offsets if o is not None))
        yield _problem(
            document, ("window",), "window", f"contains a clock change: offsets {shown}",
            "name the offsets in every notice, or move the window", warning=True,
        )  # fmt: skip


def roster_holes(runbook: Runbook, team: Team) -> Iterator[Problem]:
    """Yield holes in each post of the duty roster over the window."""
    start, end = parse_instant(runbook.window.start), parse_instant(runbook.window.end)
    for post in dict.fromkeys(shift.post for shift in team.shifts):
        spans = sorted(
            (parse_instant(shift.start), parse_instant(shift.end))
            for shift in team.shifts
            if shift.post == post
        )
        covered = start
        for opens, closes in spans:
            if opens > covered:
                break
            covered = max(covered, closes)
        if covered < end:
            yield Problem(
                subject=f"roster '{post}'",
                message=f"has a hole from {_local(covered, runbook.zone)}",
                path=runbook.team,
                hint="give someone the shift",
                warning=True,
            )


def _local(instant: datetime, zone: str) -> str:
    try:
        return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return instant.astimezone(UTC).isoformat(timespec="minutes")


def buffer_share(window: timedelta, reserve: timedelta, critical: timedelta) -> float:
    """Return (window - reserve - critical chain) / critical chain; 0 for an empty chain."""
    return (window - reserve - critical) / critical if critical else 0.0


def _near(word: str, known: object) -> str:
    names = [str(name) for name in known] if hasattr(known, "__iter__") else []
    close = get_close_matches(word, names, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(sorted(names)[:12])}"


def _problem(
    document: SpecDocument,
    place: tuple[str | int, ...],
    subject: str,
    message: str,
    hint: str,
    *,
    warning: bool = False,
) -> Problem:
    return Problem(
        subject=subject, message=message, path=document.path, line=document.line(place), hint=hint,
        warning=warning,
    )  # fmt: skip
