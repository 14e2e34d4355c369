"""golive's phrases as behave step definitions, and which sentences have none or too many."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from golive.errors import Problem, SpecError
from golive.uat.behave import compat
from golive.uat.behave.apart import Apart
from golive.uat.behave.reading import Case
from golive.uat.concepts import Concept
from golive.uat.holding import passes_over
from golive.uat.lint import undefined_step
from golive.uat.performing import perform
from golive.uat.phrases import OwnSentence, Phrase, parameter_types
from golive.uat.values import filled
from golive.uat.wording import say
from golive.uat.workbook import Workbook, load_workbook, require_sound

__all__ = ["load_steps", "own_steps", "unready"]


def load_steps(runner: compat.Runner, root: Path, apart: Apart | None = None) -> None:
    """Load the workspace's hooks and steps, asynchronous ones to run apart; then golive's phrases.

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
    if apart is not None:
        compat.replace_functions(lambda function: _unless_done(apart.wrap(function)))
    book = load_workbook(root)
    require_sound(book)
    compat.register(_definitions(book))
    compat.remember_matches(runner)
    if gaps := tuple(_gaps(runner, book)):
        raise SpecError(*gaps)


def _unless_done(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a step function that does nothing when an earlier run has done the step."""

    @functools.wraps(function)
    def call(context: Any, *args: Any, **kwargs: Any) -> Any:
        session = getattr(context, "golive", None)
        done = session is not None and passes_over(session)
        return None if done else function(context, *args, **kwargs)

    return call


def _definitions(book: Workbook) -> Iterator[tuple[str, Callable[..., None]]]:
    for phrase in book.phrases:
        for language in phrase.languages:
            concept = book.concept(phrase.id, language)
            run = _step(phrase, language) if concept is None else _group(concept, language)
            yield phrase.sentence(language), run


def _step(phrase: Phrase, language: str) -> Callable[..., None]:
    def run(context: Any, *values: Any) -> None:
        ordered, soft = phrase.taken(language, values)
        if passes_over(context.golive):
            return
        # behave then takes the step as failed and goes on to the next.
        context.scenario.continue_after_failed_step = soft
        perform(context.golive, phrase.id, ordered, context.table)

    return run


def _group(concept: Concept, language: str) -> Callable[..., None]:
    """Return what runs a concept: its steps inside its own, with its values by their names."""

    def run(context: Any, *values: str) -> None:
        session = context.golive
        if passes_over(session):
            return
        given = dict(concept.named(language, [session.value(value) for value in values]))
        before = {name: session.remembered.get(name) for name in given}
        session.remembered.update(given)
        around, session.given = session.given, given
        text = concept.text(context.feature.language)
        try:
            compat.run_inner(context, text, concept.path, lambda said: filled(said, given))
        finally:
            session.given = around
            for name, value in before.items():
                if value is None:
                    session.remembered.pop(name, None)
                else:
                    session.remembered[name] = value

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
    found = compat.matching(runner, step.step_type, step.name)
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
        message, hint = _unknown_sentence(runner, step.name, case.language)
    # What is wrong may stand in the row of a sheet.
    return Problem(
        subject=case.place, message=message, path=case.path, line=step.line or case.line, hint=hint
    )


def _unknown_sentence(runner: compat.Runner, sentence: str, language: str) -> tuple[str, str]:
    book = load_workbook(runner.root)
    return undefined_step(sentence, language, book.nearest(sentence, others=_own_patterns(runner)))


def _gaps(runner: compat.Runner, book: Workbook) -> Iterator[Problem]:
    """Yield the sentences inside concepts that nobody or several know."""
    for concept in book.concepts.values():
        for place, (kind, text) in concept.kinds.items():
            found = compat.matching(runner, kind, text)
            if len(found) == 1:
                continue
            message, hint = _unknown_sentence(runner, text, concept.language)
            if found:
                patterns = " | ".join(str(definition.pattern) for definition in found)
                message = say(
                    concept.language,
                    f"'{text}' can be read as more than one sentence: {patterns}",
                    f"“{text}”可以理解为多个句子：{patterns}",
                )
                hint = ""
            yield Problem(
                subject=concept.sentence,
                message=message,
                path=concept.path,
                line=concept.line + place + 1,
                hint=hint,
            )


def own_steps(runner: compat.Runner, root: Path) -> Iterator[OwnSentence]:
    """Yield the sentences defined in the workspace's own files."""
    own = set(_own_patterns(runner))
    for pattern, doc, filename, line in compat.step_sources(runner):
        path = (root / filename).resolve()
        if pattern in own and path.is_relative_to(root.resolve()):
            shown = path.relative_to(root.resolve()).as_posix()
            yield OwnSentence(pattern=pattern, help=doc, path=shown, line=line)


def _own_patterns(runner: compat.Runner) -> tuple[str, ...]:
    """Return the patterns of the workspace's own Python phrases."""
    book = load_workbook(runner.root)
    known = {phrase.sentence(code) for phrase in book.phrases for code in phrase.languages}
    return tuple(text for text in compat.step_patterns(runner) if text not in known)
