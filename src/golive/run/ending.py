"""Make the end of an attempt true, no process left of it, and say it in one sentence."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from datetime import UTC, datetime

from golive.outcome import Outcome, Status
from golive.run import attempts, processes
from golive.run.attempts import AttemptResult, Exit
from golive.run.elsewhere import end_elsewhere
from golive.run.engine_context import WorkerContext
from golive.run.processes import ProcessIdentity

__all__ = ["broken", "end_attempt"]

#: Seconds a normally ended engine's marked processes get to follow it.
_FOLLOW = 1.0


def end_attempt(
    context: WorkerContext, *, why: Exit, code: int | None, started: datetime, reason: str
) -> AttemptResult:
    """Make the attempt's end true (no process left unless it ended normally), and say it."""
    reported = attempts.read_reported(context.folder)
    spec, attempt = context.spec, str(context.attempt)
    if why is Exit.FINISHED and code == 0 and reported is not None:
        # A daemon drops the marker; what keeps it and stays is told, not ended.
        left = processes.gone_within(
            lambda: processes.marked(attempt) - {os.getpid()}, _FOLLOW, reap=True
        )
        return AttemptResult(
            exit=why, outcome=reported, ended=datetime.now(UTC), survivors=_known(left)
        )
    survivors = processes.end_tree(lambda: processes.tree(os.getpid(), attempt), reap=True)
    elsewhere = end_elsewhere(context.folder)
    zh = spec.language == "zh"
    if why is Exit.TIMEOUT:
        reason = _too_long(spec.timeout or 0.0, zh=zh)
    elif why is Exit.FINISHED:
        why, reason = Exit.CRASHED, _crash(spec.engine, code, zh=zh)
    return AttemptResult(
        exit=why,
        # A stop says nothing of the system, unless the engine had already said it.
        outcome=reported if why is Exit.STOPPED else broken(reason, started),
        ended=datetime.now(UTC),
        survivors=_known(survivors),
        elsewhere=elsewhere,
        reason=reason,
    )


def _known(left: Iterable[int]) -> tuple[ProcessIdentity, ...]:
    """Return by what survivors are known again when their numbers have gone to others."""
    return tuple(known for pid in sorted(left) if (known := processes.identify(pid)) is not None)


def _too_long(seconds: float, *, zh: bool) -> str:
    if zh:
        return f"超过 {seconds:g} 秒未完成，已终止"
    return f"did not finish within {seconds:g} seconds and was ended"


def _crash(engine: str, code: int | None, *, zh: bool) -> str:
    """Say in one sentence how the engine's process died."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return (
            f"引擎 '{engine}' 被信号 {name} 终止"
            if zh
            else f"engine '{engine}' was ended by {name}"
        )
    if zh:
        return f"引擎 '{engine}' 崩溃，详情见该次执行的 output.txt"
    return f"engine '{engine}' crashed; details are in the attempt's output.txt"


def broken(summary: str, started: datetime) -> Outcome:
    """Return the outcome of an attempt that could not tell, with the first line of why."""
    return Outcome(
        status=Status.BROKEN,
        summary=summary.splitlines()[0] if summary else "",
        started=started,
        ended=datetime.now(UTC),
    )
