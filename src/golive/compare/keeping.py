"""Keep what a comparison leaves: evidence for people and machines, and nothing personal beside."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from golive.compare.comparing import ComparisonResult
from golive.compare.definition import Comparison
from golive.compare.history import CYCLE_SCHEMA
from golive.compare.lookup import find_rows
from golive.compare.page import comparison_page
from golive.compare.sheet import write_sheet
from golive.contracts import Context, Snapshot
from golive.outcome import Evidence, Outcome

__all__ = ["evidence_of", "forget_copies", "forget_snapshots", "keep_cycle"]

_PARQUET = "application/vnd.apache.parquet"
_XML = "application/xml"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows of a kept page that are open, and that are explained; all are in the Parquet file.
_MOST_SHOWN, _MOST_EXPLAINED = 100, 100
#: What a comparison writes when everything personal is masked.
_MASKED = {
    "comparison.html", "comparison.zh.html", "cycle.json", "differences.csv",
    "differences.parquet", "differences.xlsx", "junit.xml", "summary.json",
}  # fmt: skip


def evidence_of(result: ComparisonResult, spec: Path, context: Context) -> tuple[Evidence, ...]:
    """Keep all that proves a comparison; ``spec`` is its file, the register stands beside it."""
    name = result.comparison.id
    return (
        context.keep(result.summary, name=f"{name}/summary.json", media_type="application/json"),
        context.keep(result.junit, name=f"{name}/junit.xml", media_type=_XML),
        context.keep(result.differences, name=f"{name}/differences.parquet", media_type=_PARQUET),
        *(
            context.keep(
                snapshot.path, name=f"{name}/{side}{_part(result)}.parquet", media_type=_PARQUET
            )
            for side, snapshot in _snapshots(result)
            # Personal data stays out of the record; the summary has the snapshots' digests.
            if not result.comparison.personal and result.comparison.snapshot == "kept"
        ),
        *_sheets(result, context),
        *_pages(result, context),
        context.keep(spec, name=f"{name}/comparison.yaml", media_type="application/yaml"),
        *(
            context.keep(path, name=f"{name}/accepted.jsonl", media_type="application/jsonl")
            for path in (spec.parent / "accepted.jsonl",)
            if path.exists()
        ),
    )


def _snapshots(result: ComparisonResult) -> Iterator[tuple[str, Snapshot]]:
    """Yield what was compared, and the later readings some rows are told from."""
    yield from (("old", result.old), ("new", result.new))
    for reading in result.readings:
        yield f"old-again-{reading.number}", reading.old
        yield f"new-again-{reading.number}", reading.new


def _part(result: ComparisonResult) -> str:
    """Return what says in a file's name that not all rows of a side are in it."""
    return "-differing" if result.comparison.engine == "pushdown" else ""


def _sheets(result: ComparisonResult, context: Context) -> tuple[Evidence, ...]:
    """Keep the largest differences as a workbook and as CSV, where there are any."""
    if not result.findings.classes:
        return ()
    kept = []
    for name, media_type in (("differences.xlsx", _XLSX), ("differences.csv", "text/csv")):
        path = context.workdir / name
        write_sheet(result.differences, path, context.language)
        kept.append(
            context.keep(path, name=f"{result.comparison.id}/{name}", media_type=media_type)
        )
    return tuple(kept)


def _pages(result: ComparisonResult, context: Context) -> tuple[Evidence, ...]:
    """Keep the page of the verdict, the rows side by side and the proof, in both languages."""
    spec = result.comparison
    summary = json.loads(result.summary.read_text(encoding="utf-8"))
    rows = (
        *find_rows(result.differences, {}, _MOST_SHOWN, unresolved=True),
        *find_rows(result.differences, {}, _MOST_EXPLAINED, unresolved=False),
    )
    kept = []
    for language, file in (("en", "comparison.html"), ("zh", "comparison.zh.html")):
        title = spec.title_zh if language == "zh" and spec.title_zh else spec.title
        text = comparison_page(title, context.attempt.run, summary, rows, language)
        path = context.workdir / file
        path.write_text(text, encoding="utf-8")
        kept.append(context.keep(path, name=f"{spec.id}/{file}", media_type="text/html"))
    return tuple(kept)


def keep_cycle(
    outcome: Outcome, comparison: Comparison, day: str, basis: str, amount: str, context: Context
) -> Evidence:
    """Keep what the streak of the dual run is counted from."""
    metrics = {item.name: item.value for item in outcome.metrics}
    data = {
        "schema": CYCLE_SCHEMA,
        "comparison": comparison.id,
        "environment": context.environment.name,
        "cycle": day,
        "at": outcome.ended.isoformat(),
        "status": outcome.status.value,
        "basis": basis,
        "sentence": outcome.summary,
        "open": int(sum(metrics.get(name, 0) for name in ("open_values", "only_old", "only_new"))),
        "open_amount": amount,
    }
    path = context.workdir / "cycle.json"
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    return context.keep(path, name=f"{comparison.id}/cycle.json", media_type="application/json")


def forget_snapshots(result: ComparisonResult, context: Context) -> None:
    """Remove the copies of both sides' rows; a file that was its own snapshot stays."""
    for snapshot in (result.old, result.new):
        if snapshot.path.is_relative_to(context.workdir):
            snapshot.path.unlink()


def forget_copies(workdir: Path) -> None:
    """Remove every copy of personal rows below a run: what was read, and what it worked in."""
    for path in workdir.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in _MASKED:
            path.unlink()
