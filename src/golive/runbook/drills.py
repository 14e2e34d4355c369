"""Turn a drill into ordinary tasks between two others, and measure it afterwards; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from golive.runbook.definition import Body, Drill, Task
from golive.runbook.times import parse_duration

__all__ = ["DrillResult", "drill_steps", "expand_drills", "measure_drill"]


def drill_steps(drill: Drill) -> tuple[str, str, str, str, str]:
    """Return the ids of a drill's tasks: inject, detect, acknowledge, restore, confirm."""
    inject, detect, acknowledge, restore, confirm = (
        f"{drill.id}-{step}" for step in ("inject", "detect", "acknowledge", "restore", "confirm")
    )
    return inject, detect, acknowledge, restore, confirm


def expand_drills(tasks: tuple[Task, ...], drills: tuple[Drill, ...]) -> tuple[Task, ...]:
    """Return the tasks with each drill's five put in before the tasks it comes before."""
    for drill in drills:
        last = drill_steps(drill)[-1]
        tasks = (
            *(
                replace(task, after=(*task.after, last)) if task.id in drill.before else task
                for task in tasks
            ),
            *_tasks_of(drill),
        )
    return tasks


def _tasks_of(drill: Drill) -> tuple[Task, ...]:
    inject, detect, acknowledge, restore, confirm = drill_steps(drill)
    return (
        _task(inject, drill, drill.inject, after=drill.after),
        _task(detect, drill, drill.detect, after=(inject,)),
        Task(
            id=acknowledge, kind="manual", title=f"{drill.title}: acknowledge the alarm",
            owner=drill.acknowledge, after=(detect,), stream=drill.stream, undo="none",
            est=(1.0, 2.0),
        ),
        _task(restore, drill, drill.restore, after=(acknowledge,)),
        _task(confirm, drill, drill.confirm, after=(restore,)),
    )  # fmt: skip


def _task(name: str, drill: Drill, body: Body, *, after: tuple[str, ...]) -> Task:
    keys = {item.name: getattr(body, item.name) for item in fields(Body)}
    keys["title"] = body.title or f"{drill.title}: {name.rsplit('-', 1)[-1]}"
    return Task(id=name, after=after, stream=drill.stream, undo="none", **keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillResult:
    """How long each answer took from the injection, and whether each target was met."""

    drill: str
    detect: timedelta
    acknowledge: timedelta
    restore: timedelta
    met: bool
    #: The targets missed: ``detect``, ``acknowledge``, ``restore``.
    missed: tuple[str, ...]


def measure_drill(drill: Drill, ended: Mapping[str, datetime]) -> DrillResult | None:
    """Measure a drill from its tasks' ends; None while one of them has not ended."""
    inject, detect, acknowledge, _, confirm = drill_steps(drill)
    if not all(name in ended for name in (inject, detect, acknowledge, confirm)):
        return None
    took = {
        "detect": ended[detect] - ended[inject],
        "acknowledge": ended[acknowledge] - ended[inject],
        "restore": ended[confirm] - ended[inject],
    }
    missed = tuple(
        name for name, span in took.items() if span > parse_duration(getattr(drill.targets, name))
    )
    return DrillResult(drill=drill.id, met=not missed, missed=missed, **took)
