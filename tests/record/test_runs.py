from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from golive.errors import Refused
from golive.record.chain import Actor
from golive.record.evidence import EvidenceStore
from golive.record.journal import Journal
from golive.record.ledger import Ledger
from golive.record.runs import (
    attempt_folder,
    evidence_in,
    find_run,
    latest_run,
    list_runs,
    new_run_id,
    open_journal,
    verify_run,
)

PLAN = "a" * 64
RUN = "20261124-0105-rehearsal-x3f9"


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "reports" / "evidence")


@pytest.fixture
def run(tmp_path: Path, actor: Actor, store: EvidenceStore) -> Path:
    """Return the folder of a small whole run: a plan, one attempt, two pieces of evidence."""
    folder = tmp_path / "reports" / "runs" / RUN
    attempt = attempt_folder(folder, "L01", "1")
    attempt.mkdir(parents=True)
    (folder / "plan.json").write_text('{"tasks": []}')
    (attempt / "result.json").write_text('{"exit": "finished"}')
    kept = []
    for name in ("shot.png", "log.txt"):
        (tmp_path / name).write_text(f"content of {name}")
        kept.append(asdict(store.keep(tmp_path / name)))
    journal = Journal.create(folder / "journal.jsonl", prev=PLAN)
    plan = hashlib.sha256((folder / "plan.json").read_bytes()).hexdigest()
    opened = {"run": RUN, "fingerprint": PLAN, "plan_sha256": plan}
    journal.append("run.opened", opened, actor=actor)
    result = hashlib.sha256((attempt / "result.json").read_bytes()).hexdigest()
    outcome: dict[str, Any] = {"status": "passed", "evidence": [kept[0]], "deep": {"x": [kept[1]]}}
    ended = {"task": "L01", "number": "1", "result_sha256": result, "outcome": outcome}
    journal.append("task.finished", ended, actor=actor)
    return folder


def problems(run: Path, store: EvidenceStore, **more: Any) -> list[str]:
    return [str(problem) for problem in verify_run(run, store, **more)]


def test_a_whole_run_is_intact(run: Path, store: EvidenceStore) -> None:
    assert verify_run(run, store) == ()


def test_a_flipped_byte_is_found_with_its_records_number(run: Path, store: EvidenceStore) -> None:
    path = run / "journal.jsonl"
    content = bytearray(path.read_bytes())
    content[content.index(b"passed")] ^= 1
    path.write_bytes(bytes(content))
    (found,) = problems(run, store)
    assert f"{path}:2: record 2: does not fit its hash" in found


def test_a_changed_plan_is_found(run: Path, store: EvidenceStore) -> None:
    (run / "plan.json").write_text('{"tasks": ["more"]}')
    assert "plan.json: is not what record 1 names" in problems(run, store)[0]
    (run / "plan.json").unlink()
    assert "plan.json: cannot be read: No such file" in problems(run, store)[0]


def test_a_changed_result_is_found(run: Path, store: EvidenceStore) -> None:
    result = attempt_folder(run, "L01", "1") / "result.json"
    result.write_text('{"exit": "stopped"}')
    assert "result of L01/1: is not what record 2 names" in problems(run, store)[0]


@pytest.mark.parametrize("which", [0, 1])
def test_evidence_named_anywhere_is_checked(run: Path, store: EvidenceStore, which: int) -> None:
    record = open_journal(run).records()[1]
    evidence = sorted(evidence_in(record.data), key=lambda one: one.name)[which]
    stored = store.path(evidence.sha256)
    content = stored.read_bytes()
    stored.unlink()
    (found,) = problems(run, store)
    assert f"evidence '{evidence.name}': named by record 2 is missing" in found
    stored.write_bytes(content[:-1] + b"!")
    (found,) = problems(run, store)
    assert "has changed" in found


def test_records_cut_off_the_end_are_found_by_the_ledger(
    run: Path, store: EvidenceStore, tmp_path: Path, actor: Actor
) -> None:
    head = open_journal(run).records()[-1]
    ledger = Ledger.open(tmp_path / "reports" / "ledger.jsonl")
    ledger.append("run", {"run": RUN, "seq": head.seq, "hash": head.hash}, actor=actor)
    assert problems(run, store, known=ledger.known(RUN)) == []
    path = run / "journal.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert problems(run, store) == []
    assert "record 2: is missing" in problems(run, store, known=ledger.known(RUN))[0]


