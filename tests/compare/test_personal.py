"""Personal data: no value of it in any byte a comparison leaves, and still one can speak of a row.

The canaries are planted values of every personal column; all that is written is opened and read.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest
from tests.compare import orders

from golive.cli.main import main
from golive.compare.comparing import compare
from golive.compare.lookup import find_rows
from golive.compare.marks import Marks, marks_of
from golive.compare.register import Acceptance
from golive.compare.shapes import shape, unquoted
from golive.compare.words import finding_words
from golive.errors import SetupError
from golive.record.evidence import EvidenceStore
from golive.record.runs import list_runs
from golive.report.allure import write_allure_results
from golive.report.composing import compose_run
from golive.report.gathering import gather_run

#: Name, day of birth and salary of people; the last is in one system only.
OLD = [
    ("Canaria Vogel", "1971-03-04", "81234.56", "Bern"),
    ("金丝雀", "1982-05-06", "71234.56", "Bern"),
    ("Kanari Fink", "1993-07-08", "61234.56", "Genf"),
]
NEW = [
    ("Canaria Vogel", "1971-04-03", "81934.57", "Bern"),
    ("金丝雀", "1982-05-06", "71234.56", "Basel"),
    ("Zeisig Ammer", "2004-09-10", "51234.56", "Genf"),
]
SECRET = "k-e-y-of-the-marks"
#: Values, and what they differ by or add up to.
CANARIES = (
    *(cell for row in (*OLD, *NEW) for cell in row[:3]), "Canaria", "Zeisig", "700.01", "213703.68",
    "204403.69", "9299.99", "-9,299.99",
)  # fmt: skip
SPEC = orders.SPEC | {
    "id": "staff",
    "old": {"source": "sqlite", "target": "old", "table": "staff"},
    "new": {"source": "sqlite", "target": "new", "table": "staff"},
    "key": [{"old": "name", "new": "name", "as": "varchar", "pii": True}],
    "columns": [
        {"old": "born", "new": "born", "as": "date", "pii": True},
        {"old": "salary", "new": "salary", "as": "decimal(18,2)", "pii": True},
        {"old": "city", "new": "city", "as": "varchar"},
    ],
    "control_totals": [{"name": "salaries", "column": "salary", "by": ["born"]}],
}


def staff(workspace, side, rows):
    with sqlite3.connect(workspace / f"{side}.db") as db:
        db.execute(
            "CREATE TABLE IF NOT EXISTS staff (name TEXT, born TEXT, salary TEXT, city TEXT)"
        )
        db.execute("DELETE FROM staff")
        db.executemany("INSERT INTO staff VALUES (?, ?, ?, ?)", rows)
    db.close()


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    text = orders.PROJECT + '[tool.golive.environments.demo.secrets]\npii_key = {env = "PII_KEY"}\n'
    (tmp_path / "pyproject.toml").write_text(text)
    monkeypatch.setenv("PII_KEY", SECRET)
    folder = tmp_path / "cutover_playbooks" / "comparisons"
    folder.mkdir(parents=True)
    (folder / "staff.yaml").write_text(json.dumps(SPEC), encoding="utf-8")
    (folder.parent / "team.yaml").write_text(
        "schema: golive/team/v1\nroles: {}\npeople:\n  ann: {name: Ann}\n  bob: {name: Bob}\n"
    )
    staff(tmp_path, "old", OLD)
    staff(tmp_path, "new", NEW)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def golive(capfd, *words):
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    printed = capfd.readouterr()
    return ended.value.code, printed.out + printed.err


def opened(data: bytes) -> bytes:
    """Return what is inside a file: of an archive its members, of Parquet its rows."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"\n".join(archive.read(name) for name in archive.namelist())
    return data


