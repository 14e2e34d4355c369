"""An actor, a clock that is set by hand, and journals made with both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from golive.record.chain import NOTHING, Actor
from golive.record.clock import Reading
from golive.record.journal import Journal


@dataclass
class HandClock:
    """Both clocks, one second further at each reading; long before the machine's own."""

    at: datetime = field(default_factory=lambda: datetime(2020, 11, 24, 1, 5, tzinfo=UTC))
    mono: float = 100.0
    boot: str = "boot-1"

    def __call__(self) -> Reading:
        self.at += timedelta(seconds=1)
        self.mono += 1
        return Reading(at=self.at, mono=self.mono, boot=self.boot)


@pytest.fixture
def actor() -> Actor:
    return Actor(person="ana", os_user="ops", host="bastion", tty="pts/1", assurance="claimed")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def make(tmp_path: Path, actor: Actor, clock: HandClock) -> Callable[[int], Journal]:
    """Return a function that makes a journal with that many records."""

    def made(count: int) -> Journal:
        journal = Journal.create(tmp_path / "journal.jsonl", prev=NOTHING, clock=clock)
        for number in range(1, count + 1):
            journal.append("task.done", {"task": f"T{number}", "说明": "完成"}, actor=actor)
        return journal

    return made
