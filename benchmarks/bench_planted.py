"""Which tool finds which planted difference: small tables, one thing wrong in each.

``python benchmarks/bench_planted.py [parquet] [postgres]``. Each case is a pair of tables of some
hundred rows that differ in one way, or in none that counts. What a tool says is held against that:
``found`` (any difference where there is one), ``missed``, ``equal``, ``invented`` (a difference
where there is none) or ``failed``; where its counts are not the planted ones they stand beside it.
golive names a rule or cause as well; here only what all tools answer is compared.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
from bench_compare import database_programs, file_programs
from measuring import ROOT, measure, write
from postgres_server import Server, server

KINDS = ("changed", "only_old", "only_new")
#: The tables of both sides: no key is promised, for some cases break it.
TABLE = """CREATE TABLE t (id bigint, line_no int, amount numeric(18,2),
 rate double precision, name text, doc_date date, posted_at timestamp, note text)"""
BASE = """SELECT 9007199254740000 + i // 2 AS id, (i % 2)::INT AS line_no,
 (1000000000000000 + i * 7 + 0.25)::DECIMAL(18,2) AS amount, i / 7.0::DOUBLE AS rate,
 'Café 客户 ' || i AS name, DATE '2026-01-01' + (i % 12)::INT AS doc_date,
 TIMESTAMP '2026-01-01 08:00:00.000001' + to_hours(i) AS posted_at,
 CASE WHEN i % 3 > 0 THEN 'note ' || i END AS note FROM range(400) r(i)"""
#: A row with a note, and one without.
ROW, BARE = "id = 9007199254740005 AND line_no = 0", "id = 9007199254740006 AND line_no = 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Two selects over ``base``, and what differs between them."""

    new: str
    old: str = "FROM base"
    changed: int = 0
    only_old: int = 0
    only_new: int = 0
    #: Whether the rows have a key that is nowhere twice or empty.
    keyed: bool = True

    @property
    def truth(self) -> dict[str, int]:
        """What a tool should count."""
        return {kind: getattr(self, kind) for kind in KINDS}


def put(column: str, value: str, where: str = ROW) -> str:
    """Return a select of the base with one value put in."""
    return (
        f"SELECT * REPLACE (CASE WHEN {where} THEN {value} ELSE {column} END AS {column}) FROM base"
    )


def replaced(column: str, value: str, where: str = ROW, *, both: str = "") -> Case:
    """Return a case with one value changed; ``both`` is what stands there on the old side."""
    old = put(column, both, where) if both else "FROM base"
    return Case(old=old, new=put(column, value, where), changed=1)


CASES: Mapping[str, Case] = {
    "identical": Case(new="FROM base"),
    "another order of rows": Case(new="FROM base ORDER BY hash(id, line_no)"),
    "NaN on both sides": Case(
        old=put("rate", "'NaN'::DOUBLE"),
        new=put("rate", "'NaN'::DOUBLE"),
    ),
    "a row with an empty key on both sides": Case(
        old="FROM base UNION ALL SELECT * REPLACE (NULL AS id) FROM base WHERE " + ROW,
        new="FROM base UNION ALL SELECT * REPLACE (NULL AS id) FROM base WHERE " + ROW,
        keyed=False,
    ),
    "one cent in eighteen digits": replaced("amount", "(amount + 0.01)::DECIMAL(18,2)"),
    "sign": replaced("amount", "-amount"),
    "two errors that cancel out": Case(
        new=f"SELECT * REPLACE ((CASE WHEN {ROW} THEN amount + 5 WHEN {BARE} THEN amount - 5"
        " ELSE amount END)::DECIMAL(18,2) AS amount) FROM base",
        changed=2,
    ),
    "sixteenth digit of a double": replaced(
        "rate", "0.1::DOUBLE + 0.2::DOUBLE", both="0.3::DOUBLE"
    ),
    "NaN and NULL": replaced("rate", "NULL", both="'NaN'::DOUBLE"),
    "empty text and NULL": replaced("note", "''", where=BARE),
    "trailing blank": replaced("name", "name || ' '"),
    "case": replaced("name", "upper(name)"),
    "Unicode form": replaced("name", "replace(name, 'é', 'e' || chr(769))"),
    "cut off": replaced("name", "left(name, 5)"),
    "day and month changed about": replaced(
        "doc_date", "DATE '2026-02-01'", both="DATE '2026-01-02'"
    ),
    "one microsecond": replaced("posted_at", "posted_at + INTERVAL 1 MICROSECOND"),
    "one hour": replaced("posted_at", "posted_at + INTERVAL 1 HOUR"),
    "a row missing": Case(new=f"FROM base WHERE NOT ({ROW})", only_old=1),
    "a row too many": Case(
        new=f"FROM base UNION ALL SELECT * REPLACE (7 AS id) FROM base WHERE {ROW}", only_new=1
    ),
    "a row loaded twice": Case(
        new=f"FROM base UNION ALL FROM base WHERE {ROW}", only_new=1, keyed=False
    ),
    "a row with an empty key missing": Case(
        old=f"FROM base UNION ALL SELECT * REPLACE (NULL AS id) FROM base WHERE {ROW}",
        new="FROM base", only_old=1, keyed=False,
    ),
    "one of two rows under a key": Case(
        old=f"FROM base UNION ALL SELECT * REPLACE ('second' AS name) FROM base WHERE {ROW}",
        new=f"FROM base UNION ALL SELECT * REPLACE ('another' AS name) FROM base WHERE {ROW}",
        changed=1, keyed=False,
    ),
}  # fmt: skip


