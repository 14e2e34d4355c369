"""Spreadsheets as people save them, read as they look; what golive writes stays text."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.errors import Refused, SpecError
from golive.sheets import Link, fill_table, read_table, write_table

CHINESE = "编号,标题\r\nT-1,冻结旧系统\r\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "plan.xlsx"
    made = openpyxl.Workbook()
    page = made.active
    page.append(["id", "value"])
    made.save(path)
    return path


def cells(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.number, row.cells) for row in read_table(path).rows]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gbk", "gb18030"),
        ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"),
    ],
)  # fmt: skip
def test_csv_in_every_encoding_of_excel(tmp_path: Path, encoding: str, named: str) -> None:
    path = tmp_path / "用例.csv"
    path.write_bytes(CHINESE.encode(encoding))
    assert cells(path) == [(1, ("编号", "标题")), (2, ("T-1", "冻结旧系统"))]
    assert read_table(path).encoding == named


@pytest.mark.parametrize("sign", [",", ";", "\t", "|", "，"])
def test_the_separator_is_the_one_the_first_line_uses(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'id{sign}after{sign}"a,b;c"\nA{sign}"x;y"\n', encoding="utf-8")
    assert cells(path) == [(1, ("id", "after", "a,b;c")), (2, ("A", "x;y"))]


def test_excels_own_separator_line_counts_as_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\nid;x,y\n\nA;1\n", encoding="utf-8")
    assert cells(path) == [(2, ("id", "x,y")), (4, ("A", "1"))]


def test_a_cell_is_what_a_person_reads_in_it(book: Path) -> None:
    made = openpyxl.load_workbook(book)
    page = made.active
    shown = {
        "98%": (0.98, "0%"), "0012": (12, "0000"), "0.3": (0.1 + 0.2, "General"),
        "12345678901234": (12345678901234, "General"), "2026-12-06": (date(2026, 12, 6), ""),
        "2026-12-05": (datetime(2026, 12, 5), ""),  # noqa: DTZ001  a workbook knows no zone
        "2026-12-05 20:30:00": (datetime(2026, 12, 5, 20, 30), ""),  # noqa: DTZ001
        "26:30:00": (timedelta(hours=26, minutes=30), ""), "TRUE": (True, "General"),
        "甲\n乙": ("\u3000甲\r\n乙 ", "General"),
    }  # fmt: skip
    for row, (value, pattern) in enumerate(shown.values(), start=3):
        page.cell(row, 2).value = value
        if pattern:
            page.cell(row, 2).number_format = pattern
    made.save(book)
    assert cells(book)[1:] == [(row, ("", text)) for row, text in enumerate(shown, start=3)]


def test_a_formula_nobody_calculated_is_not_read_as_empty(book: Path) -> None:
    made = openpyxl.load_workbook(book)
    made.active["B2"] = "=1+1"
    made.save(book)
    with pytest.raises(SpecError, match=r"plan.xlsx:2: cell B2: holds a formula that nobody"):
        read_table(book, shown_as="plan.xlsx")


def test_the_first_visible_sheet_or_the_named_one(book: Path) -> None:
    made = openpyxl.load_workbook(book)
    made.active.sheet_state = "hidden"
    made.create_sheet("计划").append(["编号"])
    made.create_sheet("人员").append(["姓名"])
    made.save(book)
    assert read_table(book).sheet == "计划"
    assert read_table(book, sheet="人员").rows[0].cells == ("姓名",)
    with pytest.raises(SpecError, match=r"has no sheet '没有' \(it has '计划', '人员'\)"):
        read_table(book, sheet="没有")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xd0\xcf\x11\xe0rest", r"is an .xls workbook, or has a password \(save it as .xlsx"),
        (b"PK\x03\x04rest", r"is no spreadsheet golive can read"),
        (b"\xff\xfea", "is neither a spreadsheet nor text"),
        (b'id,b\n"A,1\n', "a.csv:2: is not CSV: unexpected end of data"),
    ],
)
def test_what_is_no_spreadsheet_is_told_in_one_sentence(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=says) as refused:
        read_table(path, shown_as="a.csv")
    assert len(refused.value.problems) == 1


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"a\.csv: there is no such file"):
        read_table(tmp_path / "a.csv", shown_as="a.csv")


def test_records_by_the_words_of_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,,title\n\nA,,x\nB\n", encoding="utf-8")
    assert [(item.number, dict(item.values)) for item in read_table(path).records()] == [
        (3, {"id": "A", "title": "x"}), (4, {"id": "B", "title": ""}),
    ]  # fmt: skip


def test_records_refuse_what_would_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,id\nA,B,C\n", encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        read_table(path, shown_as="a.csv").records()
    assert [str(problem) for problem in refused.value.problems] == [
        "a.csv:1: row 1: has the column 'id' twice (keep one of them)",
        (
            "a.csv:2: row 2: has 'C' in a column without a name "
            "(name the column, or check quotes and separators)"
        ),
    ]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_text_becomes_a_formula_and_comes_back_as_it_was(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out.{ending}"
    texts = [
        "=1+1",
        "+cmd",
        "-x",
        "@a",
        "-5",
        "'-5",
        "'=1",
        "0012",
        "㐂𠮷",
        'a"b',
        "a\nb",
        "a,b;c",
        "1e5",
    ]
    write_table(path, [["id", "n"], *[[text, 3] for text in texts]])
    assert [row.cells for row in read_table(path).rows[1:]] == [(text, "3") for text in texts]
    if ending == "csv":
        content = path.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        assert b"\r\n'=1+1," in content
        assert b"\r\n-5," in content
    else:
        page = openpyxl.load_workbook(path).active
        assert {page.cell(row, 1).data_type for row in range(2, 15)} == {"s"}
        assert page["A2"].quotePrefix


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_filling_keeps_everything_else(tmp_path: Path, ending: str) -> None:
    path, out = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    write_table(path, [["编号", "是否通过"], ["1", ""], ["2", "旧"]])
    if ending == "csv":
        path.write_bytes(path.read_text("utf-8-sig").encode("gbk"))
    fill_table(path, out, {(2, 2): "通过", (3, 3): "D-7"})
    assert cells(out) == [(1, ("编号", "是否通过")), (2, ("1", "通过")), (3, ("2", "旧", "D-7"))]
    if ending == "xlsx":
        page = openpyxl.load_workbook(out).active
        assert page["A1"].font.bold
        assert page.freeze_panes == "A2"


def test_a_link_opens_its_file_until_something_else_stands_there(book: Path) -> None:
    fill_table(book, book, {(1, 1): Link("图 1/a#1.jpg"), (1, 2): "b.jpg"})
    page = openpyxl.load_workbook(book).active
    assert page["A1"].hyperlink.target == "图%201/a%231.jpg"
    assert page["B1"].hyperlink is None
    assert cells(book)[0] == (1, ("图 1/a#1.jpg", "b.jpg"))
    fill_table(book, book, {(1, 1): ""})
    assert openpyxl.load_workbook(book).active["A1"].hyperlink is None


def test_choices_are_offered_in_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_table(path, [["id", "kind"], ["A", "manual"]], choices={"kind": ["manual", "gate"]})
    offered = openpyxl.load_workbook(path).active.data_validations.dataValidation
    assert [(item.formula1, str(item.sqref)) for item in offered] == [('"manual,gate"', "B2:B502")]


def test_what_a_file_cannot_hold_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"'a\.txt': is no .xlsx or .csv"):
        write_table(tmp_path / "a.txt", [["a"]])
    with pytest.raises(Refused, match="cell A1: would hold 40000 characters"):
        write_table(tmp_path / "a.xlsx", [["x" * 40_000]])
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_inside_a_merged_cell(book: Path) -> None:
    made = openpyxl.load_workbook(book)
    made.active.merge_cells("A1:B1")
    made.save(book)
    with pytest.raises(Refused, match="cell B1: is inside a merged one"):
        fill_table(book, book, {(1, 2): "x"})


WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6), st.sampled_from(["csv", "xlsx"]))
def test_what_is_written_is_read(tmp_path_factory, rows, ending: str) -> None:
    path = tmp_path_factory.mktemp("sheet") / f"a.{ending}"
    write_table(path, [["a", "b"], *rows])
    read = [row.cells for row in read_table(path).rows[1:]]
    assert read == rows
