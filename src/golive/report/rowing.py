"""One row of the report from one item: the business's sentence first, technique folded; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from golive.gate.assessment import Item, ItemState, Lane
from golive.outcome import Evidence, Outcome
from golive.report.document import Picture, Row
from golive.report.material import RunMaterial
from golive.uat.results import Result

__all__ = ["picture_file", "row_of"]

#: What a scenario itself says, not what became of its result.
_OWN_WORDS = frozenset({ItemState.FAILED, ItemState.BROKEN})
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


def row_of(item: Item, material: RunMaterial | None, waiver: str) -> Row:
    """Return the row of an item; ``material`` is the run that holds its effective result."""
    result, kept = _scenario(item, material) if item.lane is Lane.UAT else (None, ())
    outcome = item.outcome
    started, seconds = _times(result, outcome)
    return Row(
        id=item.id,
        lane=item.lane,
        group=item.group,
        title=item.title,
        state=item.state,
        sentence=_sentence(item, result),
        step=result.step if result and item.state is not ItemState.PASSED else "",
        place=_place(item, result),
        run=item.run,
        retries=item.retries,
        failed_before=item.failed_before,
        severity=item.severity,
        waiver=waiver,
        started=started,
        seconds=seconds,
        pictures=tuple(_pictures(result, kept, material)),
        technical="\n".join(_technical(item, result)),
        evidence=tuple(one.sha256 for one in outcome.evidence) if outcome and not result else (),
    )


def picture_file(evidence: Evidence) -> str:
    """Return where a picture lies beside the rendered page."""
    return f"pictures/{evidence.sha256[:24]}.{_ENDINGS.get(evidence.media_type, 'bin')}"


def _scenario(
    item: Item, material: RunMaterial | None
) -> tuple[Result | None, tuple[Evidence, ...]]:
    """Return a scenario's own result and the evidence of its attempt, the newest that has one."""
    if material is None:
        return None, ()
    for attempt in reversed(material.state.attempts):
        results = material.results.get((attempt.task, attempt.number))
        for result in results.scenarios if results else ():
            if result.id == item.id:
                return result, attempt.outcome.evidence if attempt.outcome else ()
    return None, ()


def _sentence(item: Item, result: Result | None) -> str:
    if result is not None and result.message and item.state in _OWN_WORDS:
        # The scenario's own words; step and place stand below.
        return result.message
    if item.reason:
        return item.reason
    if item.state is ItemState.PASSED:
        return item.outcome.summary if item.outcome and item.lane is not Lane.UAT else ""
    return (result.message if result else "") or (item.outcome.summary if item.outcome else "")


def _place(item: Item, result: Result | None) -> str:
    if result is None:
        return ""
    line = result.step_line if item.state is not ItemState.PASSED else 0
    return f"{result.file}:{line or result.line}"


def _times(result: Result | None, outcome: Outcome | None) -> tuple[datetime | None, float | None]:
    if result is not None:
        started = datetime.fromisoformat(result.started) if result.started else None
        return started, result.duration if started else None
    if outcome is not None:
        return outcome.started, (outcome.ended - outcome.started) / timedelta(seconds=1)
    return None, None


def _pictures(
    result: Result | None, kept: tuple[Evidence, ...], material: RunMaterial | None
) -> Iterator[Picture]:
    """Yield a scenario's pictures that are in the store as they were taken."""
    by_name = {one.name: one for one in kept}
    damaged = material.damaged if material else {}
    seen = set(damaged)
    for path in result.screenshots if result else ():
        found = by_name.get(path)
        if found and found.media_type in _ENDINGS and found.sha256 not in seen:
            # The same page after several steps is one picture.
            seen.add(found.sha256)
            name = PurePosixPath(path).stem
            yield Picture(name=name, sha256=found.sha256, file=picture_file(found))


def _technical(item: Item, result: Result | None) -> Iterator[str]:
    yield item.id
    if result and result.target:
        yield f"target {result.target}"
    for number, earlier in enumerate(result.earlier if result else (), 1):
        yield f"try {number}: {earlier.status}: {earlier.message}"
    if result and result.resumed:
        yield f"its steps before a person's judgement were done in an earlier run, {result.resumed}"
    for judged in result.judgements if result else ():
        yield "judged by a person: " + ", ".join(f"{key} {judged[key]}" for key in judged)
    if item.outcome is None:
        return
    for metric in item.outcome.metrics:
        unit = "" if metric.unit == "1" else f" {metric.unit}"
        yield f"{metric.name} = {metric.value:g}{unit}"
    subject = item.outcome.subject
    for name in ("environment", "site", "target_version", "data_cut", "digest"):
        if value := getattr(subject, name):
            yield f"{name} {value}"