def everything(workspace) -> str:
    """Return all that stands in the record, archives and tables opened."""
    texts = []
    for path in sorted((workspace / "reports").rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if data.startswith(b"PAR1"):
                texts.append(repr(duckdb.sql(f"FROM read_parquet('{path}')").fetchall()))
            texts.append(opened(data).decode("utf-8", "replace"))
    return "\n".join(texts)


def test_no_planted_value_is_in_any_byte_of_the_record(workspace, capfd):
    code, said = golive(capfd, "compare", "run", "staff", "--cycle", "2126-11-28")
    assert code == 1
    said += golive(capfd, "compare", "explain", "staff", "--html", "page")[1]
    said += golive(capfd, "compare", "explain", "staff", "--json")[1]
    folder = list_runs(workspace / "reports" / "runs")[-1]
    store = EvidenceStore(workspace / "reports" / "evidence")
    material = gather_run(folder, store)
    (workspace / "reports" / "lane").mkdir()
    document = compose_run(material, datetime.now(UTC))
    write_allure_results(document, [material], store, workspace / "reports" / "lane")
    pages = "".join(path.read_text("utf-8") for path in workspace.glob("page*"))
    assert "masked:" in pages
    for text in (said, pages, everything(workspace)):
        for canary in CANARIES:
            assert canary not in text
        assert SECRET not in text
    # And still it is told what is wrong with whom, and the others' plain values.
    assert "control total 'salaries' is off" in said
    assert "Basel" in everything(workspace)
    assert marks_of({"pii_key": SECRET}).mark("name", "Canaria Vogel") in said


COLUMNS = [
    {"old": "born", "new": "born", "as": "date", "pii": True},
    {"old": "salary", "new": "salary", "as": "decimal(18,2)", "pii": True},
]
KEY = [{"old": "name", "new": "name", "as": "varchar", "pii": True}]


def compared(bench, old, new, *accepted):
    for side, rows in (("old", old), ("new", new)):
        text = "".join(",".join(f'"{cell}"' for cell in row[:3]) + "\n" for row in rows)
        (bench.folder / f"{side}.csv").write_text(f"name,born,salary\n{text}", encoding="utf-8")
    spec = bench.spec(bench.body(COLUMNS, key=KEY))
    context = replace(bench.context(), secrets={"pii_key": SECRET})
    return compare(spec, context, acceptances=accepted)


def test_a_value_of_a_wrong_type_is_told_by_its_shape_and_its_row(bench):
    with pytest.raises(SetupError) as error:
        compared(bench, OLD, [*NEW, ("Stieglitz", "13.14.1950", "4,1234 EUR")])
    said = str(error.value)
    assert "1 values are not date, e.g. '99.99.9999' in row 4" in said
    assert "1 values are not decimal(18,2), e.g. '9,9999 xxx' in row 4" in said
    assert not any(canary in said for canary in ("13.14.1950", "4,1234", "Stieglitz"))


def test_a_late_personal_day_is_not_told(bench):
    same = [(f"p{n}", f"196{n}-01-01", "1.00") for n in range(6)]
    found = compared(bench, same, [*same, ("Zeisig Ammer", "2004-09-10", "51234.56")])
    said = finding_words(found.findings.causes[0], "en") + found.summary.read_text("utf-8")
    assert "late posting: at or after the other side's last day (born ***)" in said
    assert not any(day in said for day in ("1965-01-01", "2004-09-10"))


def test_a_personal_difference_is_accepted_by_its_mark_and_by_all_digits_of_it(bench):
    first = compared(bench, OLD[:1], NEW[:1])
    asked = Acceptance(
        id="AD-001", comparison="things", kind="changed", column="salary", sort="intended",
        reason="new contract", expires="2126-12-31", max_count=1, max_amount="800",
        values=tuple(
            {"key": row.key, "old": row.old, "new": row.new, "content": row.content}
            for row in find_rows(first.differences, {"column": "salary"}, 10)
        ),
        requested_by="ann", approved_by="bob",
    )  # fmt: skip
    assert not any(canary in repr(asked) for canary in CANARIES)
    again = compared(bench, OLD[:1], NEW[:1], asked)
    assert [row[-1] for row in bench.differences(again)] == ["open", "accepted:AD-001"]
    assert again.findings.applied[0].amount == ""
    other = compared(bench, OLD[:1], [(*NEW[0][:2], "81934.58")], asked)
    assert [row[-1] for row in bench.differences(other)] == ["open", "open"]
    # Too large, and nobody is told by how much.
    small = compared(bench, OLD[:1], NEW[:1], replace(asked, max_amount="1"))
    told = small.summary.read_text("utf-8")
    assert "fits a larger sum in amount, at most 1 is accepted" in told
    assert "金额超限，最多接受 1" in told
    assert "700" not in told


def test_without_the_environments_key_marks_hold_for_one_comparison(workspace, capfd):
    (workspace / "pyproject.toml").write_text(orders.PROJECT)
    staff(workspace, "new", [NEW[0], *OLD[1:]])
    golive(capfd, "compare", "run", "staff")
    told = json.loads(golive(capfd, "compare", "explain", "staff", "--json")[1])
    key = told["rows"][0]["key"]
    assert key.startswith("masked:")
    asked = ("--key", key, "--column", "born", "--reason", "r", "--max-amount", "1")
    words = ("compare", "accept", "staff", *asked, "--expires", "2126-12-31", "--as", "ann")
    code, said = golive(capfd, *words)
    assert code == 2
    assert "the marks of personal data are other ones in the next comparison" in said
    assert "pii_key" in said


def test_a_mark_is_the_same_in_sql_and_in_python_and_of_one_column():
    marks = Marks(key="it's", kept=True)
    for value in ("金丝雀", "", "O'Hara", " "):
        query = f"SELECT {marks.sql(chr(39) + 'name' + chr(39), '?')}"
        found = duckdb.execute(query, [value, value]).fetchone()
        assert found == (marks.mark("name", value),)
    assert marks.mark("name", "a") != marks.mark("city", "a")
    assert marks.mark("name", "a") != Marks(key="other", kept=True).mark("name", "a")
    assert shape("Zhāng-3 张 42") == "xxxxx-9 x 99"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Could not convert string '81234.56 CHF' to INT32", "'99999.99 xxx'"),
        ('date field value out of range: "1971-13-04"', '"9999-99-99"'),
        ("Type INT32 with value 300 can't be cast", "value 999 can't"),
    ],
)
def test_a_databases_message_quotes_no_value(message, told):
    assert told in unquoted(message)


