"""Run every benchmark of ``benchmarks/``, or those named; a broken one is said and is fatal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def scripts(names: list[str]) -> list[Path]:
    """Return the scripts to run: all, or those whose names were given without ``bench_``."""
    found = sorted((ROOT / "benchmarks").glob("bench_*.py"))
    return [path for path in found if not names or path.stem.removeprefix("bench_") in names]


def main(names: list[str]) -> int:
    """Run the scripts one after the other. Return 1 when one is broken or none is there."""
    chosen = scripts(names)
    broken = []
    for path in chosen:
        sys.stdout.write(f"\n== {path.stem}\n")
        sys.stdout.flush()
        if subprocess.run([sys.executable, str(path)], cwd=ROOT, check=False).returncode:
            broken.append(path.stem)
    said = f"broken: {', '.join(broken)}" if broken else f"{len(chosen)} ran"
    sys.stdout.write(f"make bench: {said}\n")
    return 1 if broken or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
