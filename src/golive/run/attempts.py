"""The folder of one attempt: prepared by a controller, claimed and filled by one detached worker.

The folder is the whole protocol; controller and worker share no memory, pipe or socket, so either
may be killed at any moment and the other, or its successor, still reads what happened:

``attempt.json`` what to do · ``claim`` who does it · ``worker.json`` its processes · ``log.txt`` ·
``output.txt`` what the engine printed · ``work/`` · ``stop.json`` · ``result.json``
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from golive.contracts import Args, AttemptId, Environment, Target
from golive.errors import Damaged
from golive.outcome import Outcome, outcome_from_json, outcome_to_json
from golive.project import SecretRef
from golive.run import processes, surroundings
from golive.run.processes import ProcessIdentity

__all__ = [
    "FOLDER_VARIABLE",
    "AttemptResult",
    "AttemptSpec",
    "Exit",
    "Observation",
    "State",
    "left_over",
    "observe",
    "prepare",
    "read_reported",
    "read_result",
    "read_spec",
    "request_stop",
    "stop_lost",
    "stop_reason",
    "write_json",
    "write_result",
]

#: Names the attempt's folder to every process of the attempt.
FOLDER_VARIABLE = "GOLIVE_ATTEMPT_DIR"


class Exit(StrEnum):
    """How an attempt ended, whatever the engine says of the system under test."""

    #: The engine ended by itself; its outcome counts.
    FINISHED = "finished"
    STOPPED = "stopped"
    TIMEOUT = "timeout"
    #: The engine died or raised; the outcome is ``broken``.
    CRASHED = "crashed"
    #: A newer controller has taken over; nothing was done.
    FENCED = "fenced"


class State(StrEnum):
    """What a folder shows of its attempt."""

    ABSENT = "absent"
    #: Not claimed by any worker: nothing has been done, and it is safe to launch (again).
    PREPARED = "prepared"
    RUNNING = "running"
    FINISHED = "finished"
    #: The worker is gone and left no result: in doubt.
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptSpec:
    """What a worker is to do. Holds names and places of secrets, never a value."""

    attempt: AttemptId
    engine: str
    args: Args
    workspace: Path
    environment: Environment
    secret_refs: tuple[SecretRef, ...] = ()
    dry_run: bool = False
    language: str = "en"
    #: Seconds until the attempt is ended; ``None`` for no limit.
    timeout: float | None = None
    #: Fencing token of the controller that prepared the attempt.
    token: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """What a worker wrote last. Instants are aware UTC."""

    exit: Exit
    #: ``None`` when the engine said nothing, as after a stop.
    outcome: Outcome | None
    ended: datetime
    #: Processes still alive at the end. After a stop, timeout or crash: could not be ended. After
    #: a normal end: left running by the engine and still marked as the attempt's.
    survivors: tuple[ProcessIdentity, ...] = ()
    #: A sentence for each place on other machines where its work may go on.
    elsewhere: tuple[str, ...] = ()
    #: Why, in one sentence; empty for a normal end.
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """An attempt as seen from outside at one moment."""

    state: State
    #: Set exactly when finished.
    result: AttemptResult | None = None
    #: Who claimed the attempt; ``None`` before.
    worker: ProcessIdentity | None = None
    #: When lost: the attempt's processes that still live.
    living: tuple[int, ...] = ()
    #: When lost: what the engine itself reported before or after the worker's death, if anything.
    reported: Outcome | None = None
    #: A stop was requested and is not yet answered by a result.
    stopping: bool = False


def write_json(path: Path, data: Mapping[str, object]) -> None:
    """Put a JSON file in place: whole or not at all, and still there after a power cut."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(data, file, ensure_ascii=False, indent=1, sort_keys=True, default=_plain)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    _sync_folder(path.parent)


