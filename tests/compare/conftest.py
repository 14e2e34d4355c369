"""Small comparisons from rows written in the test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from golive.compare.comparing import ComparisonResult, compare
from golive.compare.definition import Comparison
from golive.compare.reading import read_comparison
from golive.testing import RecordedContext

Row = Sequence[object]


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Row]) -> None:
    """None is an unquoted empty field, '' a quoted one: the difference is kept."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        for row in [header, *rows]:
            cells = [
                "" if cell is None else '"' + str(cell).replace('"', '""') + '"' for cell in row
            ]
            stream.write(",".join(cells) + "\n")


@dataclass(kw_only=True)
class Bench:
    """Writes both sides, compares, and reads back every difference."""

    folder: Path
    runs: int = 0

    def context(self) -> RecordedContext:
        self.runs += 1
        workdir = self.folder / f"work{self.runs}"
        workdir.mkdir()
        return RecordedContext(workspace=self.folder, workdir=workdir)

    def spec(self, body: Mapping[str, Any]) -> Comparison:
        path = self.folder / "comparison.yaml"
        path.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        return read_comparison(path)

    def body(self, columns: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
        return {
            "schema": "golive/comparison/v1",
            "id": "things",
            "title": "things",
            "title_zh": "物品",
            "old": {"source": "csv", "path": "old.csv"},
            "new": {"source": "csv", "path": "new.csv"},
            "key": [{"old": "id", "new": "id", "as": "varchar"}],
            "columns": list(columns),
            **more,
            "limits": {"rule_share": 1, **more.get("limits", {})},
        }

    def run(
        self,
        old: Iterable[Row],
        new: Iterable[Row],
        columns: Sequence[Mapping[str, Any]],
        *,
        header: Sequence[str] = ("id", "value"),
        old_side: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> ComparisonResult:
        _write_csv(self.folder / "old.csv", header, old)
        _write_csv(self.folder / "new.csv", header, new)
        if old_side:
            more["old"] = {"source": "csv", "path": "old.csv", **old_side}
        return compare(self.spec(self.body(columns, **more)), self.context())

    @staticmethod
    def value(as_: str = "varchar", **more: Any) -> list[dict[str, Any]]:
        return [{"old": "value", "new": "value", "as": as_, **more}]

    @staticmethod
    def differences(result: ComparisonResult) -> list[tuple[object, ...]]:
        """Return (kind, key, column, old, new, class) of everything in the Parquet file."""
        rows = duckdb.sql(
            "SELECT kind, array_to_string(coalesce(new_key, old_key), '/'), column_name, "
            f"old_value, new_value, class FROM read_parquet('{result.differences}')"
        ).fetchall()
        return sorted(rows, key=repr)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(folder=tmp_path)


@pytest.fixture
def fresh_bench(tmp_path: Path) -> Callable[[], Bench]:
    """For property tests: a new bench in a folder of its own at each call."""
    count = iter(range(1_000_000))

    def make() -> Bench:
        folder = tmp_path / str(next(count))
        folder.mkdir()
        return Bench(folder=folder)

    return make
