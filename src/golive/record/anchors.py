"""Run and ledger name each other, so that records cut off either's end are missed.

A run's first record names the ledger's head and the locks in force; the ledger names the run's
first record, and its last once the run is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from golive.record.actors import system_actor
from golive.record.chain import Record
from golive.record.journal import Journal
from golive.record.ledger import Ledger
from golive.record.releases import ledger_path, locks_in_force
from golive.record.runs import journal_path

__all__ = ["anchor_of", "enter_run", "is_run_folder", "known_heads", "ledger_head_now"]


def is_run_folder(folder: Path) -> bool:
    """Tell whether a folder is a run of a workspace: ``reports/runs/<run-id>``."""
    return folder.parent.name == "runs"


def ledger_head_now(folder: Path) -> Mapping[str, Any]:
    """Return what a run that opens says of the ledger: its head, and the locks in force.

    Raise Damaged when the ledger is: then nothing may begin.
    """
    if not is_run_folder(folder):
        return {}
    ledger = Ledger.open(ledger_path(folder.parents[1]))
    seq, head = ledger.head
    locks = locks_in_force(ledger.records())
    return {"ledger": {"seq": seq, "hash": head}, "locks": locks}


def enter_run(folder: Path) -> Record | None:
    """Enter a run's head in the ledger, unless it stands there; return the entry, if any."""
    if not is_run_folder(folder):
        return None
    head = Journal.open(journal_path(folder)).records()[-1]
    ledger = Ledger.open(ledger_path(folder.parents[1]))
    if ledger.known(folder.name).get(head.seq) == head.hash:
        return None
    return ledger.append("run", anchor_of(folder.name, head), actor=system_actor())


def known_heads(folder: Path) -> Mapping[int, str]:
    """Return the hashes of a run's records the ledger names; none without a ledger.

    Raise Damaged when the ledger is.
    """
    path = ledger_path(folder.parents[1])
    if not is_run_folder(folder) or not path.is_file():
        return {}
    return Ledger.open(path).known(folder.name)


def anchor_of(run: str, record: Record) -> Mapping[str, Any]:
    """Return the ledger's entry on a run's record."""
    return {"run": run, "seq": record.seq, "hash": record.hash, "type": record.type}
