from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
from demo import effects, generator, snapshots
from demo.site import DemoError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    generator.generate(tmp_path, seed=3, customers=20, products=20, orders=50)
    return tmp_path


def spoil(folder: Path) -> None:
    connection = sqlite3.connect(folder / "new.db")
    with connection:
        connection.execute("INSERT INTO setting VALUES ('later', 'yes')")
    connection.close()


def test_a_snapshot_holds_everything_with_its_digests(folder: Path) -> None:
    manifest = snapshots.take(folder, "CP1", "r/t/1")
    place = folder / "snapshots" / "CP1"
    assert json.loads((place / "manifest.json").read_text(encoding="utf-8")) == manifest
    assert sorted(path.name for path in place.iterdir()) == [
        "files",
        "manifest.json",
        "new.db",
        "old.db",
    ]
    for system in ("old", "new"):
        live = snapshots.table_digests(folder / f"{system}.db")
        assert manifest["tables"][system] == live == snapshots.table_digests(place / f"{system}.db")
    assert "files/interface.cfg" in manifest["sha256"]


def test_restore_brings_the_rows_back_while_the_system_works(folder: Path) -> None:
    before = snapshots.table_digests(folder / "new.db")
    snapshots.take(folder, "CP1", "r/t/1")
    working = sqlite3.connect(folder / "new.db")
    assert working.execute("SELECT COUNT(*) FROM setting").fetchone() == (1,)
    spoil(folder)
    assert working.execute("SELECT COUNT(*) FROM setting").fetchone() == (2,)
    snapshots.restore(folder, "CP1", "r/u/1")
    assert working.execute("SELECT COUNT(*) FROM setting").fetchone() == (1,)
    assert working.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    working.close()
    assert snapshots.table_digests(folder / "new.db") == before
    assert [(line.system, line.effect, line.attempt) for line in effects.read(folder)] == [
        ("files", "snapshot", "r/t/1"),
        ("new", "restore", "r/u/1"),
    ]


def test_restore_waits_for_a_writer_and_gives_up_naming_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots.take(folder, "CP1", "r/t/1")
    writer = sqlite3.connect(folder / "new.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(snapshots, "_WAIT_SECONDS", 0)
    with pytest.raises(DemoError, match="stayed locked"):
        snapshots.restore(folder, "CP1", "r/u/1")
    writer.execute("ROLLBACK")
    writer.close()


def test_a_snapshot_is_taken_once(folder: Path) -> None:
    first = snapshots.take(folder, "CP1", "r/t/1")
    spoil(folder)
    assert snapshots.take(folder, "CP1", "r/t/2") == first
    for other in ("q/t/1", effects.BY_HAND):
        with pytest.raises(DemoError, match="already taken by 'r/t/1'"):
            snapshots.take(folder, "CP1", other)
    assert len(effects.read(folder)) == 1


def test_a_changed_byte_is_never_restored(folder: Path) -> None:
    snapshots.take(folder, "CP1", "r/t/1")
    saved = folder / "snapshots" / "CP1" / "new.db"
    content = bytearray(saved.read_bytes())
    content[-1] ^= 1
    saved.write_bytes(content)
    before = snapshots.table_digests(folder / "new.db")
    with pytest.raises(DemoError, match="not what was saved"):
        snapshots.restore(folder, "CP1", "r/u/1")
    assert snapshots.table_digests(folder / "new.db") == before


def test_what_is_not_there_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="no snapshot 'CP9'"):
        snapshots.restore(folder, "CP9", "r/u/1")
    with pytest.raises(DemoError, match="no snapshot name"):
        snapshots.take(folder, "../CP1", "r/t/1")
    site = {
        "targets": {
            "old": {"url": "http://127.0.0.1:9", "database": f"sqlite:///{folder}/old.db"},
            "new": {"url": "http://127.0.0.1:9", "database": "postgresql://db/new"},
            "new_b": {"url": "http://127.0.0.1:9"},
            "gateway": {"url": "http://127.0.0.1:9"},
        },
        "facts": {},
    }
    (tmp_path / "site.json").write_text(json.dumps(site))
    with pytest.raises(DemoError, match="own tool"):
        snapshots.take(folder, "CP1", "r/t/1")
    site["targets"]["new"]["database"] = f"sqlite:///{folder}/new.db"
    (tmp_path / "site.json").write_text(json.dumps(site))
    with pytest.raises(DemoError, match="where users go"):
        snapshots.take(folder, "CP1", "r/t/1")
    assert not (folder / "snapshots" / "CP1").exists()
