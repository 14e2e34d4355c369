"""Every behave 1.3.x beside our pytest items, event for event, each in an environment of its own.

Part of ``make prove``. Writes ``docs/proof/behave-versions.json``.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytestmark = pytest.mark.prove
ROOT = Path(__file__).parents[2]
VERSIONS = ("1.3.0", "1.3.1", "1.3.2", "1.3.3")
_ASK = "import behave, importlib.metadata as m; print(m.version('behave'), behave.__file__)"


def environment(folder: Path, version: str) -> Path:
    """Return the Python of an environment with one behave, and everything else of this one."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = ["-m", "pip", "install", "-q", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([python, *install, f"behave=={version}"], check=True)
    (own,) = folder.glob("lib/python*/site-packages")
    ours = sysconfig.get_paths()["purelib"]
    # After its own packages, so that its behave comes first.
    (own / "golive.pth").write_text(f"import site; site.addsitedir({ours!r})\n", encoding="utf-8")
    return python


def test_the_items_do_what_every_behave_does(tmp_path):
    proved = {}
    for version in VERSIONS:
        folder = tmp_path / version
        python = environment(folder, version)
        asked = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, check=True)
        told, place = asked.stdout.split()
        assert told == version
        assert Path(place).is_relative_to(folder)
        run = subprocess.run(
            [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/uat/test_parity.py"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, f"behave {version}:\n{run.stdout}\n{run.stderr}"
        proved[version] = run.stdout.strip().splitlines()[-1].split(" in ")[0]
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "behave": proved,
    }
    path = ROOT / "docs" / "proof" / "behave-versions.json"
    path.write_text(json.dumps(proof, indent=1) + "\n", encoding="utf-8")
