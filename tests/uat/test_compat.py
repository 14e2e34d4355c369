"""What golive does quicker than behave comes to the same: attributes, and a sentence's match."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import pytest
from behave.runner import Context as BehaveContext
from behave.runner import ContextMaskWarning

from golive.uat.behave import compat
from golive.uat.phrases import parameter_types


class Asked:
    """All a context asks of a runner."""

    config = SimpleNamespace(verbose=False)


def story(kind):
    """Return what a context holds, whose it is, and which warnings it gives, after some work."""
    runner = Asked()
    context = kind(runner)
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always", ContextMaskWarning)
        context.made = 1
        context._push("scenario")
        context.text, context.table = "a", None
        with context.use_with_user_mode():
            context.own = [2]
            context.made = 3
            context.own = 4
        context.own = 5
        context._push("step")
        context.own = 6
    frames = [{k: v for k, v in f.items() if not k.startswith("@")} for f in context._stack]
    told = [str(one.message).partition(" originally")[0] for one in given]
    return frames, dict(context._origin), told


def test_a_context_is_behaves_own():
    assert story(compat.Context) == story(BehaveContext)
    assert len(story(compat.Context)[2]) == 2


def test_a_hidden_attribute_names_its_place_as_behave_does():
    runner = Asked()
    context = compat.Context(runner)
    with context.use_with_user_mode():
        context.mine = 1
    context._push("scenario")
    with pytest.warns(ContextMaskWarning, match=r"set in context.mine = 1 \(.*test_compat\.py:"):
        context.mine = 2


def test_a_sentence_is_recognised_once_unless_its_values_are_the_workspaces_own():
    compat.forget_steps()
    compat.register_types(parameter_types())
    tried = []

    def looked(name):
        def match(text):
            tried.append((name, text))
            return (name, text) if name in text else None

        return match

    compat.register([("{int} plain", lambda _c, _n: None)])
    (plain,) = compat.the_step_registry.steps["step"]
    other = SimpleNamespace(pattern="other {own}", match=looked("other"))
    compat.the_step_registry.steps["given"].append(other)
    runner = SimpleNamespace(step_registry=compat.the_step_registry)
    compat.remember_matches(runner)
    find = compat.the_step_registry.find_match
    step = SimpleNamespace(step_type="given", name="3 plain")
    first = find(step)
    assert [one.value for one in first.arguments] == [3]
    assert find(step) is first
    assert first.func is plain.func
    step.name = "other 1"
    tried.clear()
    assert find(step) == find(step) == ("other", "other 1")
    assert len(tried) == 3
    step.name = "nobody knows it"
    assert find(step) is None
    compat.forget_steps()
    assert "find_match" not in vars(compat.the_step_registry)
