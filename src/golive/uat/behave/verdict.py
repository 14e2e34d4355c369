"""From behave's statuses to the business's: nothing but passed counts as passed."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from golive.errors import GoliveError
from golive.uat.behave import compat
from golive.uat.person import WaitsForPerson
from golive.uat.results import BLOCKED, BROKEN, FAILED, NOT_WRITTEN, PASSED, WAITING
from golive.uat.screen import CheckFailed, Unclear
from golive.uat.wording import say

__all__ = ["Verdict", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a scenario, in the business's words."""

    status: str
    message: str = ""
    step: str = ""
    step_line: int = 0
    #: For whoever wrote the steps; empty when there is nothing technical to say.
    details: str = ""


def judge(scenario: Any, language: str) -> Verdict:
    """Read what behave made of a scenario that has run.

    The first step that failed decides; what failed after soft checks is told with it.
    """
    failed = [
        _of_step(step, language)
        for step in scenario.all_steps
        if compat.has_failed(step) or step.status.name in {"pending_warn", "untested_pending"}
    ]
    if failed:
        return _together(failed[0], failed[1:], language)
    name = scenario.status.name
    ran = [step for step in scenario.all_steps if step.status.name == "passed"]
    if name == "passed" and ran and len(ran) == len(list(scenario.all_steps)):
        return Verdict(status=PASSED)
    if name == "skipped" or (name == "passed" and ran):
        reason = scenario.skip_reason or say(language, "it was skipped", "已跳过")
        return Verdict(status=BLOCKED, message=str(reason))
    if name in {"hook_error", "cleanup_error"}:
        text = str(scenario.error_message or name).removeprefix("HOOK-ERROR in ")
        return Verdict(
            status=BROKEN,
            message=say(
                language,
                f"what the workspace does around the scenario broke: {text}",
                f"场景前后的准备或清理出错：{text}",
            ),
            details=_trace(scenario.exception),
        )
    return Verdict(status=BROKEN, message=say(language, "it was not run", "没有执行"))


def _together(first: Verdict, later: Sequence[Verdict], language: str) -> Verdict:
    """Return the first verdict with what came of later steps that ran; nobody ran the others."""
    others = [one for one in later if one.status in {FAILED, BROKEN}]
    also = [
        say(
            language,
            f"; also line {one.step_line}, {one.step}: {one.message}",
            f"；另外第 {one.step_line} 行，{one.step}：{one.message}",
        )
        for one in others
    ]
    details = "\n".join(one.details for one in (first, *others) if one.details)
    return replace(first, message="".join((first.message, *also)), details=details)


def _of_step(step: Any, language: str) -> Verdict:
    text = f"{step.keyword} {step.name}" if step.keyword.isascii() else f"{step.keyword}{step.name}"
    status, message, details = _of_exception(step, language)
    also = say(language, "; also ", "；另外 ")
    message = also.join((message, *compat.noted(step.exception)))
    return Verdict(
        status=status, message=message, step=text, step_line=step.line or 0, details=details
    )


def _of_exception(step: Any, language: str) -> tuple[str, str, str]:
    error = step.exception
    match step.status.name, error:
        case ("undefined" | "untested_undefined", _):
            return (
                NOT_WRITTEN,
                say(language, "golive does not know this sentence", "没有这样的句子"),
                "",
            )
        case ("pending" | "pending_warn" | "untested_pending", _):
            return NOT_WRITTEN, say(language, "the step is not written yet", "步骤尚未实现"), ""
        case (_, CheckFailed()):
            return FAILED, str(error), ""
        case (_, WaitsForPerson()):
            # No outcome yet: it neither passed nor failed.
            return WAITING, str(error), ""
        case (_, Unclear() | GoliveError()):
            return BROKEN, str(error), ""
        case (_, AssertionError()):
            reason = str(error) or say(language, "the check does not hold", "检查不成立")
            return FAILED, reason, _trace(error)
    reason = f"{type(error).__name__}: {error}" if error is not None else str(step.error_message)
    first = reason.splitlines()[0] if reason else ""
    return (
        BROKEN,
        say(language, f"the step itself broke: {first}", f"步骤本身出错：{first}"),
        _trace(error),
    )


def _trace(error: BaseException | None) -> str:
    return "".join(traceback.format_exception(error)) if error is not None else ""
