"""Carry out one attempt, detached: claim it, run its engine in a child, end it for certain.

``python -m golive.run.worker ATTEMPT_DIR``, or ``--ready ENGINE...`` with the attempt to come by
the standard input. The supervisor below never runs foreign code itself,
so that whatever an engine does it can be stopped, timed out and its end be recorded. It is the
subreaper of everything the engine starts. The calls in order::

    main -> _carry_out -> _claim
                       -> _supervise -> _fenced
                                     -> _run_engine                                    (the child)
                                     -> _wait -> end_attempt -> _tidy -> write_result  (above it)
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from golive.errors import ExitCode, GoliveError, SetupError
from golive.outcome import Outcome, outcome_to_json
from golive.plugins import load_engine
from golive.record.redaction import Redactor, redact_tree
from golive.run import attempts, processes, surroundings
from golive.run.attempts import AttemptResult, AttemptSpec, Exit
from golive.run.ending import broken, end_attempt
from golive.run.engine_context import WorkerContext, engine_context
from golive.run.launching import READY, read_order

__all__ = ["main"]

#: Seconds between two looks for a stop request; a child's end is noticed at once.
_LOOK = 0.1


def main(arguments: list[str]) -> int:
    """Carry out the attempt in ``arguments[0]``, or one to come; return the process's exit code."""
    if arguments[:1] == [READY]:
        folder = _wait_for_order(arguments[1:])
        return int(ExitCode.PASSED) if folder is None else _carry_out(folder)
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m golive.run.worker ATTEMPT_DIR\n")
        return int(ExitCode.REFUSED)
    return _carry_out(Path(arguments[0]).absolute())


def _wait_for_order(engines: list[str]) -> Path | None:
    """Load what an attempt may need, wait for one, and become its worker; None when none came."""
    for name in engines:
        # What is wrong with an engine is told by the attempt that needs it.
        with suppress(Exception):
            load_engine(name)
    order = read_order(sys.stdin.readline())
    if order is None:
        return None
    folder, environment = order
    log = os.open(folder / "worker.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for mine, standard in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(mine, standard)
    os.close(nothing)
    os.close(log)
    if not processes.mark(environment[processes.ATTEMPT_VARIABLE]):
        # What it starts could not be found again: begin as one that is marked from its start.
        words = [sys.executable, "-P", "-m", "golive.run.worker", str(folder)]
        os.execve(sys.executable, words, environment)  # noqa: S606 - this very program
    os.environ.clear()
    os.environ.update(environment)
    return folder


def _carry_out(folder: Path) -> int:
    try:
        spec = attempts.read_spec(folder)
        if not _claim(folder):
            return int(ExitCode.PASSED)
        os.chdir(spec.workspace)
        sys.path.insert(0, str(spec.workspace))
        return _supervise(folder, spec)
    except GoliveError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)


def _claim(folder: Path) -> bool:
    """Take the attempt for this process; false when another has it. Atomic, with who we are."""
    me = processes.identify(os.getpid())
    if me is None:
        raise SetupError.of("worker", "cannot see itself in /proc", hint="Linux only")
    draft = folder / f".claim.{os.getpid()}"
    attempts.write_json(draft, me.to_json())
    try:
        os.link(draft, folder / "claim")
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _supervise(folder: Path, spec: AttemptSpec) -> int:
    if _fenced(folder, spec):
        _finish(folder, Exit.FENCED, reason="a newer controller has taken over")
        return 0
    stop = _Stop(folder)
    processes.become_subreaper()
    private = surroundings.make_private()
    me = processes.identify(os.getpid())
    attempts.write_json(
        folder / "worker.json", {**(me.to_json() if me else {}), "private": str(private)}
    )
    started = datetime.now(UTC)
    try:
        context = engine_context(folder, spec)
    except SetupError as error:
        surroundings.remove_private(private)
        _finish(folder, Exit.FINISHED, outcome=broken(str(error), started))
        return 0
    why, code = Exit.STOPPED, None
    if stop.reason() is None:
        child = os.fork()
        if child == 0:
            return _run_engine(context, private)
        why, code = _wait(child, stop, spec.timeout)
    result = end_attempt(context, why=why, code=code, started=started, reason=stop.reason() or "")
    _tidy(folder, private, context.redactor)
    attempts.write_result(folder, result)
    return 0


