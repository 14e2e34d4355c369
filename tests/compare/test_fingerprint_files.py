from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from golive.compare.fingerprint import FilePrint, fingerprint_files
from golive.errors import SetupError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "空").mkdir(parents=True)
    (folder / "orders.csv").write_text("a;b\n")
    (folder / "空" / "x.xml").write_text("<x/>")
    (folder / "orders.csv").chmod(0o640)
    (folder / "latest").symlink_to("orders.csv")
    return tmp_path


def test_every_name_below_is_recorded(root: Path) -> None:
    found = fingerprint_files(["files"], root)
    assert list(found) == [
        "files",
        "files/latest",
        "files/orders.csv",
        "files/空",
        "files/空/x.xml",
    ]
    assert found["files/orders.csv"].mode == "0640"
    assert found["files/orders.csv"].size == 4
    assert found["files/latest"] == FilePrint(kind="link", target="orders.csv")
    assert found["files/空"].kind == "folder"
    assert fingerprint_files([root / "files"], root) == found


def _touch(path: Path) -> None:
    os.utime(path, (1, 1))


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda files: (files / "orders.csv").write_text("a;c\n"), {"files/orders.csv"}),
        (lambda files: (files / "orders.csv").chmod(0o600), {"files/orders.csv"}),
        (lambda files: (files / "new").mkdir(), {"files/new"}),
        (lambda files: (files / "空" / "x.xml").unlink(), {"files/空/x.xml"}),
        (lambda files: (files / "orders.csv").rename(files / "o"), {"files/orders.csv", "files/o"}),
        (lambda files: _touch(files / "orders.csv"), set()),
    ],
)
def test_exactly_the_changed_names_differ(
    root: Path, change: Callable[[Path], object], names: set[str]
) -> None:
    before = fingerprint_files(["files"], root)
    change(root / "files")
    after = fingerprint_files(["files"], root)
    assert {key for key in {*before, *after} if before.get(key) != after.get(key)} == names


def test_a_link_is_recorded_not_followed(root: Path) -> None:
    before = fingerprint_files(["files"], root)
    (root / "files" / "latest").unlink()
    (root / "files" / "latest").write_text("a;b\n")
    assert before["files/latest"] != fingerprint_files(["files"], root)["files/latest"]
    (root / "files" / "up").symlink_to("..")
    assert not [name for name in fingerprint_files(["files"], root) if "up/" in name]


def test_what_is_not_there_is_recorded_as_missing(root: Path) -> None:
    assert fingerprint_files(["gone"], root) == {"gone": FilePrint(kind="missing")}


def test_pipes_are_not_read_and_odd_names_are_kept(root: Path) -> None:
    os.mkfifo(root / "files" / "pipe")
    (root / "files" / os.fsdecode(b"caf\xe9")).touch()
    found = fingerprint_files(["files"], root)
    assert found["files/pipe"].kind == "other"
    assert found["files/caf\\xe9"].kind == "file"


def test_an_unreadable_folder_does_not_pass_for_an_empty_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything, so the refusal comes from the call itself."""
    real = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("空"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SetupError, match=r"空': cannot be fingerprinted: Permission denied"):
        fingerprint_files(["files"], root)
    assert stat.S_ISDIR((root / "files").stat().st_mode)
