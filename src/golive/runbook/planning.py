"""Bind a runbook to its T0, mode and past durations: a plan with its fingerprint; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, Literal

import rfc8785

from golive.runbook.definition import Calendar, Drill, Runbook, Shift, Task, Team, Window
from golive.runbook.drills import expand_drills
from golive.runbook.graph import Reach, reach
from golive.runbook.loaded import Loaded
from golive.runbook.times import parse_instant
from golive.specfile import SpecDocument, build

__all__ = [
    "Measured",
    "Mode",
    "Plan",
    "fingerprint",
    "make_plan",
    "plan_from_json",
    "plan_to_json",
]

#: ``check`` is a single task run alone.
Mode = Literal["rehearsal", "live", "check"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How long a task, its undo or its restore took in past runs, in seconds."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    #: Half, and four fifths, of the past runs took no longer.
    p50: float
    p80: float
    runs: int
    #: The ids of those runs, the oldest first.
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run executes. Frozen with the run; every time in it is final.

    Without slots, so that what is asked of its tasks at every event is worked out once.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    mode: Mode
    #: T0 as RFC 3339 in UTC: when the window starts in this run.
    t0: str
    #: Hex SHA-256 of the resolved runbook and every file its tasks name; same for each T0.
    fingerprint: str
    runbook: Runbook
    team: Team
    digests: Mapping[str, str]
    rehearsal: str = ""
    abort_at: str = ""
    drills: tuple[Drill, ...] = field(default=())
    #: ``TASK``, ``TASK.undo`` or ``TASK.restore`` -> how long it took in rehearsals; estimates
    #: count where there is none. Frozen with the run, so that every screen says the same.
    measured: Mapping[str, Measured] = field(default_factory=dict)

    def task(self, name: str) -> Task:
        """Return a task by its id. Raise KeyError when there is none."""
        return self._index[name]

    @cached_property
    def _index(self) -> Mapping[str, Task]:
        return {task.id: task for task in reversed(self.runbook.tasks)}

    def skips(self, task: Task) -> bool:
        """Tell whether a run in this mode leaves a task out."""
        return self.mode != "check" and task.modes.get(self.mode) == "skip"

    @property
    def tasks_to_do(self) -> tuple[Task, ...]:
        """Return the tasks a run in this mode does: what counts say is done, and of how many."""
        return tuple(task for task in self.runbook.tasks if not self.skips(task))

    @cached_property
    def graph(self) -> Mapping[str, tuple[str, ...]]:
        """Return task -> the tasks it comes after."""
        return {task.id: task.predecessors for task in self.runbook.tasks}

    @cached_property
    def needs(self) -> Mapping[str, frozenset[str]]:
        """Return :attr:`graph` as sets: a night asks at every event whether all have begun."""
        return {name: frozenset(before) for name, before in self.graph.items()}

    @cached_property
    def reach(self) -> Reach:
        """Return what comes before and after each task, directly or not."""
        return reach(self.graph)


def fingerprint(runbook: Runbook, digests: Mapping[str, str]) -> str:
    """Return SHA-256 over the canonical runbook (RFC 8785) and the files' digests."""
    content = rfc8785.dumps({"runbook": _plain(asdict(runbook)), "files": dict(digests)})
    return hashlib.sha256(content).hexdigest()


def make_plan(
    loaded: Loaded,
    *,
    mode: Mode,
    t0: datetime | None = None,
    rehearsal: str = "",
    abort_at: str = "",
    drills: tuple[Drill, ...] = (),
    measured: Mapping[str, Measured] | None = None,
    bind_live: bool = False,
) -> Plan:
    """Bind a runbook to a T0, and to the durations past runs have shown.

    Live plans never shift, but for the demo's (``bind_live``); a rehearsal shifts every fixed time
    by ``t0 - window.start`` and has its drills put in.
    """
    start = parse_instant(loaded.runbook.window.start)
    fixed = t0 is None or (mode == "live" and not bind_live)
    begins = start if fixed or t0 is None else t0.astimezone(UTC)
    shift = begins - start
    shifted = _shift(loaded.runbook, shift)
    return Plan(
        mode=mode,
        t0=begins.isoformat(),
        fingerprint=fingerprint(loaded.runbook, loaded.digests),
        runbook=replace(shifted, tasks=expand_drills(shifted.tasks, drills)),
        team=replace(
            loaded.team,
            shifts=tuple(
                Shift(
                    person=item.person, post=item.post,
                    start=_moved(item.start, shift), end=_moved(item.end, shift),
                )
                for item in loaded.team.shifts
            ),
        ),
        digests=dict(loaded.digests),
        rehearsal=rehearsal,
        abort_at=abort_at,
        drills=drills,
        measured=dict(measured or {}),
    )  # fmt: skip


def _moved(text: str, shift: timedelta) -> str:
    """Shift an RFC 3339 text, keeping its offset; empty stays empty."""
    return (datetime.fromisoformat(text) + shift).isoformat() if text else text


def _shift(runbook: Runbook, shift: timedelta) -> Runbook:
    if not shift:
        return runbook
    window = runbook.window
    blackouts = tuple(
        "/".join((_moved(text.partition("/")[0], shift), text.partition("/")[2]))
        for text in runbook.calendar.blackouts
    )
    return replace(
        runbook,
        window=Window(
            start=_moved(window.start, shift), end=_moved(window.end, shift),
            reserve=window.reserve, decision=window.decision, stop=window.stop,
            verify=window.verify,
        ),
        calendar=Calendar(blackouts=blackouts),
        tasks=tuple(_shift_task(task, shift) for task in runbook.tasks),
    )  # fmt: skip


def _shift_task(task: Task, shift: timedelta) -> Task:
    until = task.until and replace(task.until, at=_moved(task.until.at, shift))
    decide_by = task.decide_by if task.decide_by == "lsat" else _moved(task.decide_by, shift)
    return replace(
        task,
        earliest=_moved(task.earliest, shift),
        deadline=_moved(task.deadline, shift),
        decide_by=decide_by,
        until=until,
    )


def _plain(value: Any) -> Any:
    """Return dataclass data as canonical JSON allows it: lists, string keys, no odd floats."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain JSON data; :func:`plan_from_json` reads it back."""
    data: dict[str, Any] = _plain(asdict(plan))
    return data


def plan_from_json(data: Mapping[str, Any], *, path: str = "plan.json") -> Plan:
    """Rebuild a plan. Raise SpecError when the data is none."""
    return build(Plan, SpecDocument(path=path, data=dict(data), lines={}))
