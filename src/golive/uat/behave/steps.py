"""golive's phrases as behave step definitions, and which sentences have none or too many."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from golive.errors import Problem, SpecError
from golive.uat.behave import compat
from golive.uat.behave.reading import Case
from golive.uat.lint import undefined_step
from golive.uat.performing import perform
from golive.uat.phrases import Phrase, load_phrasebook, parameter_types
from golive.uat.wording import say

__all__ = ["load_steps", "unready"]


def load_steps(runner: compat.Runner, root: Path) -> None:
    """Load the workspace's hooks and steps, then golive's phrases.

    Raise SpecError, with file and line, when one of the workspace's files does not load.
    """
    compat.forget_steps()
    compat.register_types(parameter_types())
    runner.step_registry = compat.the_step_registry
    try:
        runner.load_hooks()
        if (Path(runner.base_dir) / runner.config.steps_dir).is_dir():
            runner.load_step_definitions()
    except Exception as error:
        raise _does_not_load(error, root) from error
    compat.register(_definitions())


def _definitions() -> Iterator[tuple[str, Callable[..., None]]]:
    for phrase in load_phrasebook().phrases:
        for language in ("en", "zh"):
            yield phrase.sentence(language), _step(phrase, language)


def _step(phrase: Phrase, language: str) -> Callable[..., None]:
    def run(context: Any, *values: Any) -> None:
        ordered, soft = phrase.taken(language, values)
        # behave then takes the step as failed and goes on to the next.
        context.scenario.continue_after_failed_step = soft
        perform(context.golive, phrase.id, ordered, context.table)

    return run


def _does_not_load(error: Exception, root: Path) -> SpecError:
    """Say which line of the workspace's own code broke, without a traceback."""
    places = [
        (Path(frame.filename), frame.lineno or 0)
        for frame in traceback.extract_tb(error.__traceback__)
        if (root / frame.filename).is_relative_to(root) and "site-packages" not in frame.filename
    ]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((Path(error.filename), error.lineno or 0))
    path, line = places[-1] if places else (Path("steps"), 0)
    shown = (root / path).relative_to(root) if (root / path).is_relative_to(root) else path
    return SpecError(
        Problem(
            subject="",
            message=f"does not load: {type(error).__name__}: {error}",
            path=shown.as_posix(),
            line=line,
            hint="correct the step file",
        )
    )


def unready(runner: compat.Runner, case: Case) -> tuple[Problem, ...]:
    """Return why a case cannot be run yet: what it lacks, and sentences nobody or several know."""
    if case.problems or case.scenario is None:
        return case.problems
    return tuple(
        problem for step in case.scenario.all_steps if (problem := _unknown(runner, case, step))
    )


def _unknown(runner: compat.Runner, case: Case, step: Any) -> Problem | None:
    found = compat.matching(runner, step)
    if len(found) == 1:
        return None
    if found:
        patterns = " | ".join(str(definition.pattern) for definition in found)
        message = say(
            case.language,
            f"'{step.name}' can be read as more than one sentence: {patterns}",
            f"“{step.name}”可以理解为多个句子：{patterns}",
        )
        hint = say(case.language, "change one of the workspace's own", "请修改工作区自己的句子")
    else:
        near = load_phrasebook().nearest(step.name, others=_own_patterns(runner))
        message, hint = undefined_step(step.name, case.language, near)
    return Problem(
        subject="", message=message, path=case.path, line=step.line or case.line, hint=hint
    )


def _own_patterns(runner: compat.Runner) -> tuple[str, ...]:
    shipped = {p.sentence(language) for p in load_phrasebook().phrases for language in ("en", "zh")}
    return tuple(text for text in compat.step_patterns(runner) if text not in shipped)
