"""The only place that touches names behave does not promise; the parity test is its alarm."""

# ruff: noqa: SLF001 - that is what this module is for

from __future__ import annotations

import inspect
import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from traceback import FrameSummary
from typing import Any

from behave.configuration import Configuration
from behave.cucumber_expression import (
    StepMatcher4CucumberExpressions,
    use_step_matcher_for_cucumber_expressions,
)
from behave.formatter._registry import make_formatters
from behave.formatter.base import Formatter, StreamOpener
from behave.matchers import Matcher, get_step_matcher_factory
from behave.model import Feature, Rule, Scenario, Status
from behave.parser import Parser
from behave.runner import Context as BehaveContext
from behave.runner import ContextMode, Runner, the_step_registry
from cucumber_expressions.parameter_type import (  # type: ignore[import-untyped]  # it has no types
    ParameterType,
)

from golive.uat.expressions import LateExpression

__all__ = [
    "Configuration",
    "Context",
    "Feature",
    "Formatter",
    "Rule",
    "Runner",
    "Scenario",
    "enter",
    "finish",
    "forget_steps",
    "formatters",
    "give",
    "has_failed",
    "leave",
    "left_at_root",
    "matching",
    "new_formatter",
    "noted",
    "own_names",
    "quiet_configuration",
    "register",
    "register_types",
    "remember_matches",
    "replace_functions",
    "run_inner",
    "run_scenario",
    "step_patterns",
    "step_sources",
    "the_step_registry",
]


#: Types whose value is the same whenever a text is read.
_PLAIN = frozenset({"", "int", "float", "word", "string", "text", "control", "state", "soft"})

# -- setting up


def quiet_configuration() -> Configuration:
    """Return behave's configuration for a run in which others capture and report."""
    config = Configuration(command_args=[])
    config.capture = config.capture_stdout = config.capture_stderr = False
    config.capture_log = config.capture_hooks = False
    config.reporters = []
    config.show_skipped = True
    return config


# -- steps


class Context(BehaveContext):  # type: ignore[misc]  # behave has no types
    """behave's, noting who set an attribute without reading that line of the source.

    behave reads it each time, for a warning it gives when one attribute hides another.
    """

    def __setattr__(self, attr: str, value: Any) -> None:
        if attr.startswith("_") or self._may_warn(attr):
            super().__setattr__(attr, value)
            return
        caller = sys._getframe(1)
        code = caller.f_code
        self._record[attr] = FrameSummary(
            code.co_filename, caller.f_lineno, code.co_name, lookup_line=False
        )
        self._stack[0][attr] = value
        self._origin.setdefault(attr, self._mode)

    def _may_warn(self, attr: str) -> bool:
        own = self._mode is ContextMode.BEHAVE and self._origin.get(attr) is ContextMode.BEHAVE
        return not own and any(attr in frame for frame in self._stack[1:])


def forget_steps() -> None:
    """Forget every step definition of an earlier run in this process."""
    vars(the_step_registry).pop("find_match", None)
    # The one behave's decorators and runner hold; its own reset_runtime() replaces another.
    the_step_registry.clear()


def register_types(types: Iterable[ParameterType]) -> None:
    """Make parameter types known to Cucumber expressions; a workspace's own steps may use them."""
    use_step_matcher_for_cucumber_expressions()
    get_step_matcher_factory().reset()
    StepMatcher4CucumberExpressions.TYPE_REGISTRY.clear()
    for kind in types:
        StepMatcher4CucumberExpressions.TYPE_REGISTRY.define_parameter_type(kind)


class _LateMatcher(StepMatcher4CucumberExpressions):  # type: ignore[misc]  # behave has no types
    """behave's matcher for Cucumber expressions, compiled when a sentence can be it."""

    def __init__(self, function: Any, expression: str) -> None:
        # Not its own parent's, which compiles.
        Matcher.__init__(self, function, expression, step_type="step")
        types = self.TYPE_REGISTRY.parameter_types
        self.cucumber_expression = LateExpression(expression, types)


