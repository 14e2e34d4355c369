"""Read from a run's evidence what it says of each scenario: never from its summary alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from golive.gate.assessment import ItemState, Lane
from golive.gate.facts import Result, RunFact
from golive.gate.words import Text, plain, text
from golive.outcome import Outcome, Status
from golive.record.evidence import EvidenceStore
from golive.record.runs import attempt_folder
from golive.run.lane_results import KILLED, kept
from golive.run.state import Attempt, RunState
from golive.uat.results import BLOCKED, FAILED, PASSED, WAITING, Results, read_results
from golive.uat.results import Result as ScenarioResult

__all__ = ["scenario_results"]

S = ItemState


def scenario_results(
    folder: Path, fact: RunFact, state: RunState, attempt: Attempt, store: EvidenceStore
) -> Iterator[Result]:
    """Yield a result of each scenario an attempt ran or was to run; unreadable evidence is told."""
    at = attempt.ended or attempt.started
    path = kept(attempt.outcome, store, "results.json")
    if path is None or attempt.outcome is None:
        for name in _expected(attempt_folder(folder, attempt.task, attempt.number)):
            yield Result(
                item=name, lane=Lane.UAT, run=fact.run, at=at, state=S.BROKEN, reason=KILLED
            )
        return
    try:
        results = read_results(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = text(f"results.json cannot be read: {error}", f"results.json 无法读取：{error}")
        for name in _expected(attempt_folder(folder, attempt.task, attempt.number)):
            yield Result(item=name, lane=Lane.UAT, run=fact.run, at=at, state=S.CORRUPT, reason=why)
        return
    yield from _each(fact, state, attempt.outcome, results, at)


def _expected(folder: Path) -> tuple[str, ...]:
    """Return what a run that told nothing was about to run; only ever used against it."""
    try:
        data = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        return tuple(map(str, data["expected"]))
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _each(
    fact: RunFact, state: RunState, outcome: Outcome, results: Results, at: datetime
) -> Iterator[Result]:
    counts = Counter(item.id for item in results.scenarios)
    by_id = {item.id: item for item in results.scenarios}
    # The process around the scenarios says it could not tell, whatever each of them says.
    doubt = outcome.status is Status.BROKEN and all(
        item.status == PASSED for item in results.scenarios
    )
    for name in dict.fromkeys((*results.expected, *by_id)):
        result = by_id.get(name)
        if result is None:
            said = (S.NOT_RUN, text("no result came back of it", "没有返回结果"))
        elif counts[name] > 1:
            said = (
                S.DUPLICATE,
                text(
                    f"run {fact.run} has {counts[name]} results of it",
                    f"运行 {fact.run} 中有 {counts[name]} 个结果",
                ),
            )
        elif name not in results.expected:
            said = (
                S.BROKEN,
                text("its run had not selected it", "该次运行并未选中它"),
            )
        else:
            said = _said(result)
            if doubt:
                said = (S.BROKEN, plain(outcome.summary))
        yield _scenario(fact, state, results, name, result, said, at)


def _said(result: ScenarioResult) -> tuple[ItemState, Text]:
    step = f" ({result.step})" if result.step else ""
    place = f"{result.file}:{result.step_line or result.line}"
    why = plain(f"{place}: {result.message}{step}")
    if result.quarantined:
        return S.NOT_RUN, text("it is quarantined and does not count", "已隔离，不计入结果")
    if result.status == PASSED:
        return S.PASSED, Text()
    if result.status == FAILED:
        return S.FAILED, why
    if result.status in {BLOCKED, WAITING}:
        return S.NOT_RUN, why
    return S.BROKEN, why


def _scenario(
    fact: RunFact,
    state: RunState,
    results: Results,
    name: str,
    result: ScenarioResult | None,
    said: tuple[ItemState, Text],
    at: datetime,
) -> Result:
    file = name.partition("::")[0]
    ran = result.digest if result is not None else ""
    target = result.target if result is not None else ""
    told = {target: results.targets.get(target, {})} if target else {}
    return Result(
        item=name,
        lane=Lane.UAT,
        run=fact.run,
        at=_ended(result) or at,
        state=said[0],
        reason=said[1],
        digest=ran or state.plan.digests.get(file, "not known"),
        builds={key: str(value.get("build", "")) for key, value in told.items()},
        sites={key: str(value.get("site", "")) for key, value in told.items()},
        data={key: str(value.get("data", "")) for key, value in told.items()},
        retries=len(result.earlier) if result is not None else 0,
        title=result.name if result is not None else "",
        group=_process(file),
    )


def _ended(result: ScenarioResult | None) -> datetime | None:
    try:
        return datetime.fromisoformat(result.started).astimezone(UTC) if result else None
    except ValueError:
        return None


def _process(file: str) -> str:
    folders = Path(file).parts[1:-1]
    return folders[0] if folders else ""
