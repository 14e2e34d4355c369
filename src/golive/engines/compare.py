"""Run one comparison of the old system with the new as a task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from golive.compare.basis import basis_of
from golive.compare.comparing import ComparisonResult, compare
from golive.compare.definition import Comparison, comparison_digest
from golive.compare.freezing import locator
from golive.compare.history import last_result
from golive.compare.junit import broken_junit
from golive.compare.keeping import evidence_of, forget_copies, forget_snapshots, keep_cycle
from golive.compare.reading import placed, read_comparison
from golive.compare.register import read_register
from golive.contracts import Args, Context
from golive.errors import GoliveError, Problem, Refused
from golive.outcome import Metric, Outcome, Status, Subject
from golive.plugins import load_source

__all__ = ["CompareEngine"]

#: Said before what a comparison without copies found: that it proves nothing.
_DRY = {"en": "dry run, no copy kept: ", "zh": "试比对，未保留副本："}
_XML = "application/xml"


class CompareEngine:
    """Takes ``comparison``: the path of a file in ``cutover_playbooks/comparisons/``.

    ``cycle`` makes it one business day of a dual run; what came of it is kept as
    ``<comparison>/cycle.json``, which the streak is counted from.
    """

    def check(self, args: Args, context: Context) -> Iterable[Problem]:
        """Tell what is wrong with the file, its sources and its targets."""
        try:
            comparison = _read(args, context)
            for side in (comparison.old, comparison.new):
                load_source(side.source)
        except GoliveError as error:
            return error.problems
        return (*_targets(comparison, context), *_day(args))

    def run(self, args: Args, context: Context) -> Outcome:
        """Compare. Open differences are ``failed``; what cannot be compared is ``broken``.

        In a dry run nothing was moved, so there is nothing to compare.
        """
        started = datetime.now(UTC)
        cycle = str(args.get("cycle", ""))
        comparison, basis, amount = None, "", ""
        try:
            problems = tuple(_day(args))
            if problems:
                raise Refused(*problems)
            comparison = _read(args, context)
            if context.dry_run:
                return _left_out(comparison, context, started)
            register = read_register(_register_path(args, context)).register
            basis = basis_of(
                comparison, register, locator(context.workspace, context.environment, cycle)
            )
            result = compare(
                comparison, context, cycle=cycle, acceptances=register.of(comparison.id),
                earlier=_earlier(comparison, context),
            )  # fmt: skip
            amount = result.findings.open_amount_text
            outcome = _outcome(result, comparison, args, context, started)
        except GoliveError as error:
            problems = error.problems
            if comparison is not None:
                problems = placed(_path(args, context), str(args["comparison"]), problems)
            outcome = _broken(problems, _path(args, context).stem, context, started)
        if comparison is not None and comparison.personal:
            forget_copies(context.workdir)
        if cycle and comparison is not None:
            kept = keep_cycle(outcome, comparison, cycle, basis, amount, context)
            outcome = replace(outcome, evidence=(*outcome.evidence, kept))
        return outcome


def _earlier(comparison: Comparison, context: Context) -> Mapping[str, Any] | None:
    """Return the last recorded summary, where what it says of its parts is asked for."""
    if comparison.buckets == 1:
        return None
    try:
        return last_result(context.workspace / "reports", comparison.id).summary
    except GoliveError:
        return None  # none yet, or not as it was written: then nothing is said of it


def _left_out(comparison: Comparison, context: Context, started: datetime) -> Outcome:
    zh = context.language == "zh"
    text = f"试运行：未比对 '{comparison.id}'" if zh else f"dry run: '{comparison.id}' not compared"
    return Outcome(
        status=Status.SKIPPED,
        summary=text,
        started=started,
        ended=datetime.now(UTC),
        subject=Subject(environment=context.environment.name),
    )


def _outcome(
    result: ComparisonResult,
    comparison: Comparison,
    args: Args,
    context: Context,
    started: datetime,
) -> Outcome:
    dry = comparison.snapshot == "none"
    agrees = Status.SKIPPED if dry else Status.PASSED
    lead = _DRY["zh" if context.language == "zh" else "en"] if dry else ""
    evidence = evidence_of(result, _path(args, context), context)
    if dry:
        forget_snapshots(result, context)
    return Outcome(
        status=Status.FAILED if result.failures else agrees,
        summary=lead + result.sentence(context.language),
        started=started,
        ended=datetime.now(UTC),
        metrics=_metrics(result),
        evidence=evidence,
        subject=Subject(
            environment=context.environment.name,
            site=context.environment.facts.get("site", ""),
            data_cut=_cut(result),
            # As the file says it, without the day: what a release's lock expects.
            digest=comparison_digest(comparison),
        ),
    )


def _cut(result: ComparisonResult) -> str:
    cycle = f"cycle {result.cycle} " if result.cycle else ""
    read = f"old sha256:{result.old.sha256} new sha256:{result.new.sha256}"
    if result.comparison.engine == "pushdown":
        # The files hold what differs; the moment both sides were in says which data it was.
        read = f"{result.old.watermark}, what differs: {read}"
    return cycle + read


def _day(args: Args) -> Iterable[Problem]:
    """Tell when ``cycle`` is no day."""
    text = str(args.get("cycle", ""))
    try:
        good = not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        good = False
    if not good:
        yield Problem(
            subject="cycle", message=f"'{text}' is not a day", hint="write it as 2026-11-30"
        )


def _path(args: Args, context: Context) -> Path:
    return context.workspace / str(args.get("comparison", ""))


def _read(args: Args, context: Context) -> Comparison:
    return read_comparison(_path(args, context), shown_as=str(args.get("comparison", "")))


def _register_path(args: Args, context: Context) -> Path:
    """Return the register of accepted differences: it stands beside the comparisons."""
    return _path(args, context).parent / "accepted.jsonl"


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


def _broken(
    problems: tuple[Problem, ...], name: str, context: Context, started: datetime
) -> Outcome:
    for problem in problems:
        context.say(str(problem))
    more = len(problems) - 1
    zh = context.language == "zh"
    rest = (f"(另有 {more} 个问题)" if zh else f" (and {more} more)") if more else ""
    lead = "无法比较" if zh else "cannot be compared"
    ended = datetime.now(UTC)
    junit = context.workdir / "junit.xml"
    seconds = (ended - started).total_seconds()
    junit.write_text(broken_junit(name, [str(item) for item in problems], seconds), "utf-8")
    return Outcome(
        status=Status.BROKEN,
        summary=f"{lead}: {problems[0]}{rest}",
        started=started,
        ended=ended,
        evidence=(context.keep(junit, name=f"{name}/junit.xml", media_type=_XML),),
        subject=Subject(environment=context.environment.name),
    )


def _metrics(result: ComparisonResult) -> tuple[Metric, ...]:
    found, rows = result.findings, result.findings.conservation
    numbers = {
        "old_rows": rows.old_rows,
        "new_rows": rows.new_rows,
        "agreeing_rows": found.agreeing,
        "differing_rows": found.open_rows,
        "only_old": found.count("only_old"),
        "only_new": found.count("only_new"),
        "merged": rows.merged,
        "rejected": rows.rejected,
    }
    values = {
        "open_values": found.count("open"),
        "values_by_rule": found.count("rule:"),
        "values_by_tolerance": found.count("tolerance"),
        "values_by_mapping": found.count("mapping"),
        "values_repaired": found.count("repair:"),
        "accepted": found.count("accepted:"),
        "in_flight": found.count("in_flight"),
    }
    return (
        *(Metric(name=name, value=float(value), unit="rows") for name, value in numbers.items()),
        *(Metric(name=name, value=float(value), unit="1") for name, value in values.items()),
        Metric(name="duration", value=result.seconds, unit="s"),
    )
