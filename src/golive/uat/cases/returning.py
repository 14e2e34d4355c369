"""Results back into the sheet they came from: the cells to fill in, and no others. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from golive.sheets import Table
from golive.uat.cases.columns import HEADINGS, RESULT_COLUMNS, places
from golive.uat.cases.importing import CASE_TAG
from golive.uat.results import BLOCKED, BROKEN, FAILED, NOT_WRITTEN, PASSED, WAITING, Result
from golive.uat.wording import is_chinese, say

__all__ = ["returned_cells"]

_SAFE = re.compile(r"[^\w\-]+")
#: The worst of several results of one case counts.
_WORST = (FAILED, BROKEN, NOT_WRITTEN, BLOCKED, WAITING, PASSED)
_DEFECT = re.compile(r"(?:缺陷|bug|defect|issue)[-:：](.+)", re.IGNORECASE)


def returned_cells(
    table: Table, results: Sequence[Result], language: str
) -> tuple[Mapping[tuple[int, int], str], int]:
    """Return the cells to set, ``(row, column)`` from 1, and for how many cases there are results.

    A case without a result is marked as not run: an old verdict may not stand as a new one. A
    defect's number somebody wrote by hand is kept.
    """
    header = next((row for row in table.rows if "steps" in places(row.cells)), None)
    if header is None:
        return {}, 0
    where = dict(places(header.cells))
    cells: dict[tuple[int, int], str] = {}
    after = len(header.cells)
    for column in RESULT_COLUMNS:
        if column not in where:
            after += 1
            where[column] = after
            cells[header.number, after] = HEADINGS[column][is_chinese(language)]
    by_case = _by_case(results)
    known = 0
    for number, id_ in _ids(table, header.number, where.get("id", 0)):
        found = by_case.get(_SAFE.sub("_", id_), [])
        known += bool(found)
        for column, text in _told(found, language).items():
            if column != "defect" or text:
                cells[number, where[column]] = text
    return cells, known


def _by_case(results: Sequence[Result]) -> Mapping[str, Sequence[Result]]:
    found: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        for tag in result.tags:
            if tag.startswith(CASE_TAG):
                found[tag.removeprefix(CASE_TAG)].append(result)
    return found


def _ids(table: Table, header: int, place: int) -> Iterator[tuple[int, str]]:
    """Yield the row's number and the case's id of every row below the header that has one."""
    for row in table.rows:
        if row.number > header and 0 < place <= len(row.cells) and row.cells[place - 1].strip():
            yield row.number, row.cells[place - 1].strip()


def _told(results: Sequence[Result], language: str) -> Mapping[str, str]:
    if not results:
        return {
            "actual": "",
            "passed": say(language, "not run", "未执行"),
            "defect": "",
            "evidence": "",
        }
    worst = min(results, key=lambda result: _WORST.index(result.status))
    defects = [m[1] for r in results for tag in r.tags if (m := _DEFECT.fullmatch(tag))]
    return {
        "actual": _actual(worst, language),
        "passed": _verdict(worst, language),
        "defect": ", ".join(dict.fromkeys(defects)),
        "evidence": worst.screenshots[-1] if worst.screenshots else "",
    }


def _verdict(result: Result, language: str) -> str:
    if result.status == PASSED and result.earlier:
        return say(language, "passed on retry", "重试通过")
    return {
        PASSED: say(language, "passed", "通过"),
        FAILED: say(language, "failed", "不通过"),
        BROKEN: say(language, "could not tell", "无法判断"),
        NOT_WRITTEN: say(language, "not written", "未编写完成"),
        BLOCKED: say(language, "blocked", "受阻"),
        WAITING: say(language, "waits for a person", "等待人工确认"),
    }[result.status]


def _actual(result: Result, language: str) -> str:
    if result.status == PASSED:
        return say(language, "as expected", "与预期一致")
    return f"{result.step}\n{result.message}" if result.step else result.message
