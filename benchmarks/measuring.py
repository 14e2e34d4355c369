"""Measure programs side by side: CPU seconds, wall time and peak memory of a whole process tree.

Each script ``benchmarks/bench_*.py`` measures golive and its peers in the same run and calls
:func:`write` once; ``make bench`` runs them all. A peer lives in a virtual environment of its own
under ``.bench/``, never in golive's lock.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "Usage", "best_of", "measure", "peer", "ratio", "write"]

ROOT = Path(__file__).resolve().parents[1]
_PEERS = ROOT / ".bench"
_KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a program and all its children took; ``peak`` is that of the largest process."""

    wall: float  #: seconds
    cpu: float  #: seconds, user and system, of all processes that ended before it did
    peak: int  #: bytes of resident memory
    code: int  #: exit code
    said: str  #: standard output


def peer(name: str, *requirements: str) -> Path:
    """Return the Python of a peer's own virtual environment, made when it is not there.

    Raise subprocess.CalledProcessError when a requirement cannot be installed.
    """
    folder = _PEERS / name
    python = folder / "bin" / "python"
    marker = folder / "requirements.txt"
    wanted = "\n".join(requirements)
    if not python.exists() or not marker.exists() or marker.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, *requirements], check=True)
        marker.write_text(wanted)
    return python


def measure(
    argv: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> Usage:
    """Run a program to its end and return what it took. Its errors go to this terminal."""
    began = time.monotonic()
    with subprocess.Popen(
        [str(word) for word in argv],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(
        wall=time.monotonic() - began,
        cpu=used.ru_utime + used.ru_stime,
        peak=used.ru_maxrss * _KIB,
        code=process.returncode,
        said=said,
    )


def best_of(
    rounds: int,
    programs: Mapping[str, Sequence[str | Path]],
    *,
    cwd: Path,
    by: Callable[[Usage], float],
) -> dict[str, Usage]:
    """Let programs take turns; return the least of each, with byte code kept for everybody.

    Raise SystemExit with what a program said when it ends badly.
    """
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(cwd / "bytecode")}
    best: dict[str, Usage] = {}
    for _round in range(rounds):
        for name, argv in programs.items():
            usage = measure(argv, cwd=cwd, env=kept)
            if usage.code:
                raise SystemExit(f"{name} ended with {usage.code}:\n{usage.said[-2000:]}")
            best[name] = min(best.get(name, usage), usage, key=by)
    return best


def ratio(ours: float, theirs: float) -> float:
    """Return ours ÷ theirs to three digits; below 1 golive takes less."""
    return round(ours / theirs, 3) if theirs else float("inf")


def write(name: str, figures: Mapping[str, Any], *, packages: Sequence[str] = ()) -> Path:
    """Write dated figures to ``docs/proof/bench-<name>.json`` with versions and machine, say so.

    ``packages`` are the installed distributions whose versions matter here.
    """
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": {"cpus": os.cpu_count(), "system": platform.system()},
        "packages": {package: version(package) for package in packages},
        **figures,
    }
    path = ROOT / "docs" / "proof" / f"bench-{name}.json"
    path.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {json.dumps(figures, ensure_ascii=False)}")
    return path
