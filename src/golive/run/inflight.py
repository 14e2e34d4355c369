"""The attempts in flight: what was intended is launched, what came of it is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from golive.contracts import AttemptId, Environment
from golive.outcome import Outcome, outcome_to_json
from golive.project import Project
from golive.record.canonical import sha256_file
from golive.run import leftovers
from golive.run.attempts import (
    AttemptSpec,
    Observation,
    State,
    left_over,
    observe,
    prepare,
    request_stop,
    stop_lost,
)
from golive.run.control import Controller
from golive.run.elsewhere import end_elsewhere, was_elsewhere
from golive.run.launching import ReadyWorker, collect, launch
from golive.runbook.definition import Body
from golive.runbook.lifecycle import TaskState, body_of
from golive.runbook.times import parse_duration

__all__ = ["InFlight"]

#: A worker that has not claimed its attempt after this long is launched again; the claim file
#: makes a second worker harmless.
_RELAUNCH_AFTER = timedelta(seconds=30)


@dataclass(kw_only=True)
class InFlight:
    """The attempts side of a controller: what it launched, and what became of it."""

    controller: Controller
    project: Project
    environment: Environment
    launched: dict[Path, datetime] = field(default_factory=dict)
    #: Engines a worker that is kept ready has loaded; none are kept ready without.
    engines: tuple[str, ...] = ()
    _ready: ReadyWorker | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._make_ready()

    def _make_ready(self) -> None:
        self._ready = ReadyWorker(self.engines) if self.engines else None

    def close(self) -> None:
        """End the worker that is kept ready; what is in flight goes on."""
        if self._ready is not None:
            self._ready.close()
            self._ready = None

    def folder(self, task: str, number: str) -> Path:
        """Return the folder of an attempt."""
        return self.controller.folder / "tasks" / task / number

    def look(self) -> None:
        """Record what came of every attempt in flight; prepare and launch what was intended."""
        collect()
        for task, number in self.controller.state.in_flight():
            folder = self.folder(task, number)
            seen = observe(folder)
            match seen.state:
                case State.ABSENT:
                    prepare(folder, self.spec(task, number))
                    self._launch(folder)
                case State.PREPARED if self._overdue(folder):
                    self._launch(folder)
                case State.RUNNING:
                    self._running(task, number, folder)
                case State.FINISHED:
                    self._finished(task, number, seen)
                case State.LOST:
                    self._lost(task, number, seen)
                case _:
                    pass
        leftovers.end_asked(self.controller, self._end_left, self._end_far)

    def _launch(self, folder: Path) -> None:
        launch(folder, self._ready)
        self._make_ready()
        self.launched[folder] = self.controller.now()

    def _overdue(self, folder: Path) -> bool:
        launched = self.launched.get(folder)
        return launched is None or self.controller.now() - launched > _RELAUNCH_AFTER

    def _running(self, task: str, number: str, folder: Path) -> None:
        found = self.controller.state.progress.of(task)
        if found.state is TaskState.STARTING:
            self.controller.append("task.started", {"task": task, "number": number})
            return
        asked = found.state is TaskState.STOPPING or found.stop_asked
        if asked and not (folder / "stop.json").exists():
            request_stop(folder, found.reason or "an operator stopped it")

    def _finished(self, task: str, number: str, seen: Observation) -> None:
        result = seen.result
        if result is None:
            return
        outcome = outcome_to_json(result.outcome) if result.outcome is not None else None
        self.controller.append(
            "task.finished",
            {
                "task": task,
                "number": number,
                "exit": str(result.exit),
                "outcome": outcome,
                "result_sha256": sha256_file(self.folder(task, number) / "result.json"),
                "survivors": [process.pid for process in result.survivors],
                **({"elsewhere": list(result.elsewhere)} if result.elsewhere else {}),
                "reason": result.reason,
            },
        )

    def _lost(self, task: str, number: str, seen: Observation) -> None:
        if seen.reported is not None and not seen.living:
            # The engine had said what came of it, and nothing of it runs any more: that counts.
            self._take_over(task, number, seen.reported)
            return
        why = "its worker is gone and left no result"
        if seen.living:
            why += f"; {len(seen.living)} of its processes still live"
        far = {"elsewhere": True} if was_elsewhere(self.folder(task, number)) else {}
        if far:
            why += "; its work on other hosts may go on"
        living = list(seen.living)
        self.controller.append(
            "task.lost", {"task": task, "number": number, "why": why, "living": living, **far}
        )

    def _take_over(self, task: str, number: str, reported: Outcome) -> None:
        self.controller.append(
            "task.finished",
            {
                "task": task,
                "number": number,
                "exit": "finished",
                "outcome": outcome_to_json(reported),
                "survivors": [],
                "reason": "its worker died after the engine had said what came of it",
            },
        )

    def living(self, task: str) -> tuple[int, ...]:
        """Return the processes that still live of a task's attempts that are over."""
        return leftovers.living(self.controller.state, task, self._left)

    def end_leftovers(self) -> tuple[str, ...]:
        """End what attempts left behind; return the tasks of which processes survive."""
        return leftovers.end_all(self.controller.state, self._end_left)

    def _left(self, task: str, number: str) -> tuple[int, ...]:
        return tuple(sorted(left_over(self.folder(task, number))))

    def _end_left(self, task: str, number: str) -> tuple[int, ...]:
        return stop_lost(self.folder(task, number))

    def _end_far(self, task: str, number: str) -> tuple[str, ...]:
        return end_elsewhere(self.folder(task, number))

    def end_far(self, task: str) -> tuple[str, ...]:
        """End a task's work on other machines; return a sentence for each it may go on on."""
        return leftovers.end_far(self.controller.state, task, self._end_far)

    def _args(self, task: str, body: Body) -> dict[str, Any]:
        """Return the engine's args, with what a person changed for this attempt."""
        args, found = body.args(), self.controller.state.progress.of(task)
        if not found.edited or found.role == "probe":
            return args
        return args | {"vars": {**args.get("vars", {}), **found.edited}}

    def spec(self, task: str, number: str) -> AttemptSpec:
        """Return what the worker of an attempt is told."""
        state = self.controller.state
        found = state.progress.of(task)
        body, job = body_of(state.plan, task, found.role), found.jobs.get(found.role, "")
        if body is None:
            raise LookupError(f"task '{task}' has nothing to do for attempt '{number}'")
        timeout = body.timeout or (state.plan.task(task).timeout if number.isdigit() else "")
        return AttemptSpec(
            attempt=AttemptId(run=state.run, task=task, number=number, job=job),
            engine=body.kind,
            args=self._args(task, body),
            workspace=self.project.root,
            environment=self.environment,
            secret_refs=self.project.secret_refs(self.environment.name),
            dry_run=state.dry_run,
            language=self.project.language.value,
            timeout=parse_duration(timeout).total_seconds() if timeout else None,
            token=state.token,
        )
