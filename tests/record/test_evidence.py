from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from golive.errors import Damaged, SetupError
from golive.record.evidence import EvidenceStore
from golive.record.redaction import Redactor

_KEEPER = """
import sys
from pathlib import Path
from golive.record.evidence import EvidenceStore
store = EvidenceStore(Path(sys.argv[1]))
for _ in range(50):
    for path in sorted(Path(sys.argv[2]).iterdir()):
        evidence = store.keep(path)
        assert store.verify(evidence) is None
"""


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "reports" / "evidence")


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    path = tmp_path / "截图.png"
    path.write_bytes(b"\x89PNG pixels")
    return path


def test_content_is_stored_under_its_digest(store: EvidenceStore, shot: Path) -> None:
    evidence = store.keep(shot)
    digest = hashlib.sha256(b"\x89PNG pixels").hexdigest()
    assert (evidence.name, evidence.sha256, evidence.size) == ("截图.png", digest, 11)
    assert evidence.media_type == "image/png"
    stored = store.path(digest)
    assert stored.relative_to(store.root) == Path("sha256", digest[:2], digest[2:])
    assert stored.read_bytes() == shot.read_bytes()
    assert stored.stat().st_mode & 0o777 == 0o444
    assert store.verify(evidence) is None


def test_names_and_types_can_be_given(store: EvidenceStore, shot: Path) -> None:
    evidence = store.keep(shot, name="result", media_type="text/x-own")
    assert (evidence.name, evidence.media_type) == ("result", "text/x-own")
    assert store.keep(shot, name="no-ending").media_type == "application/octet-stream"


def test_the_same_content_is_written_once(store: EvidenceStore, shot: Path) -> None:
    first = store.keep(shot)
    before = store.path(first.sha256).stat()
    assert store.keep(shot, name="again").sha256 == first.sha256
    after = store.path(first.sha256).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    files = [path for path in store.root.rglob("*") if path.is_file()]
    assert files == [store.path(first.sha256)]


def test_secrets_are_gone_before_the_digest_is_taken(store: EvidenceStore, tmp_path: Path) -> None:
    path = tmp_path / "log-hunter2canary.txt"
    path.write_text("password=hunter2canary\n")
    evidence = store.keep(path, redactor=Redactor({"db": "hunter2canary"}))
    clean = b"password=[REDACTED:db]\n"
    assert evidence.sha256 == hashlib.sha256(clean).hexdigest()
    assert evidence.size == len(clean)
    assert evidence.name == "log-[REDACTED:db].txt"
    assert evidence.media_type == "text/plain"
    for stored in store.root.rglob("*"):
        assert "hunter2" not in stored.name
        assert not stored.is_file() or b"hunter2" not in stored.read_bytes()
    assert path.read_text() == "password=hunter2canary\n"


def test_a_large_file_is_stored_in_pieces(store: EvidenceStore, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    content = os.urandom(1 << 20) * 3 + b"end"
    path.write_bytes(content)
    evidence = store.keep(path)
    assert evidence.size == len(content)
    assert evidence.sha256 == hashlib.sha256(content).hexdigest()
    assert store.verify(evidence) is None


def test_two_processes_keep_the_same_content_at_once(store: EvidenceStore, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.txt").write_text(f"content {number}" * 1000)
    command = [sys.executable, "-c", _KEEPER, str(store.root), str(folder)]
    keepers = [subprocess.Popen(command) for _ in range(2)]
    assert [keeper.wait(timeout=60) for keeper in keepers] == [0, 0]
    files = [path for path in store.root.rglob("*") if path.is_file()]
    assert len(files) == 4
    for path in files:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.parent.name + path.name


def test_missing_changed_and_resized_evidence_is_named(store: EvidenceStore, shot: Path) -> None:
    evidence = store.keep(shot)
    problem = store.verify(replace(evidence, size=12))
    assert "evidence '截图.png': has 11 bytes, its record says 12" in str(problem)
    stored = store.path(evidence.sha256)
    stored.chmod(0o644)
    stored.write_bytes(b"\x89PNG pixelz")
    assert "has changed: its content is now" in str(store.verify(evidence))
    with pytest.raises(Damaged, match="its content has changed"):
        store.keep(shot)
    stored.unlink()
    assert "is missing from the evidence store" in str(store.verify(evidence))
    assert "cannot be read" in str(store.verify(replace(evidence, sha256="../../etc/passwd")))
    store.keep(shot)
    assert store.verify(evidence) is None


@pytest.mark.parametrize("digest", ["", "abc", "A" * 64, "../" + "a" * 61, "a" * 64 + "\n"])
def test_what_is_no_digest_leads_nowhere(store: EvidenceStore, digest: str) -> None:
    with pytest.raises(ValueError, match="is not a SHA-256"):
        store.path(digest)


def test_what_cannot_be_kept_is_said(store: EvidenceStore, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"evidence 'none\.txt': cannot be kept: No such file"):
        store.keep(tmp_path / "none.txt")
    with pytest.raises(SetupError, match="Is a directory"):
        store.keep(tmp_path)
    assert not [path for path in store.root.rglob("*") if path.is_file()]


def test_a_full_disk_leaves_no_half_evidence(store: EvidenceStore, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(b"x" * 100_000)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from golive.errors import SetupError\n"
        "from golive.record.evidence import EvidenceStore\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try: EvidenceStore(Path(sys.argv[1])).keep(Path(sys.argv[2]))\n"
        "except SetupError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(store.root), str(path)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "cannot be kept: File too large" in done.stdout
    assert not [path for path in store.root.rglob("*") if path.is_file()]
