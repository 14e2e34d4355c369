"""The effects ledger: one line for every change an operator-type action made to the demo."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "effects.jsonl"
BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One change: when (RFC 3339, UTC), on which system, what, and by which attempt."""

    at: str
    system: str
    effect: str
    attempt: str


def attempt_from_environment() -> str:
    """Name the attempt this process belongs to (GOLIVE_ATTEMPT), or `by-hand`."""
    return os.environ.get("GOLIVE_ATTEMPT") or BY_HAND


def same_task(one: str, other: str) -> bool:
    """Tell whether two attempts (`run/task/number`) are of one task of one run."""
    task = one.rpartition("/")[0]
    return bool(task) and task == other.rpartition("/")[0]


def record(folder: Path, system: str, effect: str, attempt: str) -> None:
    """Append one effect to `folder`/effects.jsonl: one write, on disk when this returns.

    `system` is `old`, `new`, `gateway` or `files`; `effect` a word such as `freeze` or
    `load-customers`. Call it right after the change, and only when something did change.
    """
    line = json.dumps(
        {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "system": system,
            "effect": effect,
            "attempt": attempt,
        },
        ensure_ascii=False,
    )
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    descriptor = os.open(folder / FILE_NAME, flags, 0o644)
    try:
        os.write(descriptor, line.encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(folder: Path) -> tuple[Effect, ...]:
    """Read all effects, in the order they were made; empty when there are none yet."""
    path = folder / FILE_NAME
    if not path.exists():
        return ()
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(Effect(**json.loads(line)) for line in lines)
