"""What makes a comparison fail, and what makes it impossible."""

from __future__ import annotations

import hashlib
import json

import duckdb
import pytest

from golive.compare.comparing import compare
from golive.compare.database import Bounds
from golive.errors import SetupError, SpecError


def test_sentence_names_the_first_difference_in_business_codes(bench):
    old = [(f"SO-{n:06d}", "10.00") for n in range(1, 1001)]
    new = [*old[:122], ("SO-000123", "10.01"), *old[123:999]]
    result = bench.run(old, new, bench.value("decimal(18,2)"))
    assert result.sentence() == (
        "things: 998 rows agree; 1 differ, first SO-000123 value 10.00 vs 10.01 "
        "(rounding: off by one in decimal place 2); "
        "1 only in the old system, first SO-001000"
    )
    assert result.sentence("zh") == (
        "物品：998 行一致；1 行不一致，首个 SO-000123 value 10.00 vs 10.01"
        "（舍入差异：第 2 位小数相差 1）；"
        "1 行仅存在于旧系统，首个 SO-001000"
    )


def test_two_empty_sides_prove_nothing(bench):
    with pytest.raises(SetupError, match="both sides are empty"):
        bench.run([], [], bench.value())


def test_one_empty_side_fails(bench):
    result = bench.run([("1", "a")], [], bench.value())
    assert result.failures == ("rows only in the old system: 1 (limit 0)",)


def test_missing_source_is_named(bench):
    bench.run([("1", "a")], [("1", "a")], bench.value())
    (bench.folder / "new.csv").unlink()
    with pytest.raises(SetupError, match=r"file '.*new.csv': cannot be read"):
        compare(bench.spec(bench.body(bench.value())), bench.context())


def test_undeclared_column_is_drift(bench):
    with pytest.raises(SetupError) as caught:
        bench.run(
            [("1", "a", "x")], [("1", "a", "x")], bench.value(), header=("id", "value", "extra")
        )
    assert [problem.subject for problem in caught.value.problems] == [
        "old column 'extra'",
        "new column 'extra'",
    ]


def test_ignored_columns_need_a_reason_and_must_exist(bench):
    ignore = [{"old": "extra", "reason": "technical"}, {"new": "extra", "reason": "technical"}]
    result = bench.run(
        [("1", "a", "x")],
        [("1", "a", "y")],
        bench.value(),
        header=("id", "value", "extra"),
        ignore=ignore,
    )
    assert not result.failures
    with pytest.raises(SetupError, match="old column 'extra': is declared but"):
        bench.run([("1", "a")], [("1", "a")], bench.value(), ignore=ignore[:1])
    with pytest.raises(SpecError, match="gives no reason"):
        bench.run([("1", "a")], [("1", "a")], bench.value(), ignore=[{"old": "x", "reason": " "}])


def test_mapping_explains_only_what_it_says(bench):
    old = [("1", "A"), ("2", "A"), ("3", "B"), ("4", "X"), ("5", "A"), ("6", None)]
    new = [("1", "open"), ("2", "closed"), ("3", "closed"), ("4", "X"), ("5", "A"), ("6", None)]
    columns = bench.value(map={"A": "open", "B": "closed"})
    result = bench.run(old, new, columns)
    assert [(row[1], row[-1]) for row in bench.differences(result)] == [
        ("1", "mapping"),
        ("2", "open"),
        ("3", "mapping"),
        ("4", "open"),  # no word for X, although both sides say it
        ("5", "open"),  # equal as text, but A should have become open
    ]
    same = bench.run([("4", "X")], [("4", "X")], bench.value(map={"A": "open"}, unmapped="same"))
    assert not same.failures


def test_mapping_looks_up_the_cleaned_word_too(bench):
    words = {"A": "open", "B": "closed", "b": "lost"}
    columns = bench.value(map=words, rules=["trailing_blank", "case"])
    old = [("1", "a "), ("2", "B "), ("3", "b")]
    result = bench.run(old, [("1", "open"), ("2", "closed"), ("3", "lost")], columns)
    assert [(row[1], row[-1]) for row in bench.differences(result)] == [
        ("1", "mapping"),
        ("2", "open"),  # cleaned it could be either of two
        ("3", "mapping"),
    ]


@pytest.mark.parametrize(
    ("old", "more", "word"),
    [
        ("A", {"map": {"A": "1,5", "B": "2.00"}}, "1,5"),
        ("12.345", {"map": {"B": "2.00"}, "unmapped": "same"}, "12.345"),
        ("x 7", {"map": {"B": "2.00"}, "unmapped": "same"}, "x 7"),
    ],
)
def test_a_word_that_is_not_of_its_type_never_equals_a_missing_value(bench, old, more, word):
    with pytest.raises(SetupError, match=rf"1 values become words .* decimal\(18,2\).*'{word}'"):
        bench.run(
            [("1", old), ("2", "B")],
            [("1", None), ("2", "2.00")],
            bench.value("decimal(18,2)", **more),
        )