def test_a_condition_that_cannot_be_answered_tells_no_value(bench):
    with pytest.raises(SetupError) as error:
        bench.run(
            [("1", "81234.56 CHF")], [("1", "2")], bench.value(pii=True),
            old_side={"where": "CAST(value AS INT) > 0"},
        )  # fmt: skip
    assert "81234" not in str(error.value)
    assert "99999.99 xxx" in str(error.value)


def test_the_difference_of_a_personal_number_beside_the_amount_is_not_told(bench):
    columns = [
        {"old": "total", "new": "total", "as": "decimal(18,2)"},
        {"old": "salary", "new": "salary", "as": "decimal(18,2)", "pii": True},
    ]
    old, new = [("1", "5.00", "81234.56")], [("1", "5.01", "81934.57")]
    found = bench.run(old, new, columns, header=("id", "total", "salary"))
    amounts = {row.column: row.amount for row in find_rows(found.differences, {}, 10)}
    assert amounts == {"total": "0.01", "salary": None}
    assert "700" not in found.summary.read_text("utf-8")


def test_control_totals_of_personal_columns_say_that_they_are_off_and_no_more(bench):
    columns = [*COLUMNS, {"old": "bonus", "new": "bonus", "as": "decimal(18,2)"}]
    totals = [
        {"name": "salaries", "column": "salary"},
        {"name": "bonuses", "column": "bonus", "by": ["born"]},
    ]
    found = bench.run(
        [(*OLD[0][:3], "10.00")], [(*OLD[0][:2], "81934.57", "12.00")], columns,
        header=("name", "born", "salary", "bonus"), key=KEY, control_totals=totals,
    )  # fmt: skip
    told = found.summary.read_text("utf-8") + found.junit.read_text("utf-8")
    assert "control total 'salaries' is off" in found.failures
    assert "81234.56" not in told
    assert "81934.57" not in told
    assert "700.01" not in told
    # The group is named by a mark, and its own amounts are nobody's secret.
    assert "1971-03-04" not in told
    assert any("of born masked:" in one and "10.00 old, 12.00 new" in one for one in found.failures)
