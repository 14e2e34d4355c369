"""Run one check alone: a run of a single task, with a journal and evidence like any other."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from golive.contracts import Environment
from golive.errors import SetupError
from golive.outcome import Outcome
from golive.project import Project
from golive.record.actors import system_actor
from golive.record.runs import new_run_id
from golive.run.control import Controller, take_control
from golive.run.inflight import InFlight
from golive.run.opening import open_run
from golive.run.verdict import verdict_of
from golive.runbook.definition import Runbook, Task, Team, Window
from golive.runbook.loading import file_digests
from golive.runbook.planning import Plan, fingerprint

__all__ = ["run_alone"]

#: Seconds between two looks at the worker.
_PAUSE = 0.05


def run_alone(
    project: Project,
    environment: Environment,
    task: Task,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> tuple[Outcome, str]:
    """Run one task of a worker's kind; return its outcome and the run's id.

    Raise SetupError when the worker died without a result.
    """
    now = datetime.now(UTC)
    plan = _plan(project, task, now)
    folder = project.runs / new_run_id(task.kind, now)
    open_run(folder, plan, environment, actor=system_actor())
    with take_control(folder, plan) as controller:
        attempts = InFlight(controller=controller, project=project, environment=environment)
        controller.append("task.starting", {"task": task.id, "number": "1", "role": "run"})
        attempts.look()
        while controller.state.in_flight():
            pause(_PAUSE)
            attempts.look()
            controller.refresh()
        outcome = _outcome(controller, task)
        controller.append("run.closed", verdict_of(controller.state))
    return outcome, folder.name


def _plan(project: Project, task: Task, now: datetime) -> Plan:
    start = now.isoformat(timespec="seconds")
    runbook = Runbook(
        schema="golive/runbook/v1",
        runbook=task.id,
        title=task.title,
        system="",
        zone="UTC",
        window=Window(start=start, end=(now + timedelta(days=1)).isoformat()),
        phases=(),
        streams=(),
        tasks=(task,),
    )
    digests = file_digests(project.root, runbook)
    return Plan(
        mode="rehearsal",
        t0=start,
        fingerprint=fingerprint(runbook, digests),
        runbook=runbook,
        team=Team(schema="golive/team/v1", roles={}, people={}),
        digests=digests,
    )


def _outcome(controller: Controller, task: Task) -> Outcome:
    outcome = controller.state.progress.of(task.id).outcome
    if outcome is None:
        raise SetupError.of(
            f"task '{task.id}'",
            "its worker is gone and left no result",
            hint=f"look into reports/runs/{controller.folder.name}",
        )
    return outcome
