"""What comes of a scenario, on pytest's report and at the end of its output."""

# ruff: noqa: PLC0415 - imports wait for the first feature

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from golive.errors import ExitCode
from golive.uat.plugin.items import ScenarioItem
from golive.uat.plugin.run import Run

if TYPE_CHECKING:
    from golive.uat.recording import Recording
    from golive.uat.results import Result

__all__ = ["complete", "summarise"]


def complete(
    item: ScenarioItem, call: pytest.CallInfo[None], report: pytest.TestReport
) -> pytest.TestReport:
    """Put the scenario's result on its report, which xdist carries to the controller."""
    if report.when == "call" or report.failed:
        from golive.uat.results import result_data

        data = result_data(_result(item, report, call))
        report.golive = data  # type: ignore[attr-defined]  # xdist carries any attribute
        if item.case.quarantined and report.failed:
            # To pytest, JUnit and --last-failed it is an expected failure.
            report.outcome = "skipped"
            report.wasxfail = "quarantined: it runs and does not count"
    return report


def _result(item: ScenarioItem, report: pytest.TestReport, call: pytest.CallInfo[None]) -> Result:
    from golive.uat.results import BLOCKED, BROKEN, PASSED
    from golive.uat.results import Result as NewResult

    case, result = item.case, item.result
    if result is not None and (report.when != "teardown" or result.status != PASSED):
        return result if result.id == item.nodeid else replace(result, id=item.nodeid)
    error = call.excinfo.value if call.excinfo else None
    message = (
        str(error).splitlines()[0] if error is not None and str(error) else type(error).__name__
    )
    base = result or NewResult(
        id=item.nodeid,
        file=case.path,
        line=case.line,
        name=case.name,
        feature=case.feature,
        tags=case.tags,
        language=case.language,
        status=BROKEN,
        digest=case.digest,
        duration=round(report.duration, 3),
        quarantined=case.quarantined,
    )
    status = BLOCKED if report.skipped else BROKEN
    return replace(base, id=item.nodeid, status=status, message=message)


def summarise(terminal: pytest.TerminalReporter, run: Run) -> None:
    """Say what came of the scenarios and where the record is."""
    recording = run.recording
    good = run.code is ExitCode.PASSED
    terminal.write_sep("-", "UAT", green=good, red=not good)
    for line in _lines(recording):
        terminal.write_line(line)
    terminal.write_line(f"{recording.summary()} (exit code {int(run.code or 0)})")
    terminal.write_line(f"record: {recording.out / 'results.json'}")


def _lines(recording: Recording) -> list[str]:
    from golive.uat.results import WAITING

    lines = []
    if recording.shard:
        shard = recording.shard
        lines.append(f"shard {shard['index']}/{shard['of']} of division {shard['division'][:12]}")
    if not recording.expected and not recording.problems:
        asked = f" '{recording.select}'" if recording.select else ""
        lines.append(
            f"no scenario was selected{asked}, so nothing is proved"
            " (see --select, --shard, -m and -k)"
        )
    for result in recording.passed_on_retry():
        first = result.earlier[0]
        lines.append(
            f"passed on retry: {result.file}:{result.line}: {result.name}"
            f" (before: {first.status}: {first.message})"
        )
    for result in recording.set_aside():
        why = f": {result.message}" if result.message else ""
        lines.append(
            f"quarantined: {result.file}:{result.line}: {result.name} ({result.status}{why})"
        )
    waiting = [result for result in recording.closed() if result.status == WAITING]
    lines += [f"{r.file}:{r.step_line}: {r.name}: {r.message}" for r in waiting]
    if waiting:
        lines.append("answer with: golive uat confirm")
    lines += recording.troubles
    return lines
