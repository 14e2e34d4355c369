"""Judge a measurement by a profile's objectives; pure."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass

from golive.load.definition import Objective, Profile
from golive.load.measurement import Measurement
from golive.outcome import Status

__all__ = ["LoadVerdict", "ObjectiveResult", "judge", "sentence"]

_HOLDS = {"<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt}


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveResult:
    """An objective and what was measured of it; None is no sample."""

    objective: Objective
    measured: float | None

    @property
    def met(self) -> bool:
        """True when it was measured and holds."""
        if self.measured is None:
            return False
        return bool(_HOLDS[self.objective.op](self.measured, self.objective.value))

    def __str__(self) -> str:
        name = f"{self.objective.name} " if self.objective.name else ""
        value = "none" if self.measured is None else f"{self.measured:.4g}"
        return (
            f"{name}{self.objective.metric} {value} ({self.objective.op} {self.objective.value:g})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadVerdict:
    """``broken`` with the reasons why the run proves nothing, else passed or failed."""

    status: Status
    results: tuple[ObjectiveResult, ...]
    #: Why nothing was proven, as (English, Chinese).
    invalid: tuple[tuple[str, str], ...] = ()


def judge(profile: Profile, measured: Measurement) -> LoadVerdict:
    """Judge all objectives; a run that cannot be trusted is broken whatever it measured."""
    results = tuple(
        ObjectiveResult(objective=item, measured=measured.value(item.metric, item.name))
        for item in profile.objectives
    )
    invalid = tuple(_invalid(profile, measured, results))
    met = bool(results) and all(item.met for item in results)
    status = Status.BROKEN if invalid else Status.PASSED if met else Status.FAILED
    return LoadVerdict(status=status, results=results, invalid=invalid)


def _invalid(
    profile: Profile, measured: Measurement, results: tuple[ObjectiveResult, ...]
) -> Iterator[tuple[str, str]]:
    total, last = measured.total(), profile.stages[-1].users
    if measured.user_file_errors:
        first = next((text for text, _ in measured.errors), "")
        yield (
            f"the user file raised {measured.user_file_errors} errors, e.g. {first}",
            f"用户脚本出错 {measured.user_file_errors} 次,例如 {first}",
        )
    if not total.requests:
        yield (
            "not one request was made, see locust.log",
            "没有发出任何请求,见 locust.log",
        )
        return
    if total.unanswered == total.requests:
        yield "the target answered no request at all", "目标系统没有回应任何请求"
    for item in results:
        if item.measured is None:
            name = item.objective.name
            yield f"not one request was named '{name}'", f"没有名为“{name}”的请求"
    if not measured.completed:
        yield "it was stopped before its last stage ended", "在最后阶段结束前被停止"
    if measured.peak_users < profile.users:
        yield (
            f"only {measured.peak_users} of {profile.users} users could be started",
            f"只启动了 {profile.users} 个用户中的 {measured.peak_users} 个",
        )
    elif measured.completed and measured.final_users < last:
        yield (
            f"only {measured.final_users} of {last} users were still at work at the end",
            f"结束时 {last} 个用户中只有 {measured.final_users} 个仍在工作",
        )
    yield from _generator_bound(profile, measured)


def _generator_bound(profile: Profile, measured: Measurement) -> Iterator[tuple[str, str]]:
    limits = profile.generator
    if measured.cpu > limits.cpu:
        yield (
            (
                f"invalid measurement: the generator used {measured.cpu:.0%} of its core "
                f"(limit {limits.cpu:.0%})"
            ),
            f"测量无效:压测机占用单核 {measured.cpu:.0%}(上限 {limits.cpu:.0%})",
        )
    if measured.lag_ms > limits.lag_ms:
        yield (
            (
                "invalid measurement: the generator's own timers were "
                f"{measured.lag_ms:.0f} ms late (limit {limits.lag_ms:.0f} ms)"
            ),
            f"测量无效:压测机自身延迟 {measured.lag_ms:.0f} 毫秒(上限 {limits.lag_ms:.0f} 毫秒)",
        )


def sentence(
    name: str, profile: Profile, measured: Measurement, verdict: LoadVerdict, language: str = "en"
) -> str:
    """Tell the verdict in one sentence, the objectives that were met as well as those missed."""
    zh = language == "zh"
    title = (profile.title_zh if zh else profile.title) or name
    if verdict.invalid:
        reasons = "; ".join(pair[zh] for pair in verdict.invalid)
        return f"{title}:{reasons}" if zh else f"{title}: {reasons}"
    missed = [str(item) for item in verdict.results if not item.met]
    met = [str(item) for item in verdict.results if item.met]
    requests = measured.total().requests
    if zh:
        lead = f"{title}:{measured.peak_users} 个用户,{measured.seconds:.0f} 秒,{requests:,} 个请求"
        parts = [lead, *([f"未达标 {', '.join(missed)}"] if missed else [])]
        return ";".join([*parts, *([f"达标 {', '.join(met)}"] if met else [])])
    lead = f"{title}: {measured.peak_users} users, {measured.seconds:.0f} s, {requests:,} requests"
    parts = [lead, *([f"missed {', '.join(missed)}"] if missed else [])]
    return "; ".join([*parts, *([f"met {', '.join(met)}"] if met else [])])
