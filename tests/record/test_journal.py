from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from golive.errors import Damaged, ExitCode, Refused, SetupError
from golive.record.chain import NOTHING, Actor
from golive.record.clock import system_clock
from golive.record.journal import Journal, Stale, verify

Make = Callable[[int], Journal]

_WRITER = """
import sys
from pathlib import Path
from golive.record.actors import this_actor
from golive.record.journal import Journal
journal = Journal.open(Path(sys.argv[1]))
actor = this_actor(sys.argv[2], assurance="claimed")
for number in range(200):
    journal.append("note", {"n": number}, actor=actor)
"""


def test_records_are_numbered_from_one_and_follow_each_other(make: Make) -> None:
    journal = make(3)
    first, second, third = journal.records()
    assert [record.seq for record in (first, second, third)] == [1, 2, 3]
    assert (first.prev, second.prev, third.prev) == (NOTHING, first.hash, second.hash)
    assert Journal.open(journal.path).records() == journal.records()
    assert verify(journal.path, prev=NOTHING).head == third.hash


def test_what_append_returns_is_what_is_read(make: Make, actor: Actor) -> None:
    journal = make(0)
    record = journal.append("x", {"t": (1, {"中": None}), "f": 1e17}, actor=actor)
    assert Journal.open(journal.path).records() == (record,)


def test_two_processes_append_to_one_chain(make: Make) -> None:
    journal = make(1)
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(journal.path), person])
        for person in ("lee", "raj")
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    records = journal.records()
    assert verify(journal.path).problems == ()
    for person in ("lee", "raj"):
        mine = [record.data["n"] for record in records if record.actor.person == person]
        assert mine == list(range(200))
    assert len(records) == 401


