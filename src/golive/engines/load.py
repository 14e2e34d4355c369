"""Run one load profile as a task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from golive.contracts import Args, Context, Target
from golive.errors import GoliveError, Problem, SetupError, SpecError
from golive.gate.facts import TargetState
from golive.load.definition import Profile, profile_digest, read_profiles
from golive.load.measurement import Measurement
from golive.load.runner import LoadFiles, allowed, run_load
from golive.load.verdict import LoadVerdict, judge, sentence
from golive.outcome import Evidence, Metric, Outcome, Status, Subject
from golive.run.standing import ask_target

__all__ = ["LoadEngine"]

_PROFILES = "load/profiles.yaml"
_UNITS = {"error_ratio": "1", "requests_per_second": "1/s"}


class LoadEngine:
    """Takes ``profile``: a name in ``load/profiles.yaml``."""

    def check(self, args: Args, context: Context) -> Iterable[Problem]:
        """Tell what is wrong with the profile, its user file, target and secret."""
        try:
            profile = _profile(args, context)
        except GoliveError as error:
            return error.problems
        return (*_missing(profile, context), *allowed(profile, context.environment))

    def run(self, args: Args, context: Context) -> Outcome:
        """Put on the load. A missed objective is ``failed``; an invalid measurement ``broken``.

        In a dry run no load is put on, which proves nothing.
        """
        started = datetime.now(UTC)
        try:
            profile = _profile(args, context)
            if problems := tuple(_missing(profile, context)):
                raise SetupError(*problems)
            if context.dry_run:
                return _not_run(context, started)
            return _measure(str(args["profile"]), profile, context, started)
        except GoliveError as error:
            return _broken(error, context, started)


def _profile(args: Args, context: Context) -> Profile:
    name = str(args.get("profile", ""))
    known = read_profiles(context.workspace / _PROFILES, shown_as=_PROFILES).profiles
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise SpecError.of(
            f"profile '{name}'",
            "is not in the file",
            path=_PROFILES,
            hint=f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}",
        )
    return known[name]


def _missing(profile: Profile, context: Context) -> Iterable[Problem]:
    if not (context.workspace / profile.locustfile).is_file():
        yield Problem(
            subject=f"user file '{profile.locustfile}'",
            message="does not exist",
            path=_PROFILES,
            hint="correct locustfile",
        )
    if profile.account and not context.secrets.get(profile.account.secret):
        yield Problem(
            subject=f"secret '{profile.account.secret}'",
            message=f"is not known in environment '{context.environment.name}'",
            hint="add it to the environment's secrets in pyproject.toml",
        )


def _measure(name: str, profile: Profile, context: Context, started: datetime) -> Outcome:
    locustfile = context.workspace / profile.locustfile
    files = LoadFiles.below(context.workdir)
    target = context.environment.targets.get(profile.target, Target(name=profile.target))
    told = ask_target(target) if target.url else TargetState(name=target.name)
    try:
        measured = run_load(
            profile,
            context.environment,
            locustfile=locustfile,
            folder=context.workdir,
            account=_account(profile, context),
            say=context.say,
        )
    except GoliveError as error:
        # A run that ended badly leaves its log and series as evidence too.
        return _broken(error, context, started, _evidence(name, files, locustfile, context))
    evidence = _evidence(name, files, locustfile, context)
    verdict = judge(profile, measured)
    return Outcome(
        status=verdict.status,
        summary=sentence(name, profile, measured, verdict, context.language),
        started=started,
        ended=datetime.now(UTC),
        metrics=_metrics(measured, verdict),
        evidence=evidence,
        subject=Subject(
            environment=context.environment.name,
            site=told.site or context.environment.facts.get("site", ""),
            target_version=told.build,
            digest=profile_digest(profile, locustfile),
        ),
    )


def _account(profile: Profile, context: Context) -> Mapping[str, str]:
    if profile.account is None:
        return {}
    return {
        "user": profile.account.user,
        "password": context.secrets[profile.account.secret],
    }


def _metrics(measured: Measurement, verdict: LoadVerdict) -> tuple[Metric, ...]:
    total = measured.total()
    objectives = [
        Metric(
            name=f"{item.objective.name} {item.objective.metric}".strip(),
            value=item.measured,
            unit=_UNITS.get(item.objective.metric, "ms"),
        )
        for item in verdict.results
        if item.measured is not None
    ]
    return (
        Metric(name="requests", value=float(total.requests), unit="requests"),
        Metric(name="errors", value=float(total.errors), unit="requests"),
        Metric(name="users", value=float(measured.peak_users), unit="users"),
        Metric(name="duration", value=measured.seconds, unit="s"),
        *objectives,
        Metric(name="generator_cpu", value=measured.cpu, unit="1"),
        Metric(name="generator_lag_p99", value=measured.lag_ms, unit="ms"),
    )


def _evidence(
    name: str, files: LoadFiles, locustfile: Path, context: Context
) -> tuple[Evidence, ...]:
    kept = (
        (files.result, "result.json", "application/json"),
        (files.series, "series.jsonl", "application/jsonl"),
        (files.log, "locust.log", "text/plain"),
        (context.workspace / _PROFILES, "profiles.yaml", "application/yaml"),
        (locustfile, locustfile.name, "text/x-python"),
    )
    return tuple(
        context.keep(path, name=f"{name}/{shown}", media_type=kind)
        for path, shown, kind in kept
        if path.is_file()
    )


def _not_run(context: Context, started: datetime) -> Outcome:
    zh = context.language == "zh"
    return Outcome(
        status=Status.SKIPPED,
        summary="试运行：未加压" if zh else "dry run: no load was put on",
        started=started,
        ended=datetime.now(UTC),
        subject=Subject(environment=context.environment.name),
    )


def _broken(
    error: GoliveError, context: Context, started: datetime, evidence: tuple[Evidence, ...] = ()
) -> Outcome:
    for problem in error.problems:
        context.say(str(problem))
    lead = "无法压测" if context.language == "zh" else "no load could be measured"
    return Outcome(
        status=Status.BROKEN,
        summary=f"{lead}: {error.problems[0]}",
        started=started,
        ended=datetime.now(UTC),
        evidence=evidence,
        subject=Subject(environment=context.environment.name),
    )
