"""The main path of a comparison: snapshot, stage, match, classify, add up, judge, write.

compare > freeze both sides > stage_rows > match_rows > classify > check_totals > check_counts
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from golive.compare.accepting import accept
from golive.compare.classifying import class_counts, classify, open_rows, top_differences
from golive.compare.codemaps import Stage
from golive.compare.database import Bounds, connect
from golive.compare.definition import Comparison
from golive.compare.explaining import explain_open
from golive.compare.findings import Finding, find_causes
from golive.compare.matching import Conservation, match_rows
from golive.compare.onesided import explain_one_sided
from golive.compare.reconciling import check_counts
from golive.compare.register import Acceptance
from golive.compare.snapshots import file_digest, write_parquet
from golive.compare.staging import keep_rows, stage_rows
from golive.compare.totals import check_totals, totals_wanted
from golive.compare.verdict import Findings, failures, sentence
from golive.compare.words import finding_words
from golive.contracts import Context, Snapshot
from golive.errors import Refused, SetupError
from golive.plugins import load_source

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
    summary: Path
    differences: Path

    def sentence(self, language: str = "en") -> str:
        """Tell the result in one sentence."""
        return sentence(self.comparison, self.findings, language=language)


def compare(
    comparison: Comparison,
    context: Context,
    *,
    cycle: str = "",
    acceptances: Sequence[Acceptance] = (),
    bounds: Bounds | None = None,
) -> ComparisonResult:
    """Compare both sides completely; writes below ``context.workdir``.

    ``cycle`` is the business day of a dual run; it stands for ``{cycle}`` in paths and queries.
    ``acceptances`` are the approved ones of this comparison.
    Raise SetupError when they cannot be compared: a source missing, a column undeclared, a value
    not of its type, both sides empty, or a sum that does not hold.
    """
    started = time.monotonic()
    locate = _locator(context, cycle)
    comparison = _for_cycle(comparison, cycle)
    folder = context.workdir
    old = _freeze(comparison, "old", context, locate)
    new = _freeze(comparison, "new", context, locate)
    if not old.rows and not new.rows:
        raise SetupError.of(
            f"comparison '{comparison.id}'",
            "both sides are empty, so nothing was compared",
            hint="check the queries and that the data is loaded",
        )
    working = folder / "working"
    differences = folder / "differences.parquet"
    with connect(working, bounds or Bounds()) as connection:
        stage = Stage(connection=connection, comparison=comparison, folder=working, locate=locate)
        context.say(f"comparing {old.rows:,} old with {new.rows:,} new rows")
        day = date.fromisoformat(cycle) if cycle else datetime.now(UTC).date()
        findings = _find(stage, old, new, acceptances, day)
        write_parquet(
            connection,
            "SELECT * FROM differences ORDER BY old_key, new_key, column_name, class, "
            "old_row, new_row",
            differences,
        )
    _unchanged(comparison, old=old, new=new)
    result = ComparisonResult(
        comparison=comparison,
        findings=findings,
        old=old,
        new=new,
        failures=failures(comparison, findings),
        seconds=round(time.monotonic() - started, 3),
        cycle=cycle,
        summary=folder / "summary.json",
        differences=differences,
    )
    result.summary.write_text(_summary(result), encoding="utf-8")
    return result


def _unchanged(comparison: Comparison, **snapshots: Snapshot) -> None:
    """Raise SetupError when what was compared is no longer what was frozen."""
    for side, snapshot in snapshots.items():
        if file_digest(snapshot.path) != snapshot.sha256:
            raise SetupError.of(
                f"side '{side}' of comparison '{comparison.id}'",
                f"'{snapshot.path.name}' changed while it was compared",
                hint="compare again when nothing writes to it",
            )


def _find(
    stage: Stage, old: Snapshot, new: Snapshot, acceptances: Sequence[Acceptance], day: date
) -> Findings:
    spec, connection = stage.comparison, stage.connection
    stage_rows(stage, old, new)
    totals = check_totals(connection, spec, old, new)
    conservation = match_rows(connection, spec, old_rows=old.rows, new_rows=new.rows)
    if not conservation.holds:
        raise SetupError.of(
            f"comparison '{spec.id}'",
            f"its own proof does not hold, rows were lost or counted twice: {conservation}",
            hint="do not trust this result; report it",
        )
    keep_rows(stage, old, new)
    classify(stage)
    explain_open(stage)
    explain_one_sided(stage)
    applied = accept(stage, acceptances, day)
    return Findings(
        conservation=conservation,
        classes=class_counts(stage),
        open_rows=open_rows(stage),
        totals=totals,
        counts=check_counts(spec, conservation, stage.locate),
        causes=find_causes(stage),
        applied=applied,
        top=top_differences(stage, _TOP),
    )


def _freeze(
    comparison: Comparison, side: str, context: Context, locate: Callable[[str], Path]
) -> Snapshot:
    wanted = getattr(comparison, side)
    query = asdict(wanted) | {
        "side": side,
        "totals": totals_wanted(comparison, side),
        "numeric": tuple(
            getattr(item, side)
            for item in comparison.declared
            if item.declared.name in {"decimal", "double"}
        ),
        "path": str(locate(wanted.path)) if wanted.path else "",
    }
    snapshot = load_source(wanted.source).snapshot(query, context.workdir / side, context)
    context.say(f"{side}: {snapshot.rows:,} rows by {snapshot.reader}, {snapshot.watermark}")
    return snapshot


def _for_cycle(comparison: Comparison, cycle: str) -> Comparison:
    """Return the comparison with the business day in its queries."""
    sides = {}
    for name in ("old", "new"):
        side = getattr(comparison, name)
        if "{cycle}" in side.query and not cycle:
            raise Refused.of(
                f"side '{name}'",
                "its query asks for a cycle and none is given",
                hint="add --cycle 2026-11-30",
            )
        sides[name] = replace(side, query=side.query.replace("{cycle}", cycle))
    return replace(comparison, **sides)


def _locator(context: Context, cycle: str) -> Callable[[str], Path]:
    """Return how a path of the specification becomes one of this machine."""
    facts = dict(context.environment.facts) | ({"cycle": cycle} if cycle else {})

    def fact(found: re.Match[str]) -> str:
        if found[1] not in facts:
            raise SetupError.of(
                f"path '{found.string}'",
                f"names '{found[1]}', which environment '{context.environment.name}' does not know",
                hint=f"it knows {', '.join(sorted(facts)) or 'nothing'}",
            )
        return facts[found[1]]

    return lambda path: context.workspace / re.sub(r"\{(\w+)\}", fact, path)


def _summary(result: ComparisonResult) -> str:
    found = result.findings
    return json.dumps(
        {
            "schema": "golive/comparison-summary/v1",
            "comparison": result.comparison.id,
            "cycle": result.cycle,
            "verdict": "failed" if result.failures else "passed",
            "sentence": {"en": result.sentence("en"), "zh": result.sentence("zh")},
            "failures": list(result.failures),
            "conservation": _conservation(found.conservation),
            "agreeing_rows": found.agreeing,
            "open_rows": found.open_rows,
            "classes": [asdict(item) for item in found.classes],
            "control_totals": [
                {key: str(value) for key, value in asdict(item).items()}
                | {"difference": str(item.difference), "agrees": item.agrees}
                for item in found.totals
            ],
            "reconcile": [asdict(item) | {"agrees": item.agrees} for item in found.counts],
            "accepted": [asdict(item) for item in found.applied],
            "findings": [_finding(item) for item in found.causes],
            "limits": asdict(result.comparison.limits),
            "top": [asdict(item) for item in found.top],
            "snapshots": {"old": _snapshot(result.old), "new": _snapshot(result.new)},
            "versions": {"duckdb": duckdb.__version__},
            "seconds": result.seconds,
        },
        ensure_ascii=False,
        indent=2,
    )


def _conservation(found: Conservation) -> dict[str, object]:
    return asdict(found) | {
        "old": "equal + changed + only_old + merged + rejected = old_rows",
        "new": "equal + changed + only_new = new_rows",
        "holds": found.holds,
    }


def _finding(item: Finding) -> dict[str, object]:
    amount = None if item.amount is None else f"{item.amount.normalize():f}"
    told = {"en": finding_words(item, "en"), "zh": finding_words(item, "zh")}
    return asdict(item) | {"amount": amount, "told": told}


def _snapshot(snapshot: Snapshot) -> dict[str, object]:
    return {
        "sha256": snapshot.sha256,
        "rows": snapshot.rows,
        "watermark": snapshot.watermark,
        "clock": snapshot.clock.isoformat(),
        "reader": snapshot.reader,
        "source_totals": dict(snapshot.totals),
    }
