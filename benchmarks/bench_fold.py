"""A journal of 100,000 records of a night of 500 tasks, folded; and read from disk before.

The peer is what any reader of such a journal has to do at the least: parse its lines as JSON. Each
figure is CPU seconds of this process, the best of seven.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from bench_plan import big_plan
from measuring import ratio, write

from golive.outcome import Outcome, Status, outcome_to_json
from golive.record.chain import Actor, Record, seal
from golive.record.journal import Journal
from golive.run.state import fold
from golive.runbook.planning import Plan

TASKS = 500
RECORDS = 100_000
BEGIN = datetime(2026, 12, 4, 12, tzinfo=UTC)
SYSTEM = Actor(person="golive", os_user="ops", host="bench", tty="", assurance="system")
PERSON = Actor(person="p1", os_user="ops", host="bench", tty="", assurance="claimed")


def events(plan: Plan) -> Iterator[tuple[str, dict[str, Any], Actor]]:
    """Yield what a long night writes: every task of a tool fails, is repaired and done again."""
    yield "run.opened", {"run": "bench", "environment": {"kind": "demo"}}, SYSTEM
    names = [task.id for task in plan.runbook.tasks if task.kind == "command"]
    ends = {
        status: outcome_to_json(
            Outcome(status=status, summary="it ran", started=BEGIN, ended=BEGIN)
        )
        for status in (Status.FAILED, Status.PASSED)
    }
    number = 0
    while True:
        number += 1
        for name in names:
            attempt = {"task": name, "number": str(number)}
            yield "task.starting", {**attempt, "role": "run"}, SYSTEM
            yield "task.started", attempt, SYSTEM
            done = {**attempt, "exit": "finished", "outcome": ends[Status.FAILED]}
            yield "task.finished", done, SYSTEM
            press = {"task": name, "verb": "retry", "to": "pending", "reason": "repaired"}
            yield "task.acted", press, PERSON


def journal_of(plan: Plan) -> list[Record]:
    """Return the records, sealed as a journal seals them."""
    found: list[Record] = []
    prev = plan.fingerprint
    for seq, (kind, data, actor) in enumerate(events(plan), 1):
        at = BEGIN + timedelta(seconds=seq)
        record = seal(
            seq=seq, at=at, mono=float(seq), boot="bench", actor=actor, type=kind, data=data,
            prev=prev,
        )  # fmt: skip
        found.append(record)
        prev = record.hash
        if seq == RECORDS:
            break
    return found


def seconds(work: Callable[[], Any]) -> float:
    """Return the CPU seconds of the quickest of seven."""
    took = []
    for _ in range(7):
        began = process_time()
        work()
        took.append(process_time() - began)
    return round(min(took), 3)


def main() -> None:
    """Measure and write."""
    with tempfile.TemporaryDirectory() as folder:
        plan = big_plan(Path(folder), TASKS)
        records = journal_of(plan)
        path = Path(folder) / "journal.jsonl"
        path.write_bytes(b"".join(record.line() for record in records))
        lines = path.read_bytes().splitlines()
        folded = seconds(lambda: fold(plan, records))
        parsed = seconds(lambda: [json.loads(line) for line in lines])
        read = seconds(lambda: Journal.open(path, prev=plan.fingerprint).records())
    state = fold(plan, records)
    figures = {
        "claim": "CPU seconds of one process",
        "records": state.head, "tasks": TASKS, "attempts": len(state.attempts),
        "fold": folded, "parse the lines as JSON": parsed,
        "read and verify the chain": read,
        "fold / parse": ratio(folded, parsed), "read and verify / parse": ratio(read, parsed),
    }  # fmt: skip
    write("fold", figures)


if __name__ == "__main__":
    main()
