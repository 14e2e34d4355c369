"""Whole copies of the pair: what changed since is as it was, and what ran runs again."""

from __future__ import annotations

import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo import forks, pair, processes
from demo.generator import generate
from demo.site import SYSTEMS, DemoError


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = (tmp_path / "d").resolve()
    yield place
    for system in SYSTEMS:
        processes.end(place, system, force=True)


def route(site: pair.Site) -> str:
    with urllib.request.urlopen(f"{site.urls['gateway']}/route", timeout=20) as answer:
        return str(json.load(answer)["to"])


def count(database: Path, table: str) -> int:
    connection = sqlite3.connect(database)
    (found,) = connection.execute(f"select count(*) from {table}").fetchone()
    connection.close()
    return int(found)


def test_a_copy_brings_back_databases_files_route_and_what_ran(folder: Path) -> None:
    generate(folder, customers=20, products=40, orders=60, seed=7)
    site = pair.up(folder)
    table = "ordh"
    before = count(folder / "old.db", table)
    assert before
    forks.save(folder, "one")
    connection = sqlite3.connect(folder / "old.db")
    with connection:
        connection.execute(f"delete from {table}")
    connection.close()
    (folder / "migration").mkdir()
    (folder / "migration" / "extract.csv").write_text("left over")
    interface = folder / "files" / "interface.cfg"
    kept = interface.read_bytes()
    interface.write_text("spoiled")
    (folder / "route.json").write_text('{"to": "new"}\n')
    pair.kill(folder, "gateway")
    pair.start(folder, "gateway")
    assert route(site) == "new"
    pair.kill(folder, "new")
    forks.restore(folder, "one")
    assert count(folder / "old.db", table) == before
    assert interface.read_bytes() == kept
    assert not (folder / "migration").exists()
    assert route(site) == "old"
    assert processes.find(folder, "new") is not None
    with pytest.raises(DemoError, match="there is no copy 'two'"):
        forks.restore(folder, "two")
