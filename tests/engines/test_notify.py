"""A notice goes out whole or not at all: a missing word is broken, never ``{{ }}``."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from golive.engines.notify import NotifyEngine
from golive.outcome import Status

NOTICES = Path(__file__).parents[2] / "cutover_playbooks" / "notices"


@pytest.fixture
def notify(context, write):
    def notify(text, **args):
        name = write("notices/word.j2", text)
        return NotifyEngine().run({"notice": name, "to": ["business"], **args}, context)

    return notify


def test_a_notice_is_written_and_kept(notify, context):
    outcome = notify("For {{ to | join }} in {{ environment }}: {{ word }}\n", vars={"word": "go"})
    assert outcome.status is Status.PASSED
    assert (context.workdir / "word.txt").read_text() == "For business in demo: go\n"
    assert [kept.name for kept in outcome.evidence] == ["word.txt"]
    assert context.said == ["notice for business: For business in demo: go"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Call {{ phone }}", "'phone' is undefined"),
        ("Call {{ facts.phone }}", "phone"),
        ("Call {{ '{{' }} phone", "template marks"),
        ("{% if false %}never{% endif %}\n", "empty"),
        ("Call {% if", "no Jinja2 template"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% include '../../pw' %}", "pw"),
    ],
)
def test_a_notice_with_a_word_missing_is_broken(notify, context, write, text, told):
    write("../pw", "kanari")
    outcome = notify(text)
    assert outcome.status is Status.BROKEN
    assert told in outcome.summary
    assert list(context.workdir.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"notice": "missing.j2", "to": ["all"]}, "'missing.j2'"),
        ({"notice": "../word.j2", "to": ["all"]}, "is no file of this workspace"),
        ({"to": ["all"]}, "is no file of this workspace"),
        ({"notice": "word.j2"}, "'to'"),
        ({"notice": "word.j2", "to": "all"}, "'to'"),
        ({"notice": "word.j2", "to": []}, "'to'"),
        ({"notice": "word.j2", "to": ["all"], "send": True}, "key 'send'"),
        ({"notice": "word.j2", "to": ["all"], "vars": "x"}, "'vars'"),
    ],
)
def test_wrong_arguments_are_told_and_broken(context, write, args, told):
    write("word.j2", "hello")
    write("../word.j2", "hello")
    assert any(told in str(problem) for problem in NotifyEngine().check(args, context))
    assert NotifyEngine().run(args, context).status is Status.BROKEN


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", sorted(NOTICES.glob("*.j2")), ids=lambda path: path.stem)
def test_this_workspaces_notices_speak_both_languages(context, path, language):
    shutil.copy(path, context.workspace)
    context.language = language
    args = {"notice": path.name, "to": ["business", "finance"]}
    outcome = NotifyEngine().run(args, context)
    assert outcome.status is Status.PASSED, outcome.summary
    first, second = context.workdir.joinpath(f"{path.stem}.txt").read_text("utf-8").split("-" * 40)
    chinese, english = (first, second) if language == "zh" else (second, first)
    assert "收件人：business、finance" in chinese
    assert "To: business, finance" in english
    assert first[0] != "\n"


def test_a_notice_needs_no_gateway(context):
    context.environment = dataclasses.replace(context.environment, targets={})
    shutil.copy(NOTICES / "live.j2", context.workspace)
    outcome = NotifyEngine().run({"notice": "live.j2", "to": ["business"]}, context)
    assert outcome.status is Status.PASSED
