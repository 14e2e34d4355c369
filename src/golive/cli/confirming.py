"""golive uat confirm: what scenarios ask people, and a person's answer."""

from __future__ import annotations

import click

from golive.cli.identity import TEAM, identify
from golive.cli.options import lang_option, project_here
from golive.errors import Refused
from golive.record.actors import this_actor
from golive.uat.judgements import OpenQuestion, answer, open_questions, people_folder
from golive.uat.wording import say

__all__ = ["confirm"]


@click.command("confirm")
@click.argument("key", required=False, default="")
@click.argument("judgement", required=False, type=click.Choice(["yes", "no", "是", "否"]))
@click.option("--comment", default="", help="Why; needed for a no.")
@click.option("--as", "person", default="", metavar="PERSON", help="Who judges.")
@lang_option
def confirm(key: str, judgement: str | None, comment: str, person: str, lang: str | None) -> None:
    """List what scenarios wait for, or judge it: golive uat confirm KEY yes|no.

    The scenario goes on with the answer when it is run again, or at once when it is waiting.
    """
    project = project_here(lang=lang)
    language = project.language.value
    folder = people_folder(project.root)
    if not key:
        _list([one for one in open_questions(folder) if not one.answered], language)
        return
    if judgement is None:
        raise Refused.of(
            say(language, "judgement", "判断"),
            say(language, "is missing", "没有给出"),
            hint=f"golive uat confirm {key} yes|no --as PERSON",
        )
    holds = judgement in {"yes", "是"}
    if not holds and not comment:
        raise Refused.of(
            say(language, "judgement", "判断"),
            say(language, "a no needs its reason", "回答“否”时必须说明原因"),
            hint='--comment "…"',
        )
    # A workspace that only tests has no team, so nobody there has a PIN.
    known = (project.root / TEAM).is_file() or not person
    who = identify(project, person) if known else this_actor(person, assurance="claimed")
    asked = answer(
        folder, key, holds=holds, person=who.person, assurance=who.assurance, comment=comment
    )
    click.echo(
        say(
            language,
            f"{who.person} {'confirms' if holds else 'does not confirm'}: {asked.statement}",
            f"{who.person}{'确认' if holds else '不认可'}：{asked.statement}",
        )
    )


def _list(questions: list[OpenQuestion], language: str) -> None:
    if not questions:
        click.echo(say(language, "no scenario waits for a person", "没有场景等待人工确认"))
    for one in questions:
        build = say(language, f" (build {one.build})", f"（版本 {one.build}）") if one.build else ""
        click.echo(f"{one.key}  {one.statement}{build}\n    {one.scenario}:{one.line}")
