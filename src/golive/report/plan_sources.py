"""Where a plan's times come from: which past runs, or the estimate; a pure view."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from golive.report.words import say
from golive.runbook.abort_times import abort_times
from golive.runbook.definition import Body
from golive.runbook.planning import Measured, Plan
from golive.runbook.rollback import expected_seconds
from golive.runbook.times import show_duration

__all__ = ["abort_data", "abort_line", "source_data", "source_lines", "source_mark", "undo_data"]


def source_data(plan: Plan, step: str, est: tuple[float, float]) -> dict[str, Any]:
    """Return where a step's time comes from, for machines; spans in seconds."""
    found = plan.measured.get(step)
    if found is None:
        return {"kind": "estimate", "likely": est[0] * 60, "worst": est[1] * 60}
    return _measured_data(found)


def _measured_data(found: Measured) -> dict[str, Any]:
    return {
        "kind": "measured", "p50": found.p50, "p80": found.p80, "times": found.runs,
        "runs": list(found.sources),
    }  # fmt: skip


def undo_data(plan: Plan) -> list[dict[str, Any]]:
    """Return each undo and restore with the seconds the way back counts, and their source."""
    steps = [
        (f"{task.id}.{role}", body)
        for task in plan.runbook.tasks
        for role, body in (("undo", task.undo), ("restore", task.restore))
        if isinstance(body, Body)
    ]
    return [
        {
            "id": name,
            "seconds": expected_seconds(plan, name, body),
            "source": source_data(plan, name, body.est),
        }
        for name, body in steps
    ]


def abort_data(plan: Plan) -> dict[str, Any]:
    """Return what an abort takes beside its undos, for machines; spans in seconds."""
    times = abort_times(plan)
    parts = {
        "decision": (times.decision, None),
        "stop": (times.stop, times.stop_measured),
        "verify": (times.verify, times.verify_measured),
    }
    return {
        name: {
            "seconds": span.total_seconds(),
            "source": _measured_data(found) if found else {"kind": "estimate"},
        }
        for name, (span, found) in parts.items()
    }


def source_mark(plan: Plan, step: str, language: str) -> str:
    """Return in a few columns where a step's time comes from: ``x3`` times measured, or ``est``."""
    found = plan.measured.get(step)
    return f"x{found.runs}" if found else say(language, "est", "估")


def source_lines(plan: Plan, language: str) -> list[str]:
    """Return how many tasks' times were measured, by which runs, and how many are estimates."""
    found = [plan.measured.get(task.id) for task in plan.runbook.tasks]
    measured = sum(one is not None for one in found)
    estimated = len(found) - measured
    lines = [
        say(
            language,
            f"times: {measured} tasks from past runs, {estimated} estimated",
            f"用时依据：{measured} 项取自以往演练实测，{estimated} 项为估计",
        )
    ]
    runs = sorted({run for one in found if one for run in one.sources})
    if runs:
        lines.append(f"{say(language, 'measured by: ', '实测来源：')}{', '.join(runs)}")
    return lines


def abort_line(plan: Plan, language: str) -> str:
    """Say what an abort takes beside its undos: to decide, to stop, to verify the old system."""
    times = abort_times(plan)
    return say(
        language,
        f"an abort takes {show_duration(times.decision)} to decide, "
        f"{_told(times.stop, times.stop_measured, language)} to stop, "
        f"{_told(times.verify, times.verify_measured, language)} to verify, beside its undos",
        f"除撤销外，回退还需：决断 {show_duration(times.decision)}，"
        f"停止进行中的工作 {_told(times.stop, times.stop_measured, language)}，"
        f"核验旧系统 {_told(times.verify, times.verify_measured, language)}",
    )


def _told(span: timedelta, found: Measured | None, language: str) -> str:
    source = say(language, f"x{found.runs}", f"实测{found.runs}次") if found else ""
    return f"{show_duration(span)} ({source or say(language, 'est', '估')})"