def _fenced(folder: Path, spec: AttemptSpec) -> bool:
    """Tell whether the run has a newer controller than the one that prepared this attempt."""
    # <run>/tasks/<task>/<number>
    path = folder.parent.parent.parent / "controller.json"
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["token"]) > spec.token
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError):
        # Whoever controls the run cannot be told: do nothing rather than do it twice.
        return True


def _finish(folder: Path, how: Exit, *, outcome: Outcome | None = None, reason: str = "") -> None:
    attempts.write_result(
        folder, AttemptResult(exit=how, outcome=outcome, ended=datetime.now(UTC), reason=reason)
    )


class _Stop:
    """Knows whether to stop: a request in the folder, or the machine going down (SIGTERM)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._signalled = False
        signal.signal(signal.SIGTERM, self._remember)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _remember(self, _number: int, _frame: FrameType | None) -> None:
        self._signalled = True

    def reason(self) -> str | None:
        """Return why to stop, ``None`` to go on."""
        if self._signalled:
            return "the worker was asked to end (SIGTERM)"
        return attempts.stop_reason(self._folder)


def _run_engine(context: WorkerContext, private: Path) -> int:
    """Run the engine; this is the child. Its outcome goes to ``outcome.json``."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    # What an engine prints is not redacted yet, so it stays outside the record until the end.
    output = os.open(private / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ[surroundings.PRIVATE_VARIABLE] = str(private)
    context.workdir.mkdir(exist_ok=True)
    started = datetime.now(UTC)
    try:
        outcome = load_engine(context.spec.engine).run(context.spec.args, context)
    except GoliveError as error:
        outcome = broken(str(error), started)
    except Exception:  # noqa: BLE001 - an engine may raise anything; it is told in the result
        traceback.print_exc()
        return int(ExitCode.BUG)
    if not isinstance(outcome, Outcome):
        sys.stderr.write(f"the engine returned {type(outcome).__name__}, not an Outcome\n")
        return int(ExitCode.BUG)
    data = _redacted(outcome_to_json(outcome), context.redactor)
    attempts.write_json(context.folder / "outcome.json", data)
    return 0


def _redacted(data: Mapping[str, object], redactor: Redactor) -> dict[str, object]:
    """Redact JSON data as a whole: secrets hide in escaped text too."""

    def clean(value: object) -> object:
        if isinstance(value, str):
            return redactor.text(value)
        if isinstance(value, Mapping):
            return {key: clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [clean(item) for item in value]
        return value

    return {key: clean(value) for key, value in data.items()}


def _wait(child: int, stop: _Stop, timeout: float | None) -> tuple[Exit, int | None]:
    """Wait for the engine, a stop request or the time limit; return which, and the exit code."""
    deadline = None if timeout is None else time.monotonic() + timeout
    poller = select.poll()
    descriptor = os.pidfd_open(child)
    poller.register(descriptor, select.POLLIN)
    try:
        while True:
            poller.poll(_LOOK * 1000)
            ended = processes.reap_children()
            if child in ended:
                return Exit.FINISHED, ended[child]
            if stop.reason() is not None:
                return Exit.STOPPED, None
            if deadline is not None and time.monotonic() >= deadline:
                return Exit.TIMEOUT, None
    finally:
        os.close(descriptor)


def _tidy(folder: Path, private: Path, redactor: Redactor) -> None:
    """Bring the engine's output into the record and see that no secret stays there."""
    printed = private / "output.txt"
    try:
        if printed.exists() and printed.stat().st_size:
            (folder / "output.txt").write_bytes(redactor.data(printed.read_bytes()))
        redact_tree(folder, redactor)
    except OSError as error:
        sys.stderr.write(f"the attempt's folder could not be tidied: {error}\n")
    finally:
        surroundings.remove_private(private)


def _leave(ended: list[int]) -> None:
    """End this process now that all else that asked for its end has run; the last exit function.

    Threads have been waited for and exit functions have run by then. Taking the interpreter apart
    as well, object by object, takes longer than most small tasks do, and everybody waits for it.
    """
    if not ended:
        return  # by an exception: Python says it and chooses the exit code
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(ended[0])


if __name__ == "__main__":
    codes: list[int] = []
    # Before any engine is loaded: exit functions run in reverse.
    atexit.register(_leave, codes)
    codes.append(main(sys.argv[1:]))
    sys.exit(codes[0])