def test_a_code_without_a_word_is_a_difference_and_no_wrong_word(bench):
    result = bench.run(
        [("1", "x 7"), ("2", "B"), ("3", None)],
        [("1", None), ("2", "2.00"), ("3", None)],
        bench.value("decimal(18,2)", map={"B": "2.00"}),
    )
    assert ("changed", "1", "value", "x 7", None, "open") in bench.differences(result)


def test_a_key_whose_word_is_not_of_its_type_is_named(bench):
    (bench.folder / "keys.csv").write_text("a,b\nA,1\nB,two\n", encoding="utf-8")
    key = {"old": "id", "new": "id", "as": "int"}
    key["key_map"] = {"path": "keys.csv", "old": "a", "new": "b"}
    with pytest.raises(SetupError, match=r"old column 'id': 1 values become words .* int.*'two'"):
        bench.run([("A", "x"), ("B", "y")], [("1", "x"), (None, "y")], bench.value(), key=[key])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"as_": "decimal(18,2)", "tolerance": "0.01"}, "110.5"),
        ({"as_": "decimal(18,2)", "pii": True}, ""),
        ({"as_": "varchar"}, ""),
    ],
)
def test_the_open_amount_adds_up_what_nothing_explains(bench, more, said):
    result = bench.run(
        [("1", "10.00"), ("2", "20.00"), ("3", "30.00"), ("4", "0.50"), ("5", "5.00")],
        [("1", "60.00"), ("2", "-30.00"), ("3", "30.01"), ("5", "5.00"), ("6", "10.00")],
        bench.value(**more),
    )
    assert json.loads(result.summary.read_text("utf-8"))["open_amount"] == said


def test_key_map_and_accounted_rows(bench):
    bench.folder.joinpath("keys.csv").write_text(
        "old_code,new_code,outcome\nK1,N1,loaded\nK2,N1,merged\nK3,,rejected\nK5,N5,rejected\n"
    )
    bench.folder.joinpath("control.json").write_text(
        json.dumps({"things": {"source": 5, "loaded": 2, "rejected": 2, "merged": 1}})
    )
    result = bench.run(
        [("K1", "a"), ("K2", "a2"), ("K3", "b"), ("K4", "c"), ("K5", "d")],
        [("N1", "a"), ("N5", "d")],
        bench.value(),
        key=[
            {
                "old": "id",
                "new": "id",
                "as": "varchar",
                "key_map": {"path": "keys.csv", "old": "old_code", "new": "new_code"},
            }
        ],
        accounted={"path": "keys.csv", "key": {"id": "old_code"}, "outcome": "outcome"},
        reconcile={
            "control": "control.json",
            "source": "things.source",
            "loaded": "things.loaded",
            "rejected": "things.rejected",
            "merged": "things.merged",
        },
        limits={"rejected": 2},
    )
    assert bench.differences(result) == [
        ("merged", "K2", "", None, None, "merged"),
        ("only_new", "N5", "", None, None, "only_new"),  # said to be rejected, yet loaded
        ("only_old", "K4", "", None, None, "only_old"),  # nobody said what became of it
        ("rejected", "K3", "", None, None, "rejected"),
        ("rejected", "K5", "", None, None, "rejected"),
    ]
    rows = result.findings.conservation
    assert (rows.equal, rows.merged, rows.rejected) == (1, 1, 2)
    assert all(check.agrees for check in result.findings.counts)


def test_rows_whose_key_the_code_map_does_not_have_are_named_so(bench):
    bench.folder.joinpath("keys.csv").write_text("old,new\nK1,N1\n")
    key_map = {"path": "keys.csv", "old": "old", "new": "new"}
    result = bench.run(
        [("K1", "a"), ("K7", "b"), ("K8", "b")],
        [("N1", "a")],
        bench.value(),
        key=[{"old": "id", "new": "id", "as": "varchar", "key_map": key_map}],
    )
    (finding,) = result.findings.causes
    assert (finding.kind, finding.cause, finding.count) == ("only_old", "unmapped", 2)


def test_migration_that_miscounts_fails(bench):
    bench.folder.joinpath("control.json").write_text('{"source": 3, "loaded": 1}')
    result = bench.run(
        [("1", "a")],
        [("1", "a")],
        bench.value(),
        reconcile={"control": "control.json", "source": "source", "loaded": "loaded"},
    )
    assert result.failures == (
        "count 'source': 3 by the migration, 1 found",
        "count 'source = loaded + rejected + merged': 3 by the migration, 1 found",
    )
    assert "3 by the migration" in result.sentence()


