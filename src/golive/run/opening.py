"""Open a run: its folder, its plan frozen beside it, and the first record of its journal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from golive.contracts import Environment, Target
from golive.errors import Damaged, Refused
from golive.gate.facts import TargetState
from golive.record.anchors import enter_run, ledger_head_now
from golive.record.chain import Actor, Record, parse_line
from golive.record.journal import Journal
from golive.run.attempts import write_json
from golive.run.standing import target_to_json
from golive.run.state import RunState, fold
from golive.runbook.planning import Plan, plan_from_json, plan_to_json

__all__ = ["environment_of", "open_run", "read_plan", "read_run"]


def open_run(
    folder: Path,
    plan: Plan,
    environment: Environment,
    *,
    actor: Actor,
    targets: Mapping[str, TargetState] | None = None,
    labels: Mapping[str, Any] | None = None,
    dry_run: bool = False,
) -> None:
    """Create the run's folder, ``plan.json`` and journal, and enter its beginning in the ledger.

    The first record follows from the plan's fingerprint, names the digest of ``plan.json`` and
    tells what the ``targets`` reported; ``labels`` are kept with it as they are. A ``dry_run``
    changes nothing, whoever carries it on. Raise FileExistsError when the folder is there,
    Damaged when the ledger is.
    """
    anchor = ledger_head_now(folder)
    folder.mkdir(parents=True)
    write_json(folder / "plan.json", plan_to_json(plan))
    digest = hashlib.sha256((folder / "plan.json").read_bytes()).hexdigest()
    journal = Journal.create(folder / "journal.jsonl", prev=plan.fingerprint)
    journal.append(
        "run.opened",
        {
            "run": folder.name,
            "mode": plan.mode,
            "runbook": plan.runbook.runbook,
            "rehearsal": plan.rehearsal,
            "dry_run": dry_run,
            "fingerprint": plan.fingerprint,
            "plan_sha256": digest,
            "t0": plan.t0,
            "environment": {
                "name": environment.name,
                "kind": environment.kind,
                "targets": {name: asdict(item) for name, item in environment.targets.items()},
                "facts": dict(environment.facts),
            },
            "targets": {name: target_to_json(item) for name, item in (targets or {}).items()},
            "labels": dict(labels or {}),
            **anchor,
        },
        actor=actor,
    )
    enter_run(folder)


def read_plan(folder: Path) -> Plan:
    """Read a run's frozen plan.

    Raise Refused for a run that was killed before its first record, Damaged when the plan is not
    there or not the one its first record names.
    """
    path = folder / "plan.json"
    opening = _first_record(folder)
    try:
        content = path.read_bytes()
        data = json.loads(content)
    except (OSError, ValueError) as error:
        raise Damaged.of(f"run '{folder.name}'", "its plan.json cannot be read") from error
    if hashlib.sha256(content).hexdigest() != opening.data["plan_sha256"]:
        raise Damaged.of(
            f"run '{folder.name}'",
            "its plan.json is not the plan the run was opened with",
            hint=f"golive verify {folder.name}",
        )
    return plan_from_json(data, path=str(path))


def _first_record(folder: Path) -> Record:
    """Return the ``run.opened`` record, without reading the rest of the journal."""
    path = folder / "journal.jsonl"
    try:
        with path.open("rb") as journal:
            line = journal.readline()
        if not line.endswith(b"\n"):
            raise Refused.of(
                f"run '{folder.name}'", "never began: it has no first record", hint="start another"
            )
        return parse_line(line)
    except OSError as error:
        raise Damaged.of(f"run '{folder.name}'", "its journal cannot be read") from error
    except ValueError as error:
        raise Damaged.of("record 1", str(error), path=str(path), line=1) from error


def read_run(folder: Path) -> RunState:
    """Return a run's state from its folder alone."""
    journal = Journal.open(folder / "journal.jsonl")
    return fold(read_plan(folder), journal.records())


def environment_of(state: RunState) -> Environment:
    """Return the environment a run was opened with; a resume acts where the run began."""
    found = state.environment
    return Environment(
        name=found["name"],
        kind=found["kind"],
        targets={name: Target(**item) for name, item in found["targets"].items()},
        facts=found["facts"],
    )
