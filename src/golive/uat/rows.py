"""Rows typed into a table on the page, cell by cell below its headings."""

from __future__ import annotations

from golive.browser import Locator
from golive.uat.actions import Table, action, rows_of
from golive.uat.candidates import any_role
from golive.uat.entering import put_into
from golive.uat.naming import patterns
from golive.uat.pagescript import TABLE
from golive.uat.pressing import uncovered
from golive.uat.screen import CheckFailed
from golive.uat.session import Session
from golive.uat.values import squeeze
from golive.uat.wording import say

__all__: list[str] = []

_FIELDS = "input:not([type=hidden]), select, textarea, [contenteditable=true]"


@action("add-rows")
def _add_rows(session: Session, table: Table | None, name: str) -> None:
    given = rows_of(session, table)
    shown = session.name(name)
    headings = [session.name(heading) for heading in given.headings]
    for row in given.rows:
        session.screen.settle()
        _add(session, shown, headings, [session.value(cell) for cell in row.cells])


def _add(session: Session, name: str, headings: list[str], cells: list[str]) -> None:
    found = session.screen.table_called(name)
    header = [squeeze(text) for text in found.evaluate(TABLE)["header"]]
    places = [_column(session, name, header, heading) for heading in headings]
    row = _empty_row(found)
    if row is None:
        before = found.evaluate(TABLE)["places"]
        _press_add(session, found, name)
        found = session.screen.table_called(name)
        row = session.screen.until(lambda: _new_row(found, before))
    if row is None:
        raise CheckFailed(
            say(
                session.language,
                f"the table “{name}” got no new row to fill in",
                f"表格“{name}”没有出现可填写的新行",
            )
        )
    for heading, place, value in zip(headings, places, cells, strict=True):
        field = _cell(row, place).locator(_FIELDS).filter(visible=True)
        if field.count() != 1:
            raise CheckFailed(
                say(
                    session.language,
                    f"the column “{heading}” of the table “{name}” holds no field to fill in",
                    f"表格“{name}”的“{heading}”列没有可填写的字段",
                )
            )
        put_into(session, field, f"{name} > {heading}", value)


def _column(session: Session, name: str, header: list[str], heading: str) -> int:
    for pattern in patterns(heading):
        fitting = [place for place, text in enumerate(header) if pattern.match(text)]
        if len(fitting) == 1:
            return fitting[0]
    listed = ", ".join(filter(None, header))
    raise CheckFailed(
        say(
            session.language,
            f"the table “{name}” has no column “{heading}”; it has: {listed}",
            f"表格“{name}”没有列“{heading}”；现有：{listed}",
        )
    )


def _row_at(table: Locator, place: int) -> Locator:
    tag = table.evaluate("e => e.tagName")
    return table.locator("tr" if tag == "TABLE" else "[role=row]").nth(place)


def _cell(row: Locator, place: int) -> Locator:
    cells = "td, th, [role=cell], [role=gridcell], [role=rowheader]"
    return row.locator(cells).nth(place)


_EMPTY = """row => {
  const fields = [...row.querySelectorAll(
    'input:not([type=hidden]):not([type=checkbox]):not([type=radio]),textarea')];
  return fields.length > 0 && fields.every(f => !f.value && !f.readOnly && !f.disabled);
}"""


def _empty_row(table: Locator) -> Locator | None:
    """Return the first row whose fields are all empty; None when there is none."""
    for place in table.evaluate(TABLE)["places"]:
        row = _row_at(table, place)
        if row.evaluate(_EMPTY):
            return row
    return None


def _new_row(table: Locator, before: list[int]) -> Locator | None:
    """Return the row that was not there before, wherever the page put it."""
    places = table.evaluate(TABLE)["places"]
    return _empty_row(table) or (_row_at(table, places[-1]) if len(places) > len(before) else None)


def _press_add(session: Session, table: Locator, name: str) -> None:
    """Press the button that adds a row: the nearest one around the table."""
    around = table
    for _depth in range(4):
        for word in session.site.labels.add_row:
            for pattern in patterns(word):
                button = any_role(around, ("button", "link"), pattern).filter(visible=True)
                if button.count() == 1:
                    uncovered(session, button, word, button.click)
                    session.screen.settle()
                    return
        around = around.locator("xpath=..")
    listed = ", ".join(session.site.labels.add_row[:6])
    raise CheckFailed(
        say(
            session.language,
            f"near the table “{name}” there is no button that adds a row ({listed});"
            " steps/labels.yaml may name it: add_row",
            f"表格“{name}”附近没有添加行的按钮（{listed}）；可用 labels.yaml 的 add_row 指定",
        )
    )