def register(pairs: Iterable[tuple[str, Any]]) -> None:
    """Register expressions with their functions for any kind of step."""
    use_step_matcher_for_cucumber_expressions()
    try:
        for expression, function in pairs:
            # Straight to the list: behave's own ambiguity check is quadratic and finds less.
            the_step_registry.steps["step"].append(_LateMatcher(function, expression))
    finally:
        get_step_matcher_factory().reset()


def replace_functions(replace: Callable[[Any], Any]) -> None:
    """Put another function in the place of each step definition's."""
    for definitions in the_step_registry.steps.values():
        for definition in definitions:
            definition.func = replace(definition.func)


def matching(runner: Runner, step_type: str, name: str) -> tuple[Any, ...]:
    """Return every step definition that matches a sentence, not only the first."""
    # Many scenarios share sentences, and each look tries every definition.
    known: dict[tuple[str, str], tuple[Any, ...]] = vars(runner).setdefault("_golive_known", {})
    key = (step_type, name)
    if key not in known:
        steps = _registry_of(runner).steps
        kinds = dict.fromkeys((step_type, "step"))
        known[key] = tuple(found for kind in kinds for found in steps[kind] if found.match(name))
    return known[key]


def remember_matches(runner: Runner) -> None:
    """Let a sentence that is said again be recognised at once.

    Only such as take no types of the workspace's own: those may make another value each time.
    """
    known: dict[tuple[str, str], Any] = {}
    look = type(the_step_registry).find_match

    def find_match(step: Any) -> Any:
        key = (step.step_type, step.name)
        if key in known:
            return known[key]
        found = matching(runner, *key)
        if len(found) == 1 and _takes_plain_values(found[0]):
            known[key] = found[0].match(step.name)
            return known[key]
        return look(the_step_registry, step)

    the_step_registry.find_match = find_match


def _takes_plain_values(definition: Any) -> bool:
    names = set(re.findall(r"\{(\w*)\}", definition.pattern))
    return isinstance(definition, StepMatcher4CucumberExpressions) and names <= _PLAIN


def step_patterns(runner: Runner) -> tuple[str, ...]:
    """Return the pattern of every step definition."""
    return tuple(found.pattern for kind in _registry_of(runner).steps.values() for found in kind)


def step_sources(runner: Runner) -> Iterator[tuple[str, str, str, int]]:
    """Yield of every step definition its pattern, its function's docstring, file and line."""
    for kind in _registry_of(runner).steps.values():
        for found in kind:
            function = inspect.unwrap(found.func)
            code = getattr(function, "__code__", None)
            if code is not None:
                doc = (function.__doc__ or "").strip().split("\n")[0]
                yield found.pattern, doc, code.co_filename, code.co_firstlineno


def _registry_of(runner: Runner) -> Any:
    return runner.step_registry or the_step_registry


# -- running


def run_inner(context: Any, text: str, path: str, shown: Callable[[str], str]) -> None:
    """Run steps inside the running one, as ``execute_steps`` does; raise what the first raised.

    A soft step that fails does not stop the others; what they raise is noted on the first, with
    its sentence as ``shown`` returns it.
    """
    steps = Parser(context.feature.language).parse_steps(text, path)
    table, words = getattr(context, "table", None), getattr(context, "text", None)
    first: BaseException | None = None
    goes_on = True
    with context._use_with_behave_mode():
        try:
            for step in steps:
                if step.run(context._runner, quiet=True, capture=False):
                    continue
                name = shown(step.name)
                error = step.exception or AssertionError(f"{name}: {step.status.name}")
                if first is None:
                    first = error
                else:
                    first.add_note("\n".join((f"{name}: {error}", *noted(error))))
                if not (goes_on := context.scenario.continue_after_failed_step):
                    break
        finally:
            context.table, context.text = table, words
    if first is not None:
        context.scenario.continue_after_failed_step = goes_on
        raise first


def noted(error: BaseException | None) -> tuple[str, ...]:
    """Return what failed after an error in the same group of steps, each with its step."""
    return tuple(getattr(error, "__notes__", ()))


