"""One-task runs: a check run alone has a journal and evidence like any other run.

``golive load run`` and ``golive compare run`` call :func:`run_alone`: the run is opened, one
detached worker does the task, the run is closed and entered in the ledger. What does its work in
its own process (``pytest features/``) takes the two halves instead::

    alone = open_alone(project, environment, task, targets=..., labels=...)   # intent is on disk
    ...                                                                      # the work itself
    alone.finish(outcome)                                                    # outcome is on disk

Between them the attempt's folder is ``alone.folder``. Inside an attempt of another run (the
variable ``GOLIVE_ATTEMPT_DIR`` names its folder) nothing is opened: that run has the journal.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from golive.contracts import Environment
from golive.errors import SetupError
from golive.outcome import Outcome, outcome_to_json
from golive.project import Project
from golive.record.actors import system_actor
from golive.record.anchors import enter_run
from golive.record.runs import attempt_folder, new_run_id
from golive.run.attempts import (
    FOLDER_VARIABLE,
    AttemptResult,
    Exit,
    write_result,
)
from golive.run.control import Controller, take_control
from golive.run.inflight import InFlight
from golive.run.opening import open_run
from golive.run.standing import ask_targets
from golive.run.verdict import verdict_of
from golive.runbook.definition import Runbook, Task, Team, Window
from golive.runbook.loading import file_digests
from golive.runbook.planning import Plan, fingerprint

__all__ = ["Alone", "is_inside_an_attempt", "open_alone", "run_alone"]

#: Seconds between two looks at the worker.
_PAUSE = 0.05


def is_inside_an_attempt() -> bool:
    """Tell whether this process works for an attempt of a run that has its journal already."""
    return bool(os.environ.get(FOLDER_VARIABLE))


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
    plan, folder = _open(project, environment, task, labels={})
    with take_control(folder, plan) as controller:
        attempts = InFlight(controller=controller, project=project, environment=environment)
        controller.append("task.starting", {"task": task.id, "number": "1", "role": "run"})
        attempts.look()
        while controller.state.in_flight():
            pause(_PAUSE)
            attempts.look()
            controller.refresh()
        _close(controller)
    outcome = controller.state.progress.of(task.id).outcome
    if outcome is None:
        raise SetupError.of(
            f"task '{task.id}'",
            "its worker is gone and left no result",
            hint=f"look into reports/runs/{folder.name}",
        )
    return outcome, folder.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """A one-task run whose work its opener does; its intent is on disk."""

    run: Path
    plan: Plan
    task: str

    @property
    def folder(self) -> Path:
        """The attempt's folder, for whatever the work leaves."""
        return attempt_folder(self.run, self.task, "1")

    def finish(self, outcome: Outcome) -> None:
        """Put the outcome on disk, close the run and enter it in the ledger."""
        ended = datetime.now(UTC)
        write_result(self.folder, AttemptResult(exit=Exit.FINISHED, outcome=outcome, ended=ended))
        content = (self.folder / "result.json").read_bytes()
        with take_control(self.run, self.plan) as controller:
            controller.append(
                "task.finished",
                {
                    "task": self.task, "number": "1", "exit": Exit.FINISHED.value,
                    "outcome": outcome_to_json(outcome),
                    "result_sha256": hashlib.sha256(content).hexdigest(),
                },
            )  # fmt: skip
            _close(controller)


def open_alone(
    project: Project,
    environment: Environment,
    task: Task,
    *,
    labels: Mapping[str, Any],
    name: str = "",
) -> Alone:
    """Open a one-task run whose work the caller does, and record the intent.

    ``labels`` stand in the first record, ``name`` is a run id made before. Raise Damaged when the
    ledger is.
    """
    plan, folder = _open(project, environment, task, labels=labels, name=name)
    with take_control(folder, plan) as controller:
        controller.append("task.starting", {"task": task.id, "number": "1", "role": "run"})
    alone = Alone(run=folder, plan=plan, task=task.id)
    alone.folder.mkdir(parents=True, exist_ok=True)
    return alone


def _open(
    project: Project,
    environment: Environment,
    task: Task,
    *,
    labels: Mapping[str, Any],
    name: str = "",
) -> tuple[Plan, Path]:
    now = datetime.now(UTC)
    plan = _plan(project, task, now)
    folder = project.runs / (name or new_run_id(task.kind, now))
    open_run(
        folder, plan, environment, actor=system_actor(), targets=ask_targets(environment),
        labels=labels,
    )  # fmt: skip
    return plan, folder


def _close(controller: Controller) -> None:
    controller.append("run.closed", verdict_of(controller.state))
    enter_run(controller.folder)


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
        mode="check",
        t0=start,
        fingerprint=fingerprint(runbook, digests),
        runbook=runbook,
        team=Team(schema="golive/team/v1", roles={}, people={}),
        digests=digests,
    )
