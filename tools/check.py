"""Every check of ``make test``: all are run, each with its time; the last line is the verdict."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
#: A file's tests share what is costly to make. In the order of their names: by default files of
#: few tests come last, and those are the whole stories.
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
#: Seconds for one test: what hangs is named with its stack instead of holding up the rest.
BOUNDED = ("--timeout", "300")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One program whose exit code 0 is the proof."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a check ended; ``said`` is its last line of output."""

    name: str
    code: int
    seconds: float
    said: str


def checks(extra: list[str]) -> tuple[Check, ...]:
    """Return the checks in order, the quick ones first; ``extra`` goes to pytest."""
    return (
        Check(name="lint", argv=("ruff", "check", ".")),
        Check(name="format", argv=("ruff", "format", "--check", ".")),
        Check(name="types", argv=("mypy",)),
        Check(name="layers", argv=("lint-imports",)),
        Check(name="tests", argv=("pytest", *SIDE_BY_SIDE, *BOUNDED, "--durations=10", *extra)),
    )


def run(check: Check) -> Result:
    """Run a check, passing on each line as it comes."""
    sys.stdout.write(f"\n== {check.name}: {' '.join(check.argv)}\n")
    sys.stdout.flush()
    began, said = time.monotonic(), ""
    environ = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    # No colour codes: the output is read in CI logs and taken apart below.
    environ |= {"NO_COLOR": "1", "TERM": "dumb", "PY_COLORS": "0"}
    environ.pop("FORCE_COLOR", None)
    argv = [str(BIN / check.argv[0]), *check.argv[1:]]
    with subprocess.Popen(
        argv, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            said = line.strip() or said
    seconds = time.monotonic() - began
    return Result(name=check.name, code=process.returncode, seconds=seconds, said=said)


def judge(result: Result) -> str:
    """Return why a result is no proof, or an empty string: a skipped test proves nothing."""
    if result.code:
        return f"exit code {result.code}"
    skipped = re.search(r"\b(\d+) skipped", result.said) if result.name == "tests" else None
    return f"{skipped[1]} skipped" if skipped else ""


def main(argv: list[str]) -> int:
    """Run all checks. Return 0 when each is a proof, else 1."""
    results = [run(check) for check in checks(argv)]
    sys.stdout.write("\n")
    for result in results:
        verdict = judge(result)
        word = f"FAILED ({verdict})" if verdict else "passed"
        sys.stdout.write(f"  {result.name:<8} {result.seconds:6.1f} s  {word}\n")
    red = [result.name for result in results if judge(result)]
    total = sum(result.seconds for result in results)
    pytest_said = results[-1].said.strip("= ")
    verdict = f"FAILED: {', '.join(red)}" if red else "all checks passed"
    sys.stdout.write(f"make test: {verdict} in {total:.0f} s; pytest: {pytest_said}\n")
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
