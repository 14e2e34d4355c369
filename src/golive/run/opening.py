"""Open a run: its folder, its plan frozen beside it, and the first record of its journal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from golive.contracts import Environment, Target
from golive.errors import Damaged
from golive.record.chain import Actor
from golive.record.journal import Journal
from golive.run.attempts import write_json
from golive.run.state import RunState, fold
from golive.runbook.planning import Plan, plan_from_json, plan_to_json

__all__ = ["environment_of", "open_run", "read_plan", "read_run"]


def open_run(folder: Path, plan: Plan, environment: Environment, *, actor: Actor) -> None:
    """Create the run's folder, ``plan.json`` and journal.

    The first record follows from the plan's fingerprint and names the digest of ``plan.json``.
    Raise FileExistsError when the folder is there.
    """
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
            "fingerprint": plan.fingerprint,
            "plan_sha256": digest,
            "t0": plan.t0,
            "environment": {
                "name": environment.name,
                "kind": environment.kind,
                "targets": {name: asdict(item) for name, item in environment.targets.items()},
                "facts": dict(environment.facts),
            },
        },
        actor=actor,
    )


def read_plan(folder: Path) -> Plan:
    """Read a run's frozen plan. Raise Damaged when it is not there or not what was frozen."""
    path = folder / "plan.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Damaged.of(f"run '{folder.name}'", "its plan.json cannot be read") from error
    return plan_from_json(data, path=str(path))


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