def _plain(value: object) -> object:
    """Turn a mapping that is no dict into one, for JSON."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON data")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; ``None`` when there is no such file. Raise Damaged when it is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Damaged.of(f"'{path.name}'", "cannot be read", path=str(path)) from error
    if not isinstance(data, dict):
        raise Damaged.of(f"'{path.name}'", "is not a JSON object", path=str(path))
    return data


def prepare(folder: Path, spec: AttemptSpec) -> None:
    """Make the attempt's folder with its ``attempt.json``, both at once and durable.

    Raise FileExistsError when the folder is there: the same attempt is never prepared twice.
    """
    if folder.exists():
        raise FileExistsError(str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        draft.chmod(0o755)
        write_json(draft / "attempt.json", _spec_to_json(spec))
        # Renaming onto a folder that holds anything fails, so of two racing controllers one wins.
        draft.rename(folder)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if folder.exists():
            raise FileExistsError(str(folder)) from error
        raise
    _sync_folder(folder.parent)


def _spec_to_json(spec: AttemptSpec) -> dict[str, object]:
    environment = {
        "name": spec.environment.name,
        "kind": spec.environment.kind,
        "targets": {name: asdict(target) for name, target in spec.environment.targets.items()},
        "facts": dict(spec.environment.facts),
    }
    return {
        "attempt": asdict(spec.attempt),
        "engine": spec.engine,
        "args": dict(spec.args),
        "workspace": str(spec.workspace.absolute()),
        "environment": environment,
        "secret_refs": [asdict(ref) for ref in spec.secret_refs],
        "dry_run": spec.dry_run,
        "language": spec.language,
        "timeout": spec.timeout,
        "token": spec.token,
    }


def read_spec(folder: Path) -> AttemptSpec:
    """Read what an attempt is to do. Raise Damaged when ``attempt.json`` is missing or wrong."""
    path = folder / "attempt.json"
    data = _read_json(path)
    if data is None:
        raise Damaged.of("'attempt.json'", "is missing", path=str(path))
    try:
        return _spec_from_json(data)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Damaged.of("'attempt.json'", f"is incomplete: {error}", path=str(path)) from error


def _spec_from_json(data: Mapping[str, Any]) -> AttemptSpec:
    around = data["environment"]
    return AttemptSpec(
        attempt=AttemptId(**data["attempt"]),
        engine=data["engine"],
        args=data["args"],
        workspace=Path(data["workspace"]),
        environment=Environment(
            name=around["name"],
            kind=around["kind"],
            targets={name: Target(**target) for name, target in around["targets"].items()},
            facts=around["facts"],
        ),
        secret_refs=tuple(SecretRef(**ref) for ref in data["secret_refs"]),
        dry_run=data["dry_run"],
        language=data["language"],
        timeout=data["timeout"],
        token=data["token"],
    )


def observe(folder: Path) -> Observation:
    """Tell how an attempt stands. Raise Damaged when a file of it does not parse."""
    if not (folder / "attempt.json").exists():
        return Observation(state=State.ABSENT)
    claim = _read_json(folder / "claim")
    stopping = (folder / "stop.json").exists()
    if claim is None:
        return Observation(state=State.PREPARED, stopping=stopping)
    worker = ProcessIdentity.from_json(claim)
    # Look for life first: a worker that ends between the two looks has left its result.
    alive = processes.is_alive(worker)
    if (folder / "result.json").exists():
        return Observation(state=State.FINISHED, result=read_result(folder), worker=worker)
    if alive:
        return Observation(state=State.RUNNING, worker=worker, stopping=stopping)
    return Observation(
        state=State.LOST,
        worker=worker,
        stopping=stopping,
        living=tuple(sorted(left_over(folder))),
        reported=read_reported(folder),
    )


def read_reported(folder: Path) -> Outcome | None:
    """Return what the engine itself reported, before the worker made a result of it."""
    data = _read_json(folder / "outcome.json")
    return outcome_from_json(data) if data is not None else None


def request_stop(folder: Path, reason: str) -> None:
    """Ask the worker to end the attempt; a second request changes nothing."""
    if not (folder / "stop.json").exists():
        at = datetime.now(UTC).isoformat()
        write_json(folder / "stop.json", {"reason": reason, "requested": at})


def stop_reason(folder: Path) -> str | None:
    """Return why a stop was requested, ``None`` when it was not."""
    data = _read_json(folder / "stop.json")
    return None if data is None else str(data.get("reason", ""))


def left_over(folder: Path) -> frozenset[int]:
    """Return the processes that live on of an attempt whose worker is gone, or has ended it.

    Found are those that carry its mark, and the recorded survivors with what is below them:
    another user's mark cannot be read. What such a one leaves behind in its turn is not found.
    """
    found = set(processes.tree(None, str(read_spec(folder).attempt)))
    if (folder / "result.json").exists():
        for process in filter(processes.is_alive, read_result(folder).survivors):
            found |= {process.pid} | processes.descendants(process.pid)
    claim = _read_json(folder / "claim")
    worker = ProcessIdentity.from_json(claim) if claim is not None else None
    if worker is not None and processes.is_alive(worker):
        # It has said its last word, its result is there, and it goes by itself.
        found.discard(worker.pid)
    return frozenset(found)


def stop_lost(folder: Path) -> tuple[int, ...]:
    """End what an attempt left running; return what survives (nothing: proven stopped).

    Its private folder (secrets, raw output) is removed when nothing survives. Raise ValueError
    while its worker lives and has left no result.
    """
    if observe(folder).state is State.RUNNING:
        raise ValueError(f"the worker of '{folder}' lives; request a stop instead")
    survivors = processes.end_tree(lambda: left_over(folder))
    details = _read_json(folder / "worker.json")
    if not survivors and details is not None:
        surroundings.remove_private(Path(details["private"]))
    return survivors


def write_result(folder: Path, result: AttemptResult) -> None:
    """Put ``result.json`` in place: the attempt is over."""
    data = {
        "exit": result.exit.value,
        "outcome": outcome_to_json(result.outcome) if result.outcome is not None else None,
        "ended": result.ended.isoformat(),
        "survivors": [process.to_json() for process in result.survivors],
        "elsewhere": list(result.elsewhere),
        "reason": result.reason,
    }
    write_json(folder / "result.json", data)


def read_result(folder: Path) -> AttemptResult:
    """Read how an attempt ended. Raise FileNotFoundError when it has not, Damaged when unclear."""
    path = folder / "result.json"
    data = _read_json(path)
    if data is None:
        raise FileNotFoundError(str(path))
    try:
        return AttemptResult(
            exit=Exit(data["exit"]),
            outcome=outcome_from_json(data["outcome"]) if data["outcome"] is not None else None,
            ended=datetime.fromisoformat(data["ended"]),
            survivors=tuple(ProcessIdentity.from_json(item) for item in data["survivors"]),
            elsewhere=tuple(data.get("elsewhere", ())),
            reason=data["reason"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged.of("'result.json'", f"is incomplete: {error}", path=str(path)) from error