def has_failed(step: Any) -> bool:
    """Return whether a step that has run failed; behave asks a passed one ten questions."""
    return step.status is not Status.passed and bool(step.status.has_failed())


def new_formatter(kind: type[Formatter], config: Configuration) -> Formatter:
    """Return a formatter that writes to nowhere; it is used for the events it is told."""
    return kind(StreamOpener(stream=io.StringIO()), config)


def enter(runner: Runner, entity: Feature | Rule) -> None:
    """Do the first half of a feature's or rule's own ``run``: layer, tags, hooks."""
    entity.clear_status()
    entity.hook_failed = False
    kind = entity.type
    runner.context._push(layer=kind)
    runner.context.tags = set(entity.tags)
    entity._setup_context_for_run(runner.context)
    for formatter in runner.formatters:
        if tell := getattr(formatter, kind, None):
            tell(entity)
        if entity.background:
            formatter.background(entity.background)
    sink = {"capture_sink": entity.capture_sink}
    runner.run_hook_tags_with_capture("before_tag", entity.tags, **sink)
    runner.run_hook_with_capture(f"before_{kind}", entity, **sink)


def leave(runner: Runner, entity: Feature | Rule) -> bool:
    """Do the second half of a feature's or rule's own ``run``; False when a hook failed."""
    entity.clear_status()
    failed_before = entity.hook_failed
    sink = {"capture_sink": entity.capture_sink}
    runner.run_hook_with_capture(f"after_{entity.type}", entity, **sink)
    runner.run_hook_tags_with_capture("after_tag", entity.tags, **sink)
    clean = failed_before or not entity.hook_failed
    try:
        runner.context._pop(**sink)
    except Exception:  # noqa: BLE001 - whatever a workspace's cleanup raises
        clean = False
    name = "eof" if entity.type == "feature" else f"{entity.type}_finished"
    for formatter in runner.formatters:
        if tell := getattr(formatter, name, None):
            tell()
    return clean


def run_scenario(runner: Runner, scenario: Scenario) -> None:
    """Call behave's own ``Scenario.run``; leave the context as it was whatever is raised.

    Raise KeyboardInterrupt when the user asked to stop, which behave only notes.
    """
    with _unwound(runner):
        row = getattr(scenario, "_row", None)
        if row is not None:
            runner.context._set_root_attribute("active_outline", row)
        try:
            scenario.run(runner)
        finally:
            if row is not None:
                runner.context._set_root_attribute("active_outline", None)
    if any(isinstance(step.exception, KeyboardInterrupt) for step in scenario.all_steps):
        raise KeyboardInterrupt


@contextmanager
def _unwound(runner: Runner) -> Iterator[None]:
    """Take away the layers a BaseException (skip, timeout) left on the context."""
    depth = len(runner.context._stack)
    try:
        yield
    finally:
        while len(runner.context._stack) > depth:
            runner.context._pop()


def left_at_root(runner: Runner) -> Mapping[str, Any]:
    """Return what ``before_all`` set on the context, without what behave itself keeps there."""
    fresh = Context(runner)._root
    root = runner.context._root
    return {
        name: value
        for name, value in root.items()
        if name not in fresh and not name.startswith("@")
    }


def own_names(context: Any) -> frozenset[str]:
    """Return what the workspace's own code has set on a scenario's context."""
    origin = context._origin
    frame = context._stack[0]
    return frozenset(name for name in frame if origin.get(name) is ContextMode.USER)


def give(runner: Runner, values: Mapping[str, Any]) -> None:
    """Set on the context what ``before_all`` set on it in another process."""
    for name, value in values.items():
        setattr(runner.context, name, value)


def formatters(config: Configuration) -> list[Any]:
    """Return the formatters a configuration asks for."""
    return list(make_formatters(config, config.outputs))


def finish(runner: Runner) -> None:
    """Run what is left of the context's cleanups at the very end."""
    runner.context._do_remaining_cleanups()