def test_threads_of_one_process_append_to_one_chain(make: Make, actor: Actor) -> None:
    journal = make(0)
    other = Journal.open(journal.path, prev=NOTHING)

    def write(to: Journal) -> None:
        for _ in range(50):
            to.append("note", {}, actor=actor)

    threads = [threading.Thread(target=write, args=(to,)) for to in (journal, journal, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(journal.path).count >= 150
    assert verify(journal.path).problems == ()
    assert len([one for one in journal.records() if one.type == "note"]) == 150


def test_only_what_is_new_is_read(make: Make, actor: Actor) -> None:
    journal = make(2)
    other = Journal.open(journal.path)
    assert len(other.refresh()) == 2
    assert other.refresh() == ()
    record = journal.append("note", {}, actor=actor)
    assert other.refresh() == (record,)
    assert other.records() == journal.records()


def test_the_second_press_is_told_who_was_first(make: Make, actor: Actor) -> None:
    journal = make(2)
    desk = Journal.open(journal.path)
    seen = len(desk.records())
    first = journal.append("task.started", {"task": "L01"}, actor=actor, expect=seen)
    with pytest.raises(Stale) as caught:
        desk.append("task.started", {"task": "L01"}, actor=actor, expect=seen)
    assert caught.value.newer == (first,)
    assert isinstance(caught.value, Refused)
    assert "'task.started' by ana came first, at 2020-11-24T01:05:03" in str(caught.value)
    assert desk.records() == journal.records()
    assert verify(journal.path).count == 3
    desk.append("task.started", {}, actor=actor, expect=3)


def test_to_expect_nothing_is_to_expect_no_record(make: Make, actor: Actor) -> None:
    journal = make(0)
    journal.append("run.opened", {}, actor=actor, expect=-1)
    for nothing in (0, -1):
        with pytest.raises(Stale):
            journal.append("run.opened", {}, actor=actor, expect=nothing)


def test_a_journal_shorter_than_what_was_seen_is_damaged(make: Make, actor: Actor) -> None:
    journal = make(3)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(b"".join(lines[:2]))
    with pytest.raises(Damaged, match="record 3: is gone"):
        journal.records()
    with pytest.raises(Damaged, match="record 3: "):
        Journal.open(journal.path).append("x", {}, actor=actor, expect=3)
    assert Damaged.exit_code is ExitCode.FAILED


def test_damage_stops_readers_and_writers_with_the_records_number(make: Make, actor: Actor) -> None:
    path = make(3).path
    path.write_bytes(path.read_bytes().replace(b'"T2"', b'"T9"'))
    before = path.read_bytes()
    with pytest.raises(Damaged, match=r"journal\.jsonl:2: record 2: does not fit its hash"):
        Journal.open(path).records()
    with pytest.raises(Damaged, match="record 2: "):
        Journal.open(path).append("x", {}, actor=actor)
    assert path.read_bytes() == before
    assert verify(path).damaged == 2


def test_a_journal_of_another_plan_is_damaged(make: Make) -> None:
    path = make(1).path
    with pytest.raises(Damaged, match="record 1: does not follow its plan"):
        Journal.open(path, prev="f" * 64).records()


def test_a_journal_is_made_once(make: Make, tmp_path: Path) -> None:
    path = make(1).path
    with pytest.raises(Refused, match="exists already"):
        Journal.create(path, prev=NOTHING)
    assert len(Journal.open(path).records()) == 1
    with pytest.raises(SetupError, match="does not exist"):
        Journal.open(tmp_path / "none.jsonl")
    with pytest.raises(SetupError, match="cannot be made"):
        Journal.create(tmp_path / "no" / "j.jsonl", prev=NOTHING)
    with pytest.raises(SetupError, match="cannot be read"):
        verify(tmp_path / "none.jsonl")


def test_an_empty_journal_needs_to_know_what_it_follows(make: Make, actor: Actor) -> None:
    path = make(0).path
    with pytest.raises(Damaged, match="record 1: is missing"):
        Journal.open(path).append("x", {}, actor=actor)
    assert Journal.open(path, prev=NOTHING).append("x", {}, actor=actor).prev == NOTHING


def test_a_clock_set_back_is_recorded_before_the_next_record(
    make: Make, actor: Actor, clock
) -> None:
    journal = make(1)
    clock.at -= timedelta(seconds=62)
    journal.append("task.done", {}, actor=actor)
    _, jumped, done = journal.records()
    assert (jumped.type, done.type) == ("clock.jumped", "task.done")
    assert jumped.data["seconds"] == -62
    assert jumped.actor.assurance == "system"
    assert verify(journal.path).problems == ()


def test_a_clock_set_forward_is_recorded_within_one_boot(make: Make, actor: Actor, clock) -> None:
    journal = make(1)
    clock.at += timedelta(seconds=3600)
    journal.append("task.done", {}, actor=actor)
    assert journal.records()[1].data["seconds"] == 3600


def test_time_that_only_passed_is_no_jump(make: Make, actor: Actor, clock) -> None:
    journal = make(1)
    clock.at += timedelta(hours=5, seconds=1.5)
    clock.mono += timedelta(hours=5).total_seconds()
    journal.append("task.done", {}, actor=actor)
    clock.at += timedelta(hours=5)
    clock.mono, clock.boot = 3.0, "boot-2"
    journal.append("task.done", {}, actor=actor)
    assert [record.type for record in journal.records()] == ["task.done"] * 3


def test_a_step_back_across_boots_is_recorded(make: Make, actor: Actor, clock) -> None:
    journal = make(1)
    clock.at -= timedelta(seconds=30)
    clock.boot = "boot-2"
    journal.append("task.done", {}, actor=actor)
    assert journal.records()[1].type == "clock.jumped"


def test_the_callers_own_reading_is_the_records_time(make: Make, actor: Actor, clock) -> None:
    journal = make(1)
    at = clock.at + timedelta(seconds=1.25)
    assert journal.append("task.done", {}, actor=actor, at=at).at == at
    assert len(journal.records()) == 2


def test_the_real_clock_runs_forward() -> None:
    one, two = system_clock(), system_clock()
    assert two.mono >= one.mono
    assert one.boot == two.boot != ""
    assert one.at.utcoffset() == timedelta(0)