def tables(case: Case, folder: Path) -> list[Path]:
    """Write both sides as Parquet files."""
    files = []
    for side, select in (("old", case.old), ("new", case.new)):
        files.append(folder / f"{side}.parquet")
        with duckdb.connect() as made:
            made.execute(f"CREATE TABLE base AS {BASE}")
            made.execute(f"COPY ({select}) TO '{files[-1]}' (FORMAT parquet)")
    return files


def verdict(case: Case, code: int, said: str) -> str:
    """Return what a tool's answer is worth."""
    if code:
        return "failed"
    found = json.loads(said.splitlines()[-1])
    counts = {kind: found[kind] for kind in KINDS}
    different, told = any(case.truth.values()), any(counts.values())
    if not told:
        return "missed" if different else "equal"
    word = "found" if different else "invented"
    told_as = ", ".join(f"{kind} {number}" for kind, number in counts.items() if number)
    return word if counts == case.truth else f"{word} ({told_as})"


def in_files(case: Case) -> dict[str, str]:
    """Return what each tool says of Parquet files."""
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as place:
        files = tables(case, Path(place))
        programs = file_programs()
        wanted = ("golive", "datacompy", "reladiff")
        done = {name: measure([*programs[name], *files]) for name in wanted}
    return {name: verdict(case, usage.code, usage.said) for name, usage in done.items()}


def in_databases(running: Server, number: int, case: Case) -> dict[str, str]:
    """Return what each tool says of two databases."""
    names = [f"{side}_{number}" for side in ("old", "new")]
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as place:
        for name, parquet in zip(names, tables(case, Path(place)), strict=True):
            csv = Path(place) / "rows.csv"
            # An empty text is quoted, and so no NULL.
            duckdb.execute(f"COPY (FROM '{parquet}') TO '{csv}' (HEADER, FORCE_QUOTE (name, note))")
            running.load(name, TABLE, csv, keyed=case.keyed)
    programs = database_programs()
    done = {
        name: measure([*programs[name], *map(running.dsn, names)])
        for name in ("golive", "reladiff", "data-validation")
    }
    return {name: verdict(case, usage.code, usage.said) for name, usage in done.items()}


def answers(kinds: list[str]) -> Iterator[tuple[str, dict[str, dict[str, str]]]]:
    """Yield each case with what was answered, kind by kind."""
    with server() as running:
        for number, (name, case) in enumerate(CASES.items()):
            told = {}
            if "parquet" in kinds:
                told["Parquet"] = in_files(case)
            if "postgres" in kinds:
                told["PostgreSQL"] = in_databases(running, number, case)
            yield name, told


def main(words: list[str]) -> None:
    """Ask every tool about every case and write the table."""
    found = dict(answers(words or ["parquet", "postgres"]))
    rights = ("found", "equal")
    score: dict[str, dict[str, str]] = {}
    for told in found.values():
        for kind, tools in told.items():
            for tool, word in tools.items():
                score.setdefault(kind, {}).setdefault(tool, "")
                score[kind][tool] += "1" if word.split(" ")[0] in rights else "0"
    right = {
        kind: {tool: f"{said.count('1')} of {len(said)}" for tool, said in tools.items()}
        for kind, tools in score.items()
    }
    write("planted", {"right": right, "cases": found}, packages=["duckdb"])


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "benchmarks"))
    main(sys.argv[1:])
