"""One controller at a time: the run's lock, its fencing token, its journal and folded state."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from golive.errors import Refused
from golive.record.actors import system_actor
from golive.record.chain import Actor, Record
from golive.record.clock import Clock, system_clock
from golive.record.journal import Journal
from golive.run.attempts import write_json
from golive.run.state import RunState, fold
from golive.runbook.planning import Plan

__all__ = ["Controller", "is_controlled", "take_control"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Controller:
    """The right to run a run: appends only what it decided on the newest head."""

    folder: Path
    journal: Journal
    state: RunState
    actor: Actor
    #: A crash is injected here in tests; otherwise it does nothing.
    before_append: Callable[[str], None] = field(default=lambda kind: None)
    now: Callable[[], datetime] = field(default=_utc_now)

    def refresh(self) -> RunState:
        """Fold what others appended since and return the state."""
        newer = tuple(r for r in self.journal.records() if r.seq > self.state.head)
        if newer:
            self.state = fold(self.state.plan, newer, self.state)
        return self.state

    def append(self, kind: str, data: Mapping[str, Any]) -> Record:
        """Append one record decided on the folded state. Raise Stale when others came between."""
        self.before_append(kind)
        record = self.journal.append(kind, data, actor=self.actor, expect=self.state.head)
        self.refresh()
        return record


@contextmanager
def take_control(
    folder: Path, plan: Plan, *, clock: Clock = system_clock, by: Actor | None = None
) -> Iterator[Controller]:
    """Hold the run's controller lock. Raise Refused when another controller holds it.

    The kernel frees the lock when its holder dies, however it dies. The token, one more than the
    last, is in every attempt: a worker of an older controller that starts late does nothing.
    """
    with _held(folder):
        journal = Journal.open(folder / "journal.jsonl", clock=clock)
        controller = Controller(
            folder=folder, journal=journal, state=RunState(plan=plan), actor=system_actor(),
            now=lambda: clock().at,
        )  # fmt: skip
        token = controller.refresh().token + 1
        write_json(folder / "controller.json", {"token": token, "pid": os.getpid()})
        # ``by`` is the person who brought it; what it does then it does itself.
        who = (
            {"by": {"person": by.person, "assurance": by.assurance}}
            if by and by.assurance != "system"
            else {}
        )
        controller.append("controller.opened", {"token": token, "pid": os.getpid(), **who})
        yield controller


def is_controlled(folder: Path) -> bool:
    """Tell whether a controller is at work on the run right now."""
    try:
        with _held(folder):
            return False
    except Refused:
        return True


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the lock, and give it back by name: closing alone would leave it with a worker.

    A worker begun this moment has the file open, too, until its program is loaded.
    """
    with (folder / "controller.lock").open("a+") as lock:
        _hold(lock, folder)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)


def _hold(lock: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Refused.of(
            f"run '{folder.name}'",
            "already has a controller",
            hint=f"watch it: golive status {folder.name} --watch",
        ) from error