def test_a_run_under_another_name_or_plan_is_found(run: Path, store: EvidenceStore) -> None:
    other = run.rename(run.with_name("20261125-0000-live-zzzz"))
    assert f"record 1: is of run '{RUN}', not of" in problems(other, store)[0]


def test_a_journal_that_does_not_follow_its_plan_is_found(
    tmp_path: Path, store: EvidenceStore, actor: Actor
) -> None:
    folder = tmp_path / "r"
    folder.mkdir()
    journal = Journal.create(folder / "journal.jsonl", prev="b" * 64)
    assert "has no whole record" in problems(folder, store)[0]
    (folder / "plan.json").write_text("{}")
    journal.append("run.opened", {"run": "r", "fingerprint": PLAN}, actor=actor)
    found = problems(folder, store)
    assert "does not follow from the plan fingerprint it names" in found[0]
    assert "plan.json: is not named by record 1" in found[1]
    assert "cannot be read" in problems(tmp_path / "none", store)[0]


def test_run_ids_sort_by_time_and_differ() -> None:
    east = timezone(timedelta(hours=8))
    now = datetime(2026, 11, 24, 9, 5, tzinfo=east)
    names = {new_run_id("rehearsal", now) for _ in range(20)}
    assert len(names) > 15
    assert all(name.startswith("20261124-0105-rehearsal-") for name in names)
    assert new_run_id("live", now) < new_run_id("live", now + timedelta(minutes=1))
    assert new_run_id("demo", datetime(2026, 1, 1, tzinfo=UTC)).startswith("20260101-0000-demo-")


@pytest.fixture
def runs(tmp_path: Path) -> Callable[..., Path]:
    def made(*names: str) -> Path:
        for name in names:
            (tmp_path / "runs" / name).mkdir(parents=True)
            (tmp_path / "runs" / name / "journal.jsonl").touch()
        (tmp_path / "runs" / "not-a-run").mkdir(parents=True, exist_ok=True)
        return tmp_path / "runs"

    return made


def test_runs_are_listed_by_time(runs: Callable[..., Path]) -> None:
    root = runs("20261125-0000-live-aaaa", "20261124-0105-rehearsal-bbbb")
    assert [path.name[:8] for path in list_runs(root)] == ["20261124", "20261125"]
    assert latest_run(root).name == "20261125-0000-live-aaaa"
    assert latest_run(runs("20261126-0000-uat-cccc")).name == "20261125-0000-live-aaaa"


def test_runs_of_the_same_minute_are_listed_as_they_were_opened(
    runs: Callable[..., Path],
) -> None:
    names = ("20261125-0000-rehearsal-2222", "20261125-0000-uat-9999", "20261125-0000-cutover-3333")
    root = runs(*names)
    for name, second in zip(names, (30, 10, 20), strict=True):
        first = {"actor": {"person": "li"}, "at": f"2026-11-25T00:00:{second}+00:00", "data": {}}
        (root / name / "journal.jsonl").write_text(json.dumps(first, separators=(",", ":")) + "\n")
    assert [path.name[-4:] for path in list_runs(root)] == ["9999", "3333", "2222"]
    assert latest_run(root).name == "20261125-0000-rehearsal-2222"


def test_a_run_is_found_by_part_of_its_name(runs: Callable[..., Path]) -> None:
    root = runs("20261124-0105-live-aaaa", "20261124-0107-live-bbbb", "20261124-0107-live-bbbb2")
    assert find_run(root, "20261124-0105").name == "20261124-0105-live-aaaa"
    assert find_run(root, "aaaa").name == "20261124-0105-live-aaaa"
    assert find_run(root, "20261124-0107-live-bbbb").name == "20261124-0107-live-bbbb"
    with pytest.raises(Refused, match=r"could be any of 20261124-0107-live-bbbb, 2.*write more"):
        find_run(root, "20261124-0107")
    with pytest.raises(Refused, match="did you mean '20261124-0105-live-aaaa'"):
        find_run(root, "20261124-0105-live-aaab")
    with pytest.raises(Refused, match="the newest is '20261124-0107-live-bbbb2'"):
        find_run(root, "")


def test_without_runs_the_next_action_is_said(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == ()
    with pytest.raises(Refused, match="there is none yet"):
        latest_run(tmp_path)
    with pytest.raises(Refused, match="rehearse first"):
        find_run(tmp_path, "x")
