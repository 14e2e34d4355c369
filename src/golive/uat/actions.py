"""The table of what phrases do; who works, moving about, and what is remembered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from golive.browser import Locator
from golive.uat.candidates import FIELD_ROLES, Scope
from golive.uat.holding import standing_now
from golive.uat.person import Question, WaitsForPerson
from golive.uat.screen import CheckFailed, Unclear
from golive.uat.session import Session
from golive.uat.wording import say

__all__ = ["ACTIONS", "Action", "Table", "action", "no_table", "pairs", "rows_of", "shown_value"]

_FIELD_HEADINGS = {("field", "value"), ("字段", "值"), ("字段", "内容")}


class Table(Protocol):
    """A step's table as behave gives it."""

    headings: Sequence[str]
    rows: Sequence[Any]


Action = Callable[..., None]
ACTIONS: dict[str, Action] = {}


def action(phrase: str) -> Callable[[Action], Action]:
    """Register what a phrase does."""

    def register(function: Action) -> Action:
        ACTIONS[phrase] = function
        return function

    return register


# -- who works


@action("sign-in")
def _sign_in(session: Session, _table: Table | None, role: str) -> None:
    session.sign_in(session.value(role))


@action("continue-as")
def _continue_as(session: Session, _table: Table | None, role: str) -> None:
    session.continue_as(session.value(role))


@action("sign-out")
def _sign_out(session: Session, _table: Table | None) -> None:
    session.sign_out()


@action("person")
def _person(session: Session, _table: Table | None, statement: str) -> None:
    before, session.asked = session.asked, None
    question = before or Question(
        scenario=session.scenario,
        line=session.line,
        statement=session.value(statement),
        language=session.language,
        role=session.role,
    )
    session.take_picture(session.line)
    judged = session.witness.judgement(question)
    if judged is None:
        waits = say(
            session.language,
            f"waits for a person to confirm that “{question.statement}”",
            f"等待人工确认：“{question.statement}”",
        )
        session.standing = standing_now(session, question)
        raise WaitsForPerson(question, waits + _other_each_time(session, statement))
    session.judged.append((question, judged))
    if not judged.holds:
        why = f": {judged.comment}" if judged.comment else ""
        raise CheckFailed(
            say(
                session.language,
                f"{judged.person} does not confirm “{question.statement}”{why}",
                f"{judged.person} 不认可“{question.statement}”{why}",
            )
        )


def _other_each_time(session: Session, statement: str) -> str:
    """Say why the next run would not find the answer: what it names is made anew by each run."""
    if "{" not in statement or session.standing is not None:
        return ""
    return say(
        session.language,
        " (what it names is another in each run: run it with --wait-for-people MINUTES)",
        "（其中的值每次运行都不同，请用 --wait-for-people 分钟数 运行，等待时作答）",
    )


# -- moving


@action("reload")
def _reload(session: Session, _table: Table | None) -> None:
    session.page.reload()
    session.screen.settle()


@action("back")
def _back(session: Session, _table: Table | None) -> None:
    if session.page.go_back() is None and session.page.url == "about:blank":
        raise CheckFailed(
            say(session.language, "there is no page to go back to", "没有可返回的上一页")
        )
    session.screen.settle()


@action("new-window")
def _new_window(session: Session, _table: Table | None) -> None:
    if session.screen.until(session.window.newest) is None:
        raise CheckFailed(say(session.language, "no new window has opened", "没有打开新的窗口"))
    session.screen.settle()


@action("close-window")
def _close_window(session: Session, _table: Table | None) -> None:
    if len(session.window.screens) == 1:
        raise Unclear(
            say(session.language, "it is the only window of this role", "这是该角色唯一的窗口")
        )
    session.page.close()
    session.screen.settle()


@action("wait")
def _wait(session: Session, _table: Table | None, seconds: int) -> None:
    session.page.wait_for_timeout(seconds * 1000)


@action("picture")
def _picture(session: Session, _table: Table | None, name: str) -> None:
    session.screen.settle()
    session.take_picture(session.line, name=session.value(name))


# -- tables below a sentence


def no_table(session: Session) -> Unclear:
    """Return the error of a sentence without the two-column table it needs."""
    return Unclear(
        say(
            session.language,
            "the sentence needs a table of two columns below it: | field | value |",
            "这句话下面需要一个两列的表格：| 字段 | 值 |",
        )
    )


def pairs(session: Session, table: Table | None) -> Iterator[tuple[str, str]]:
    """Yield a two-column table's rows; its first row too, unless it reads Field | Value."""
    if table is None or len(table.headings) != 2:  # noqa: PLR2004 - a field and its value
        raise no_table(session)
    head = (table.headings[0], table.headings[1])
    if tuple(word.strip().lower() for word in head) not in _FIELD_HEADINGS:
        yield head
    for row in table.rows:
        yield row.cells[0], row.cells[1]


def rows_of(session: Session, table: Table | None) -> Table:
    """Return the table below a sentence. Raise Unclear when it is missing or has no row."""
    if table is None or not table.rows:
        raise Unclear(
            say(
                session.language,
                "the sentence needs a table with headings and rows below it",
                "这句话下面需要一个带表头和数据行的表格",
            )
        )
    return table


# -- remembering


def shown_value(session: Session, name: str) -> str:
    """Return what a field shows. Raise CheckFailed when there is no such field."""
    found = session.screen.until(lambda: session.screen.shown_value(name))
    if found is None:
        what = say(session.language, "field", "字段")
        raise CheckFailed(session.screen.nothing_called(name, what, (*FIELD_ROLES, "term")))
    return found


@action("remember-field")
def _remember_field(session: Session, _table: Table | None, name: str, key: str) -> None:
    session.remembered[key] = shown_value(session, session.name(name))


@action("remember-like")
def _remember_like(session: Session, _table: Table | None, shape: str, key: str) -> None:
    pattern = re.escape(session.value(shape)).replace(r"\#", "#").replace("#", r"\d")
    whole = re.compile(rf"(?<![\w]){pattern}(?![\w])")
    found = session.screen.until(lambda: whole.search(session.screen.text()))
    if found is None:
        raise CheckFailed(
            say(
                session.language,
                f"the page shows no text like “{shape}”",
                f"页面上没有形如“{shape}”的文字",
            )
        )
    session.remembered[key] = found[0]


def in_navigation(scope: Scope) -> Locator:
    """Return the navigation inside a scope."""
    return scope.get_by_role("navigation").or_(scope.get_by_role("menubar"))
