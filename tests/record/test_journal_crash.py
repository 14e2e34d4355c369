"""What a crash, a full disk or a cut file leaves: recovered and said, or damage; never silence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from golive.errors import Damaged, SetupError
from golive.record.canonical import sha256_hex
from golive.record.chain import NOTHING, Actor
from golive.record.clock import Reading
from golive.record.journal import Journal, Stale, verify

Make = Callable[[int], Journal]
BY = Actor(person="ana", os_user="ops", host="bastion", tty="", assurance="claimed")
THEN = Reading(at=datetime(2020, 11, 24, 1, 5, tzinfo=UTC), mono=1.0, boot="b")

_FULL = """
import resource, sys
from pathlib import Path
from golive.errors import SetupError
from golive.record.actors import system_actor
from golive.record.journal import Journal
path = Path(sys.argv[1])
journal = Journal.open(path)
journal.records()
limit = path.stat().st_size + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
try:
    journal.append("task.starting", {"task": "L01"}, actor=system_actor())
except SetupError as error:
    print(error)
else:
    sys.exit("was appended")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.append("task.starting", {"task": "L02"}, actor=system_actor())
"""


def test_cut_at_every_byte_it_is_recovered_and_said(make: Make, tmp_path: Path) -> None:
    content = make(2).path.read_bytes()
    path = tmp_path / "cut.jsonl"
    for size in range(len(content)):
        path.write_bytes(content[:size])
        whole = content[:size].count(b"\n")
        torn = content[:size].rpartition(b"\n")[2]
        assert verify(path).torn == len(torn)
        journal = Journal.open(path, prev=NOTHING)
        assert len(journal.records()) == whole
        journal.append("note", {}, actor=BY)
        types = [record.type for record in journal.records()[whole:]]
        assert verify(path, prev=NOTHING).problems == ()
        if not torn:
            assert types == ["note"]
            continue
        assert [kind for kind in types if kind != "clock.jumped"] == ["journal.recovered", "note"]
        (recovered,) = journal.recovered
        assert recovered.data["lost_bytes"] == len(torn)
        assert recovered.data["lost_sha256"] == sha256_hex(torn)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(draw=st.data())
def test_any_flip_or_cut_is_never_silent(tmp_path: Path, draw: st.DataObject) -> None:
    """After any one change the record, as read and appended to, still tells of it."""
    path = tmp_path / "journal.jsonl"
    path.unlink(missing_ok=True)
    journal = Journal.create(path, prev=NOTHING, clock=lambda: THEN)
    for number in range(3):
        journal.append("note", {"n": number}, actor=BY)
    content = path.read_bytes()
    at = draw.draw(st.integers(0, len(content) - 1))
    owner = content[:at].count(b"\n") + 1
    if draw.draw(st.booleans()):
        flipped = content[at] ^ draw.draw(st.integers(1, 255))
        path.write_bytes(content[:at] + bytes([flipped]) + content[at + 1 :])
        assert verify(path).problems[0].subject == f"record {owner}"
        with pytest.raises(Damaged, match=f"record {owner}: "):
            Journal.open(path).records()
        with pytest.raises(Damaged, match=f"record {owner}: "):
            Journal.open(path).append("note", {}, actor=BY)
    else:
        path.write_bytes(content[:at])
        with pytest.raises(Damaged):
            journal.records()
        again = Journal.open(path, prev=NOTHING)
        torn = not content[:at].endswith(b"\n") and at > 0
        again.append("note", {}, actor=BY)
        assert bool(again.recovered) == torn


def test_a_last_record_that_was_acted_on_is_not_taken_for_torn(make: Make) -> None:
    """Its newline is another byte now; to drop it could start a task twice."""
    path = make(2).path
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Damaged, match="record 2: is followed by something else than a newline"):
        Journal.open(path).append("note", {}, actor=BY)
    with pytest.raises(Damaged, match="record 2: "):
        Journal.open(path).records()


def test_a_last_record_with_its_newline_and_a_wrong_hash_is_damage(make: Make) -> None:
    path = make(2).path
    path.write_bytes(path.read_bytes().replace(b'"T2"', b'"T3"'))
    with pytest.raises(Damaged, match="record 2: does not fit its hash"):
        Journal.open(path).append("note", {}, actor=BY)


def test_zeros_of_a_power_cut_are_torn(make: Make) -> None:
    journal = make(1)
    with journal.path.open("ab") as file:
        file.write(b'{"actor":{"assur' + b"\0" * 4000)
    journal.append("note", {}, actor=BY)
    assert journal.recovered[0].data["lost_bytes"] == 4016
    assert b"\0" not in journal.path.read_bytes()


def test_recovery_of_a_long_line_leaves_none_of_it(make: Make) -> None:
    journal = make(1)
    with journal.path.open("ab") as file:
        file.write(b'{"actor":' + b"[" * 20000)
    journal.append("note", {}, actor=BY)
    assert verify(journal.path).problems == ()
    assert len(journal.recovered[0].data["lost"]) == 2000


def test_recovery_does_not_make_a_decision_stale(make: Make) -> None:
    journal = make(2)
    with journal.path.open("ab") as file:
        file.write(b'{"actor"')
    journal.append("task.done", {}, actor=BY, expect=2)
    with pytest.raises(Stale):
        journal.append("task.done", {}, actor=BY, expect=2)


def test_a_line_being_written_is_not_read_yet(make: Make) -> None:
    journal = make(2)
    reader = Journal.open(journal.path)
    line = journal.path.read_bytes().splitlines(keepends=True)[1]
    os.truncate(journal.path, journal.path.stat().st_size - len(line) // 2)
    assert len(reader.records()) == 1
    with journal.path.open("ab") as file:
        file.write(line[-(len(line) // 2) :])
    assert reader.records() == journal.records()


@pytest.mark.parametrize("room", [0, 1, 150])
def test_a_disk_without_room_takes_no_half_record(make: Make, room: int) -> None:
    path = make(3).path
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(path), str(room)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "cannot be written: File too large (nothing was recorded; make room" in done.stdout
    found = verify(path)
    assert found.problems == ()
    kept = [record.data.get("task") for record in found.records if record.type != "clock.jumped"]
    assert kept == ["T1", "T2", "T3", "L02"]


def test_a_torn_line_stays_when_there_is_no_room_to_say_so(make: Make) -> None:
    path = make(2).path
    with path.open("ab") as file:
        file.write(b'{"other":{"as')
    before = path.read_bytes()
    code = _FULL.partition("resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INF")[0]
    subprocess.run([sys.executable, "-c", code, str(path), "20"], check=True, timeout=60)
    assert path.read_bytes() == before


def test_an_error_of_fsync_takes_the_record_back(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = make(2)
    before = journal.path.read_bytes()

    def fail(_file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(SetupError, match="No space left on device"):
            journal.append("note", {}, actor=BY)
    assert journal.path.read_bytes() == before
    journal.append("note", {}, actor=BY)
    assert [record.seq for record in journal.records()][:3] == [1, 2, 3]


def test_an_append_killed_at_any_moment_leaves_a_journal_that_goes_on(make: Make) -> None:
    """kill -9 of a process that does nothing but append, as early and as late as it comes."""
    path = make(1).path
    code = (
        "import sys; from pathlib import Path; from golive.record.actors import system_actor\n"
        "from golive.record.journal import Journal\n"
        "journal = Journal.open(Path(sys.argv[1]))\n"
        "while True: print(journal.append('note', {'t': 'x' * 5000}, actor=system_actor()).seq,"
        " flush=True)"
    )
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            told = [int(writer.stdout.readline()) for _ in range(5)]
            writer.kill()
            told += [int(line) for line in writer.stdout.read().split()]
        journal = Journal.open(path)
        assert journal.records()[-1].seq >= told[-1], "what was told to be on disk is there"
        journal.append("note", {}, actor=BY)
        assert verify(path).problems == ()
