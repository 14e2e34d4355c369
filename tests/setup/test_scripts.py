"""The scripts around the set-up: what is absent from a lock, the verdict of ``make test``."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def installed():
    from provision import installed  # noqa: PLC0415

    return installed


@pytest.fixture
def check():
    return importlib.import_module("check")


def test_what_a_lock_names_and_python_lacks_is_found(installed):
    lock = f"""
pytest=={version("pytest")} \\
    --hash=sha256:00
click==0.0.1 \\
    --hash=sha256:00
never-heard-of-it==1.0 ; python_full_version >= '3.11' \\
    --hash=sha256:00
not-for-us==1.0 ; python_full_version < '3.0' \\
    --hash=sha256:00
"""
    assert installed.absent(lock) == ["click", "never-heard-of-it"]


def test_this_environment_is_what_the_lock_says(installed):
    assert installed.absent((ROOT / "requirements.lock").read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (0, "====== 12 passed in 3.1s ======", ""),
        (1, "====== 1 failed, 11 passed in 3.1s ======", "exit code 1"),
        (0, "====== 11 passed, 2 skipped in 3.1s ======", "2 skipped"),
    ],
)
def test_a_skipped_test_is_no_proof(check, code, said, expected):
    result = check.Result(name="tests", code=code, seconds=3.1, said=said)
    assert check.judge(result) == expected


def test_all_checks_are_run_and_the_last_line_is_the_verdict(check, monkeypatch, capsys):
    script = "import sys; print('= 3 passed in 1s ='); sys.exit(int(sys.argv[1]))"
    fakes = [
        check.Check(name=name, argv=(sys.executable, "-c", script, code))
        for name, code in (("lint", "1"), ("tests", "0"))
    ]
    monkeypatch.setattr(check, "checks", lambda _: tuple(fakes))
    monkeypatch.setattr(check, "BIN", Path("/"))
    assert check.main([]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert "FAILED: lint" in last
    assert "3 passed" in last


def test_an_older_python_is_told_what_to_install():
    """The entry script has to be readable by the Python of an old machine."""
    source = (ROOT / "tools" / "setup.py").read_text("utf-8")
    code = f"""
import sys
sys.version_info = (3, 9, 2)
sys.version = "3.9.2 (main)"
import shutil
shutil.which = lambda name: None
exec(compile({source!r}, "setup.py", "exec"))
"""
    result = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert result.returncode == 3
    assert "3.9.2" in result.stderr
    assert "python3.11" in result.stderr


def test_ci_runs_what_a_contributor_runs():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert "set -euo pipefail" in script
    assert script.splitlines()[-1] == "make test"
