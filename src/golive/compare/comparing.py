"""The main path of a comparison: snapshot, stage, match, classify, add up, judge, write.

compare > both_sides > stage_rows > check_totals > match_rows > keep_rows > classify
        > settle_in_flight > explain_open > explain_one_sided > mask_values > accept
        > mask_amounts > failures
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from golive.compare.accepting import Applied, accept
from golive.compare.buckets import told_buckets
from golive.compare.classifying import (
    class_counts,
    classify,
    open_amount,
    open_rows,
    top_differences,
)
from golive.compare.codemaps import Stage
from golive.compare.database import Bounds, Connection, bounds_of, connect
from golive.compare.definition import Comparison
from golive.compare.explaining import explain_open
from golive.compare.findings import find_causes
from golive.compare.freezing import for_cycle, locator
from golive.compare.grouped import check_groups
from golive.compare.inflight import Later, Reread, open_now, settle_in_flight
from golive.compare.junit import comparison_junit
from golive.compare.marks import marks_of
from golive.compare.masking import mask_amounts, mask_values
from golive.compare.matching import Conservation, match_rows
from golive.compare.onesided import explain_one_sided
from golive.compare.progress import again_words, divided_words, say_unchanged, told_of_matching
from golive.compare.reconciling import check_counts
from golive.compare.register import Acceptance
from golive.compare.rereading import READ_ORDER, Reading, keep_reading, taken_over
from golive.compare.sides import Sides, both_sides
from golive.compare.snapshots import file_digest, write_parquet, written_whole
from golive.compare.staging import keep_rows, stage_rows
from golive.compare.summary import Told, summary_text
from golive.compare.summing import rows_of
from golive.compare.totals import TotalCheck, check_totals
from golive.compare.verdict import Findings, failures, sentence
from golive.contracts import Context, Snapshot
from golive.errors import SetupError

__all__ = ["ComparisonResult", "compare"]

#: Differences shown in ``summary.json``; all of them are in ``differences.parquet``.
_TOP = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonResult:
    """What came of a comparison that could be made; one that could not raises SetupError."""

    comparison: Comparison
    findings: Findings
    old: Snapshot
    new: Snapshot
    #: Why it failed; empty is passed.
    failures: tuple[str, ...]
    seconds: float
    #: The business day it was made for; empty outside a dual run.
    cycle: str
    #: Later readings that rows which were changing are told from.
    readings: tuple[Reading, ...]
    summary: Path
    differences: Path
    junit: Path

    def sentence(self, language: str = "en") -> str:
        """Tell the result in one sentence."""
        return sentence(self.comparison, self.findings, language=language)


def compare(
    comparison: Comparison,
    context: Context,
    *,
    cycle: str = "",
    acceptances: Sequence[Acceptance] = (),
    earlier: Mapping[str, Any] | None = None,
    bounds: Bounds | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> ComparisonResult:
    """Compare both sides completely; writes below ``context.workdir``.

    ``cycle`` is the business day of a dual run; it stands for ``{cycle}`` in paths and queries.
    ``acceptances`` are the approved ones of this comparison, ``earlier`` its last summary.
    Raise SetupError when they cannot be compared: a source missing, a column undeclared, a value
    not of its type, both sides empty, or a sum that does not hold.
    """
    started = time.monotonic()
    locate = locator(context.workspace, context.environment, cycle)
    limits = bounds or bounds_of(context)
    spec = for_cycle(comparison, cycle)
    folder = context.workdir
    with (
        both_sides(spec, context, locate, folder, resume=True) as sides,
        connect(folder / "working", limits) as connection,
    ):
        old, new = _not_empty(spec, sides)
        stage = _staged(spec, connection, folder / "working", locate, sides, context)
        with told_of_matching(connection, context, old.rows + new.rows):
            totals, conservation = _match(stage, old, new, context)
        parts = _parts(stage, old, new, earlier, context)
        readings: list[Reading] = []
        settle_in_flight(stage, old, new, _reread(stage, context, limits, pause, readings))
        readings = [*taken_over(stage, readings)]
        applied = _explain(stage, acceptances, cycle)
        findings = _findings(stage, totals, conservation, applied)
        write_parquet(connection, READ_ORDER, folder / "differences.parquet")
    _unchanged(spec, old=old, new=new)
    told = Told(
        cycle=cycle,
        failures=failures(spec, findings),
        seconds=round(time.monotonic() - started, 3),
        buckets=parts,
        settled=stage.whole.settled.rows,
        marks_kept=stage.marks.kept if spec.personal else None,
        readings=tuple(readings),
    )
    return _written(spec, context, old, new, findings, told)


def _written(
    spec: Comparison,
    context: Context,
    old: Snapshot,
    new: Snapshot,
    findings: Findings,
    told: Told,
) -> ComparisonResult:
    """Write what is told of a comparison beside its differences."""
    folder = context.workdir
    texts = {
        "junit.xml": comparison_junit(spec, findings, told.seconds, context.language),
        "summary.json": summary_text(spec, findings, old, new, told),
    }
    for name, text in texts.items():
        with written_whole(folder / name) as part:
            part.write_text(text, encoding="utf-8")
    return ComparisonResult(
        comparison=spec,
        findings=findings,
        old=old,
        new=new,
        failures=told.failures,
        seconds=told.seconds,
        cycle=told.cycle,
        readings=told.readings,
        summary=folder / "summary.json",
        differences=folder / "differences.parquet",
        junit=folder / "junit.xml",
    )


def _staged(
    spec: Comparison,
    connection: Connection,
    folder: Path,
    locate: Callable[[str], Path],
    sides: Sides,
    context: Context,
) -> Stage:
    return Stage(
        connection=connection,
        comparison=spec,
        folder=folder,
        locate=locate,
        server=sides.server,
        marks=marks_of(context.secrets),
    )


def _not_empty(spec: Comparison, sides: Sides) -> tuple[Snapshot, Snapshot]:
    old, new = sides.old, sides.new
    if not old.rows and not new.rows:
        raise SetupError.of(
            f"comparison '{spec.id}'",
            "both sides are empty, so nothing was compared",
            hint="check the queries and that the data is loaded",
        )
    return old, new


def _parts(
    stage: Stage, old: Snapshot, new: Snapshot, earlier: Mapping[str, Any] | None, context: Context
) -> Mapping[str, Any] | None:
    """Add up the rows by bucket, and say what is as it was in the last comparison."""
    parts = told_buckets(stage.connection, stage.comparison, old, new, earlier)
    say_unchanged(context, parts)
    return parts


def _explain(stage: Stage, acceptances: Sequence[Acceptance], cycle: str) -> tuple[Applied, ...]:
    """Find the causes of what is open and what is accepted of it; then hide what is personal."""
    explain_open(stage)
    explain_one_sided(stage)
    day = date.fromisoformat(cycle) if cycle else datetime.now(UTC).date()
    # Acceptances name personal values by their marks; their bounds need the amounts still.
    mask_values(stage)
    applied = accept(stage, acceptances, day)
    mask_amounts(stage)
    return applied


def _unchanged(comparison: Comparison, **snapshots: Snapshot) -> None:
    """Raise SetupError when what was compared is no longer what was frozen."""
    for side, snapshot in snapshots.items():
        if file_digest(snapshot.path) != snapshot.sha256:
            raise SetupError.of(
                f"side '{side}' of comparison '{comparison.id}'",
                f"'{snapshot.path.name}' changed while it was compared",
                hint="compare again when nothing writes to it",
            )


def _findings(
    stage: Stage,
    totals: tuple[TotalCheck, ...],
    conservation: Conservation,
    applied: tuple[Applied, ...],
) -> Findings:
    """Gather what the verdict is made of, once every difference has its class and cause."""
    return Findings(
        conservation=conservation,
        classes=class_counts(stage),
        open_rows=open_rows(stage),
        totals=totals,
        groups=check_groups(stage),
        counts=check_counts(stage.comparison, conservation, stage.locate),
        causes=find_causes(stage),
        applied=applied,
        top=top_differences(stage, _TOP),
        open_amount=open_amount(stage),
    )


def _match(
    stage: Stage, old: Snapshot, new: Snapshot, context: Context
) -> tuple[tuple[TotalCheck, ...], Conservation]:
    """Fill ``differences`` from two snapshots, with the proof that no row was left out."""
    spec, connection = stage.comparison, stage.connection
    stage_rows(stage, old, new)
    settled = stage.whole.settled
    totals = check_totals(connection, spec, old, new, settled.sums)
    rows = {side: rows_of(stage, side, one.rows) for side, one in (("old", old), ("new", new))}
    conservation = replace(
        match_rows(
            connection, spec, old_rows=rows["old"][0], new_rows=rows["new"][0],
            settled=settled.rows,
            divided=lambda parts: context.say(divided_words(parts, context.language)),
        ),
        old_read=old.rows, new_read=new.rows, old_held=rows["old"][1], new_held=rows["new"][1],
    )  # fmt: skip
    if not conservation.holds:
        raise SetupError.of(
            f"comparison '{spec.id}'",
            f"its own proof does not hold, rows were lost or counted twice: {conservation}",
            hint="do not trust this result; report it",
        )
    keep_rows(stage, old, new)
    classify(stage)
    return totals, conservation


def _reread(
    first: Stage,
    context: Context,
    bounds: Bounds,
    pause: Callable[[float], None],
    readings: list[Reading],
) -> Reread:
    """Return how both sides are read again and compared apart from the first time."""

    def again(seconds: float) -> Later:
        context.say(again_words(seconds, context.language))
        pause(seconds)
        number = len(readings) + 1
        folder = context.workdir / f"again-{number}"
        with (
            both_sides(first.comparison, context, first.locate, folder) as sides,
            connect(folder / "working", bounds) as connection,
        ):
            stage = replace(
                first, connection=connection, folder=folder / "working", server=sides.server
            )
            _match(stage, sides.old, sides.new, context)
            reading = Reading(number=number, old=sides.old, new=sides.new, folder=folder)
            keep_reading(stage, reading)
            readings.append(reading)
            return Later(reading=reading, found=open_now(stage))

    return again
