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
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, current_thread, main_thread
from typing import Any

from golive.contracts import Environment
from golive.errors import SetupError, Stopped
from golive.outcome import Outcome, outcome_to_json
from golive.project import Project
from golive.record.actors import system_actor
from golive.record.anchors import enter_run
from golive.record.runs import attempt_folder, new_run_id
from golive.run import launching
from golive.run.attempts import (
    FOLDER_VARIABLE,
    AttemptResult,
    Exit,
    request_stop,
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
    pause: Callable[[float], None] = launching.pause,
    tell: Callable[[str], None] = lambda _line: None,
) -> tuple[Outcome, str]:
    """Run one task of a worker's kind; return its outcome and the run's id.

    ``tell`` gets each line the task says. Raise SetupError when the worker died without a result,
    Stopped when the user pressed Ctrl-C: then the task's processes are gone and the run is closed.
    """
    plan, folder = _open(project, environment, task, labels={})
    with take_control(folder, plan) as controller:
        attempts = InFlight(controller=controller, project=project, environment=environment)
        controller.append("task.starting", {"task": task.id, "number": "1", "role": "run"})
        here, said = attempts.folder(task.id, "1"), 0
        attempts.look()
        with _stop_asked() as stopped:
            while controller.state.in_flight():
                pause(_PAUSE)
                if stopped.is_set():
                    request_stop(here, "stopped by Ctrl-C")
                said = _tell_more(here / "log.txt", said, tell)
                attempts.look()
                controller.refresh()
        _close(controller)
    outcome = controller.state.progress.of(task.id).outcome
    if outcome is None and stopped.is_set():
        raise _stopped(task.id, zh=project.language.value == "zh")
    if outcome is None:
        raise SetupError.of(
            f"task '{task.id}'",
            "its worker is gone and left no result",
            hint=f"look into reports/runs/{folder.name}",
        )
    return outcome, folder.name


@contextmanager
def _stop_asked() -> Iterator[Event]:
    """Yield what is set once Ctrl-C is pressed: no record is ever torn by it."""
    pressed = Event()
    if current_thread() is not main_thread():
        yield pressed
        return
    before = signal.signal(signal.SIGINT, lambda _number, _frame: pressed.set())
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _stopped(task: str, *, zh: bool) -> Stopped:
    if zh:
        return Stopped.of(f"任务 '{task}'", "已中止，其进程均已结束，未保留结果", hint="可重新运行")
    return Stopped.of(
        f"task '{task}'",
        "was stopped; nothing of it runs any more and no result is kept",
        hint="run it again",
    )


def _tell_more(log: Path, seen: int, tell: Callable[[str], None]) -> int:
    """Tell the lines that are whole after ``seen`` bytes; return how many bytes are told now."""
    if not log.exists():
        return seen
    with log.open("rb") as stream:
        stream.seek(seen)
        more, newline, _ = stream.read().rpartition(b"\n")
    for line in more.decode("utf-8", "replace").splitlines():
        tell(line)
    return seen + len(more) + len(newline)


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
