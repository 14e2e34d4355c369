"""The plan in Excel and back: what comes back is a difference, told before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from golive.cli.main import cli
from golive.errors import SpecError
from golive.runbook.sheet import COLUMNS, changed_task, compare_rows
from golive.sheets import read_table

EXAMPLES = Path(__file__).parents[1] / "runbook"
Edit = Callable[[Any, dict[str, int]], None]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, source in (("runbook", "example_27"), ("team", "example_team")):
        (tmp_path / f"{name}.yaml").write_bytes((EXAMPLES / f"{source}.yaml").read_bytes())
    for name in ("p.yml", "notice.j2", "gl.yaml", "load/profiles.yaml", "features/a.feature"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("x\n", encoding="utf-8")
    settings = '[project]\nname = "x"\nversion = "1"\n[tool.golive]\nlanguage = "en"\n'
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def golive(*words: str) -> str:
    result = CliRunner().invoke(cli, ["plan", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*words: str) -> list[str]:
    with pytest.raises(SpecError) as error:
        CliRunner().invoke(cli, ["plan", *words], catch_exceptions=False)
    return [str(problem) for problem in error.value.problems]


def edited(path: Path, edit: Edit) -> None:
    """Change a workbook as a person would."""
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    header = {cell.value: cell.column for cell in page[1]}
    edit(page, header)
    book.save(path)


def row_of(page: Any, name: str) -> int:
    return next(row for row in range(2, page.max_row + 1) if page.cell(row, 1).value == name)


@pytest.mark.parametrize("name", ["plan.xlsx", "计划.csv"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_was_exported_changes_nothing(root: Path, name: str, language: str) -> None:
    golive("export", name, "runbook.yaml", "--lang", language)
    head = read_table(root / name).rows[0].cells
    assert len(head) == len(COLUMNS)
    assert ("编号" in head) == (language == "zh")
    assert golive("import", name, "runbook.yaml") == "the sheet changes nothing\n"


def test_a_change_is_shown_with_its_effect_and_written_only_when_asked(root: Path) -> None:
    golive("export", "plan.xlsx", "runbook.yaml")
    before = (root / "runbook.yaml").read_text("utf-8")

    def edit(page: Any, header: dict[str, int]) -> None:
        row = row_of(page, "D03")
        page.cell(row, header["likely_min"]).value = 300
        page.cell(row, header["after"]).value = "D02+15m"
        new = page.max_row + 1
        cells = {"id": "X01", "title": "打印机检查", "kind": "manual", "owner": "ops",
                 "after": "M01", "likely_min": 5, "worst_min": 9}  # fmt: skip
        for column, value in cells.items():
            page.cell(new, header[column]).value = value

    edited(root / "plan.xlsx", edit)
    said = golive("import", "plan.xlsx", "runbook.yaml")
    assert said.splitlines()[:4] == [
        "+ X01  打印机检查",
        "~ D03  after: 'D02' -> 'D02+15m'",
        "~ D03  likely: '240' -> '300'",
        # 60 minutes more, and the 15 of the lag: all on the chain.
        "planned end 11:52 -> 13:07",
    ]
    assert "latest safe abort at G02 17:55 -> 17:55" in said
    assert (root / "runbook.yaml").read_text("utf-8") == before
    golive("import", "plan.xlsx", "runbook.yaml", "--write")
    after = (root / "runbook.yaml").read_text("utf-8")
    untouched = [
        line for line in before.splitlines() if "D03" not in line and "[240, 330]" not in line
    ]
    assert [line for line in untouched if line not in after.splitlines()] == []
    assert golive("import", "plan.xlsx", "runbook.yaml") == "the sheet changes nothing\n"
    assert not list(root.glob(".runbook*"))


def test_what_both_sides_changed_is_a_conflict_with_its_row(root: Path) -> None:
    golive("export", "plan.xlsx", "runbook.yaml")
    runbook = root / "runbook.yaml"
    runbook.write_text(
        runbook.read_text("utf-8").replace("est: [240, 330]", "est: [250, 330]"), "utf-8"
    )

    def edit(page: Any, header: dict[str, int]) -> None:
        page.cell(row_of(page, "D03"), header["likely_min"]).value = 300
        page.cell(row_of(page, "D04"), header["likely_min"]).value = 130

    edited(root / "plan.xlsx", edit)
    assert refused("import", "plan.xlsx", "runbook.yaml") == [
        (
            "plan.xlsx:12: task 'D03': 'likely' was '240', is '300' here and '250' in the runbook "
            "(make both say the same)"
        )
    ]


def test_what_would_not_pass_the_lint_is_refused_and_nothing_is_left(root: Path) -> None:
    golive("export", "plan.xlsx", "runbook.yaml")
    edited(root / "plan.xlsx", lambda page, _: page.delete_rows(row_of(page, "V03")))
    said = refused("import", "plan.xlsx", "runbook.yaml", "--write")
    assert said[0].startswith("runbook.yaml with plan.xlsx:63: task 'M01': after names 'V03'")
    assert not list(root.glob(".runbook*"))
    assert "V03" in (root / "runbook.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("kind", "gate", "task 'D03': changes its kind (write it in the runbook)"),
        ("after", "D99", "'after' names 'D99', which is no task of the sheet"),
        ("likely_min", "soon", "'likely' is 'soon', which is no number of minutes"),
        ("rehearsal", "maybe", "'rehearsal' is 'maybe' (write run or skip)"),
        ("earliest", "25:00", "'25:00' is not a time like 2026-12-05 21:00"),
        ("id", "", "row 12: has no id (give the task an id)"),
        ("id", "D02", "row 12: has the id of row 11 (keep one)"),
    ],
)
def test_a_cell_that_cannot_be_is_told_with_its_row(
    root: Path, column: str, value: str, says: str
) -> None:
    golive("export", "plan.xlsx", "runbook.yaml")

    def edit(page: Any, header: dict[str, int]) -> None:
        page.cell(row_of(page, "D03"), header[column]).value = value

    edited(root / "plan.xlsx", edit)
    said = refused("import", "plan.xlsx", "runbook.yaml")
    assert [problem for problem in said if says in problem and ":12:" in problem], said


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("A", ["A"]),
        ("A; B", ["A", "B"]),
        ("A，B+15m", ["A", {"id": "B", "type": "FS", "lag": "PT15M"}]),
        ("ASS", [{"id": "A", "type": "SS"}]),
        ("A SS+2h", [{"id": "A", "type": "SS", "lag": "PT2H"}]),
        # An id that ends like a link's type is that task.
        ("CLASS", ["CLASS"]),
        ("CLASSSS", [{"id": "CLASS", "type": "SS"}]),
        ("A+30分钟", [{"id": "A", "type": "FS", "lag": "PT30M"}]),
    ],
)
def test_predecessors_as_people_write_them(text: str, links: list[Any]) -> None:
    keys: dict[str, Any] = {}
    changed_task(keys, "after", text, ("A", "B", "CLA", "CLASS"), "UTC")
    assert keys["after"] == links


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-10-10 21:00", "2026-10-10T21:00:00+01:00"),
        ("2026/10/10 21:00", "2026-10-10T21:00:00+01:00"),
        ("2026-10-10T21:00:00+08:00", "2026-10-10T21:00:00+08:00"),
    ],
)
def test_times_are_by_the_clock_of_the_runbooks_zone(text: str, written: str) -> None:
    keys: dict[str, Any] = {}
    changed_task(keys, "earliest", text, (), "Europe/London")
    assert keys == {"earliest": written}


@pytest.mark.parametrize(
    ("text", "says"),
    [("2026-10-25 01:30", "happens twice"), ("2026-03-29 01:30", "does not exist")],
)
def test_times_the_clock_change_takes_or_doubles_are_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        changed_task({}, "earliest", text, (), "Europe/London")


def test_taking_out_what_the_other_side_changed_is_a_conflict() -> None:
    row = dict.fromkeys(COLUMNS, "") | {"id": "A", "title": "old"}
    new = row | {"title": "new"}
    assert compare_rows([row], [], [row]).removed == ("A",)
    assert compare_rows([row], [], [new]).conflicts[0][1].startswith("is taken out here")
    assert compare_rows([row], [new], []).conflicts[0][1].startswith("is changed here")
    assert compare_rows([row], [row], []).added == ()
