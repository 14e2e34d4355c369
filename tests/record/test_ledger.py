from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from golive.errors import Damaged
from golive.record.chain import NOTHING, Actor
from golive.record.journal import Stale
from golive.record.ledger import TYPES, Ledger, verify_ledger

_WRITER = """
import sys
from pathlib import Path
from golive.record.actors import this_actor
from golive.record.ledger import Ledger
ledger = Ledger.open(Path(sys.argv[1]))
for number in range(20):
    ledger.append("run", {"n": number}, actor=this_actor(sys.argv[2], assurance="simulated"))
"""


def test_the_ledger_begins_from_nothing_and_takes_every_type(tmp_path: Path, actor: Actor) -> None:
    path = tmp_path / "reports" / "ledger.jsonl"
    ledger = Ledger.open(path)
    assert ledger.records() == ()
    for kind in TYPES:
        ledger.append(kind, {"what": kind}, actor=actor)
    records = Ledger.open(path).records()
    assert tuple(record.type for record in records) == TYPES
    assert records[0].prev == NOTHING == "0" * 64
    assert verify_ledger(path).problems == ()


def test_an_unknown_type_is_refused(tmp_path: Path, actor: Actor) -> None:
    ledger = Ledger.open(tmp_path / "ledger.jsonl")
    with pytest.raises(ValueError, match="'status' is none of the ledger's types"):
        ledger.append("status", {}, actor=actor)
    assert ledger.records() == ()


def test_two_processes_begin_and_write_one_ledger(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "ledger.jsonl"
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(path), person])
        for person in ("lee", "raj")
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    found = verify_ledger(path)
    assert (found.count, found.problems) == (40, ())


def test_a_decision_on_an_old_head_is_stale(tmp_path: Path, actor: Actor) -> None:
    ledger = Ledger.open(tmp_path / "ledger.jsonl")
    ledger.append("signoff", {}, actor=actor, expect=0)
    with pytest.raises(Stale):
        ledger.append("revoke", {}, actor=actor, expect=0)


def test_a_changed_entry_is_found(tmp_path: Path, actor: Actor) -> None:
    path = tmp_path / "ledger.jsonl"
    for verdict in ("go", "no-go"):
        Ledger.open(path).append("decision", {"verdict": verdict}, actor=actor)
    path.write_bytes(path.read_bytes().replace(b"no-go", b"go-go"))
    assert verify_ledger(path).damaged == 2
    with pytest.raises(Damaged, match="record 2"):
        Ledger.open(path).records()


def test_the_ledger_knows_the_heads_of_runs(tmp_path: Path, actor: Actor) -> None:
    ledger = Ledger.open(tmp_path / "ledger.jsonl")
    ledger.append("run", {"run": "r1", "seq": 4, "hash": "a" * 64}, actor=actor)
    ledger.append("run", {"run": "r2", "seq": 9, "hash": "b" * 64}, actor=actor)
    ledger.append("gate", {"run": "r1", "seq": 5, "hash": "c" * 64}, actor=actor)
    assert ledger.known("r1") == {4: "a" * 64}
    assert ledger.known("r3") == {}