def test_rejected_rows_are_limited(bench):
    bench.folder.joinpath("keys.csv").write_text("code,outcome\n1,rejected\n")
    block = {"path": "keys.csv", "key": {"id": "code"}, "outcome": "outcome"}
    result = bench.run([("1", "a"), ("2", "b")], [("2", "b")], bench.value(), accounted=block)
    assert result.failures == ("rejected rows: 1 (limit 0)",)


def test_repairs_explain_exactly_the_listed_value(bench):
    bench.folder.joinpath("repairs.csv").write_text(
        "entity,key,field,new_value,rule\n"
        "things,1,worth,5.0,no price\nthings,2,worth,5.0,no price\nothers,3,worth,5.0,no price\n"
    )
    result = bench.run(
        [("1", None), ("2", None), ("3", None)],
        [("1", "5.00"), ("2", "6.00"), ("3", "5.00")],
        bench.value("decimal(18,2)"),
        repairs={
            "path": "repairs.csv",
            "key": {"id": "key"},
            "column": "field",
            "new": "new_value",
            "rule": "rule",
            "names": {"worth": "value"},
            "where": {"entity": "things"},
        },
    )
    assert [row[-1] for row in bench.differences(result)] == ["repair:no price", "open", "open"]


def test_code_map_that_gives_two_words_is_refused(bench):
    bench.folder.joinpath("map.csv").write_text("a,b\nA,x\nA,y\n")
    columns = bench.value(map_file={"path": "map.csv", "old": "a", "new": "b"})
    with pytest.raises(SetupError, match="old code 'A' more than one new code"):
        bench.run([("1", "A")], [("1", "x")], columns)


def test_totals_leave_out_what_was_set_aside(bench):
    bench.folder.joinpath("keys.csv").write_text("code,outcome\n1,rejected\n")
    result = bench.run(
        [("1", "7.50"), ("2", "2.50")],
        [("2", "2.50")],
        bench.value("decimal(18,2)"),
        accounted={"path": "keys.csv", "key": {"id": "code"}, "outcome": "outcome"},
        control_totals=[{"name": "sum", "column": "value"}],
        limits={"rejected": 1},
    )
    total = result.findings.totals[0]
    assert (str(total.old), str(total.set_aside), str(total.new)) == ("10.00", "7.50", "2.50")
    assert not result.failures


def test_summary_tells_everything_and_the_snapshots_digest_is_true(bench):
    result = bench.run([("1", "a")], [("1", "b")], bench.value())
    summary = json.loads(result.summary.read_text(encoding="utf-8"))
    assert summary["verdict"] == "failed"
    assert summary["conservation"]["holds"] is True
    assert summary["top"] == [
        {"kind": "changed", "key": "1", "column": "value", "old": "a", "new": "b", "name": "open",
         "cause": "", "amount": None}
    ]  # fmt: skip
    snapshot = result.old.path.read_bytes()
    assert summary["snapshots"]["old"]["sha256"] == hashlib.sha256(snapshot).hexdigest()
    assert summary["snapshots"]["old"]["source_totals"] == {"rows": "1"}


def test_one_changed_value_changes_the_snapshots_digest(bench):
    one = bench.run([("1", "a")], [("1", "a")], bench.value())
    again = bench.run([("1", "a")], [("1", "b")], bench.value())
    assert one.old.sha256 == again.old.sha256
    assert one.new.sha256 != again.new.sha256


def test_two_hundred_thousand_rows_within_bounded_memory(bench):
    """With 128 MB DuckDB spills; the answer stays exact."""
    for side, changed in (("old", -1), ("new", 150_000)):
        duckdb.sql(
            "COPY (SELECT range AS id, md5(range::VARCHAR) AS note, "
            f"CASE WHEN range = {changed} THEN '0.01' ELSE (range / 100)::DECIMAL(18,2) END "
            f"AS value FROM range(200000)) TO '{bench.folder / side}.csv' (HEADER)"
        )
    columns = [*bench.value("decimal(18,2)"), {"old": "note", "new": "note", "as": "varchar"}]
    spec = bench.spec(bench.body(columns, key=[{"old": "id", "new": "id", "as": "int"}]))
    result = compare(spec, bench.context(), bounds=Bounds(memory=128_000_000))
    assert bench.differences(result) == [("changed", "150000", "value", "1500.00", "0.01", "open")]
    assert result.findings.conservation.equal == 199_999
