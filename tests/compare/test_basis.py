"""What a streak of clean days rests on: also the files a comparison explains differences by."""

from __future__ import annotations

import pytest

from golive.compare.basis import basis_of
from golive.compare.freezing import locator
from golive.compare.register import Register
from golive.errors import SetupError

LIST = {"key": {"id": "id"}}
BLOCKS = {
    "map_file": lambda path: {"columns": [_value(map_file=_map(path))]},
    "key_map": lambda path: {
        "key": [{"old": "id", "new": "id", "as": "varchar", "key_map": _map(path)}]
    },
    "accounted": lambda path: {"accounted": {"path": path, "outcome": "fate", **LIST}},
    "repairs": lambda path: {
        "repairs": {"path": path, "column": "field", "new": "new", "rule": "rule", **LIST}
    },
}


def _map(path):
    return {"path": path, "old": "old", "new": "new"}


def _value(**more):
    return {"old": "value", "new": "value", "as": "varchar", **more}


def rests_on(bench, block, path):
    more = BLOCKS[block](path)
    body = bench.body(more.pop("columns", [_value()]), **more)
    context = bench.context()
    place = locator(context.workspace, context.environment, "2026-11-30")
    return basis_of(bench.spec(body), Register(), place)


@pytest.mark.parametrize("block", BLOCKS)
def test_another_file_the_comparison_names_is_another_basis(bench, block):
    file = bench.folder / "maps" / "codes.csv"
    file.parent.mkdir()
    absent = rests_on(bench, block, "maps/codes.csv")
    file.write_text("old,new\nA,open\n")
    first = rests_on(bench, block, "maps/codes.csv")
    assert rests_on(bench, block, "maps/codes.csv") == first
    file.write_text("old,new\nA,open\nB,cleared\n")
    assert len({absent, first, rests_on(bench, block, "maps/codes.csv")}) == 3


@pytest.mark.parametrize("block", BLOCKS)
def test_a_file_delivered_for_each_day_is_data_and_no_basis(bench, block):
    file = bench.folder / "codes-2026-11-30.csv"
    file.write_text("old,new\nA,open\n")
    first = rests_on(bench, block, "codes-{cycle}.csv")
    file.write_text("old,new\nB,open\n")
    assert rests_on(bench, block, "codes-{cycle}.csv") == first


def test_a_path_nobody_knows_is_named(bench):
    with pytest.raises(SetupError, match="names 'nowhere', which environment"):
        rests_on(bench, "repairs", "{nowhere}/codes.csv")
