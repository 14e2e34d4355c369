"""Run one comparison of the old system with the new as a task."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from golive.compare.comparing import ComparisonResult, compare
from golive.compare.definition import Comparison, read_comparison
from golive.contracts import Args, Context
from golive.errors import GoliveError, Problem
from golive.outcome import Evidence, Metric, Outcome, Status, Subject
from golive.plugins import load_source

__all__ = ["CompareEngine"]

_PARQUET = "application/vnd.apache.parquet"


class CompareEngine:
    """Takes ``comparison``: the path of a file in ``cutover_playbooks/comparisons/``."""

    def check(self, args: Args, context: Context) -> Iterable[Problem]:
        """Tell what is wrong with the file, its sources and its targets."""
        try:
            comparison = _read(args, context)
            for side in (comparison.old, comparison.new):
                load_source(side.source)
        except GoliveError as error:
            return error.problems
        return tuple(_targets(comparison, context))

    def run(self, args: Args, context: Context) -> Outcome:
        """Compare. Open differences are ``failed``; what cannot be compared is ``broken``."""
        started = datetime.now(UTC)
        try:
            comparison = _read(args, context)
            result = compare(comparison, context)
        except GoliveError as error:
            return _broken(error, context, started)
        return Outcome(
            status=Status.FAILED if result.failures else Status.PASSED,
            summary=result.sentence(context.language),
            started=started,
            ended=datetime.now(UTC),
            metrics=_metrics(result),
            evidence=_evidence(result, _path(args, context), context),
            subject=Subject(
                environment=context.environment.name,
                site=context.environment.facts.get("site", ""),
                data_cut=f"old sha256:{result.old.sha256} new sha256:{result.new.sha256}",
                digest=_digest(comparison),
            ),
        )


def _path(args: Args, context: Context) -> Path:
    return context.workspace / str(args.get("comparison", ""))


def _read(args: Args, context: Context) -> Comparison:
    return read_comparison(_path(args, context), shown_as=str(args.get("comparison", "")))


def _digest(comparison: Comparison) -> str:
    """Return the SHA-256 over what was compared with what, as the file says it."""
    text = json.dumps(asdict(comparison), sort_keys=True, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def _targets(comparison: Comparison, context: Context) -> Iterable[Problem]:
    environment = context.environment
    known = environment.targets
    for name, side in (("old", comparison.old), ("new", comparison.new)):
        if side.target and side.target not in known:
            yield Problem(
                subject=f"side '{name}' of comparison '{comparison.id}'",
                message=f"target '{side.target}' is not in environment '{environment.name}'",
                hint=f"targets: {', '.join(known) or 'none'}",
            )


def _broken(error: GoliveError, context: Context, started: datetime) -> Outcome:
    for problem in error.problems:
        context.say(str(problem))
    more = len(error.problems) - 1
    zh = context.language == "zh"
    rest = (f"(另有 {more} 个问题)" if zh else f" (and {more} more)") if more else ""
    lead = "无法比较" if zh else "cannot be compared"
    return Outcome(
        status=Status.BROKEN,
        summary=f"{lead}: {error.problems[0]}{rest}",
        started=started,
        ended=datetime.now(UTC),
        subject=Subject(environment=context.environment.name),
    )


def _metrics(result: ComparisonResult) -> tuple[Metric, ...]:
    found, rows = result.findings, result.findings.conservation
    numbers = {
        "old_rows": rows.old_rows,
        "new_rows": rows.new_rows,
        "agreeing_rows": found.agreeing,
        "differing_rows": found.open_rows,
        "only_old": rows.only_old,
        "only_new": rows.only_new,
        "merged": rows.merged,
        "rejected": rows.rejected,
    }
    values = {
        "open_values": found.count("open"),
        "values_by_rule": found.count("rule:"),
        "values_by_tolerance": found.count("tolerance"),
        "values_by_mapping": found.count("mapping"),
        "values_repaired": found.count("repair:"),
    }
    return (
        *(Metric(name=name, value=float(value), unit="rows") for name, value in numbers.items()),
        *(Metric(name=name, value=float(value), unit="1") for name, value in values.items()),
        Metric(name="duration", value=result.seconds, unit="s"),
    )


def _evidence(result: ComparisonResult, spec: Path, context: Context) -> tuple[Evidence, ...]:
    name = result.comparison.id
    return (
        context.keep(result.summary, name=f"{name}/summary.json", media_type="application/json"),
        context.keep(result.differences, name=f"{name}/differences.parquet", media_type=_PARQUET),
        context.keep(result.old.path, name=f"{name}/old.parquet", media_type=_PARQUET),
        context.keep(result.new.path, name=f"{name}/new.parquet", media_type=_PARQUET),
        context.keep(spec, name=f"{name}/comparison.yaml", media_type="application/yaml"),
    )
