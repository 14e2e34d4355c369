"""End what an attempt began on other machines, and prove it: nothing here can see it.

``python -m golive.run.elsewhere ATTEMPT_DIR`` has the attempt's engine do so and prints what may go
on, a JSON list of sentences. It is a process of its own because engines run foreign code, and it
does not carry the attempt's mark: what it leaves behind is none of the attempt's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from golive.contracts import ELSEWHERE, Remote
from golive.errors import GoliveError
from golive.plugins import load_engine
from golive.run import processes, surroundings
from golive.run.attempts import read_spec
from golive.run.engine_context import engine_context
from golive.run.launching import attempt_environment

__all__ = ["end_elsewhere", "was_elsewhere"]

#: Seconds it may take; hosts that do not answer cost their time to connect.
_PATIENCE = 120.0


def was_elsewhere(folder: Path) -> bool:
    """Tell whether an attempt, or one whose work it goes on with, began anything elsewhere."""
    return any(True for _ in _of_the_work(folder))


def end_elsewhere(folder: Path) -> tuple[str, ...]:
    """End an attempt's work on other machines; return a sentence for each it may go on on."""
    return tuple(dict.fromkeys(told for each in _of_the_work(folder) for told in _end(each)))


def _of_the_work(folder: Path) -> Iterator[Path]:
    """Yield the attempts at the same work that began something on other machines."""
    job = read_spec(folder).attempt.job
    for path in sorted(folder.parent.glob(f"*/work/{ELSEWHERE}")):
        attempt = path.parent.parent
        if attempt == folder or (job and read_spec(attempt).attempt.job == job):
            yield attempt


def _end(folder: Path) -> tuple[str, ...]:
    spec = read_spec(folder)
    private = surroundings.make_private()
    environment = attempt_environment(spec, folder)
    environment.pop(processes.ATTEMPT_VARIABLE)
    environment[surroundings.PRIVATE_VARIABLE] = str(private)
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "golive.run.elsewhere", str(folder.absolute())],
            env=environment, cwd=spec.workspace, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
        found = json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else None
    except subprocess.TimeoutExpired:
        found = None
    finally:
        surroundings.remove_private(private)
    if not isinstance(found, list):
        return (_untold(spec.language),)
    return tuple(map(str, found))


def _untold(language: str) -> str:
    if language == "zh":
        return "无法确认其他主机上的作业是否已终止"
    return "whether its work on other hosts has ended could not be told"


def main(folder: Path) -> None:
    """Have the engine end the attempt's work elsewhere, and print what may go on."""
    spec = read_spec(folder)
    try:
        engine = load_engine(spec.engine)
        context = engine_context(folder, spec)
        left = engine.end(spec.args, context) if isinstance(engine, Remote) else ()
        told = [context.redactor.text(sentence) for sentence in left]
    except GoliveError as error:
        told = [str(error)]
    sys.stdout.write(f"{json.dumps(told, ensure_ascii=False)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
