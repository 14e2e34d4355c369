"""Run a profile in Locust's own process: only where it is allowed, bounded, and never orphaned."""

from __future__ import annotations

import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from golive.contracts import Environment
from golive.errors import Problem, Refused, SetupError
from golive.load.definition import Profile
from golive.load.measurement import Measurement, read_measurement

__all__ = ["LoadFiles", "allowed", "command", "run_load"]

#: Beyond these an environment must say so itself: ``load_max_users``, ``load_max_seconds``.
_MOST_USERS = 500
_MOST_SECONDS = 3600
#: Seconds Locust may take to import, start and stop, beside the stages.
_GRACE = 60
_REACHABLE_WITHIN = 5.0
_PROGRESS_EVERY = 5
#: What of the caller's environment Locust needs; everything else, secrets too, stays out.
_PASSED_ON = (
    "GOLIVE_ATTEMPT",
    "GOLIVE_ATTEMPT_DIR",
    "HOME",
    "LANG",
    "LC_ALL",
    "PATH",
    "PYTHONPATH",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFiles:
    """Where one run leaves what it measured."""

    run: Path
    series: Path
    result: Path
    log: Path

    @classmethod
    def below(cls, folder: Path) -> LoadFiles:
        """Name the files in a folder of the run's own."""
        return cls(
            run=folder / "run.json",
            series=folder / "series.jsonl",
            result=folder / "result.json",
            log=folder / "locust.log",
        )


def allowed(profile: Profile, environment: Environment) -> Iterator[Problem]:
    """Yield every reason not to put this load on this environment."""
    subject = f"load on '{profile.target}' of environment '{environment.name}'"
    target = environment.targets.get(profile.target)
    if target is None or not target.url:
        known = ", ".join(environment.targets) or "none"
        yield Problem(subject=subject, message="has no address", hint=f"targets: {known}")
        return
    host = urlsplit(target.url).hostname or ""
    permitted = {item.strip() for item in environment.facts.get("load_hosts", "").split(",")}
    if environment.kind == "live":
        yield Problem(
            subject=subject,
            message="is refused: this is production",
            hint="use a test or rehearsal environment",
        )
    elif not _loopback(host) and host not in permitted:
        yield Problem(
            subject=subject,
            message=f"is refused: '{host}' is not this machine and is not allowed",
            hint=f'allow it in the environment\'s facts: load_hosts = "{host}"',
        )
    for name, wanted, most in (
        ("users", profile.users, _MOST_USERS),
        ("seconds", profile.seconds, _MOST_SECONDS),
    ):
        limit = int(environment.facts.get(f"load_max_{name}", most))
        if wanted > limit:
            yield Problem(
                subject=subject,
                message=f"is refused: {wanted:,} {name}, allowed are {limit:,}",
                hint=f"lower the stages, or set load_max_{name} in the environment's facts",
            )


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def command(locustfile: Path, url: str) -> list[str]:
    """Return Locust's command line; it never carries a secret."""
    spec = find_spec("golive.load.listener")  # found, never imported here
    if spec is None or spec.origin is None or find_spec("locust") is None:
        raise SetupError.of("load", "Locust is not installed", hint="run golive doctor --fix")
    files = f"{spec.origin},{locustfile}"
    options = ["--headless", "--only-summary", "--exit-code-on-error", "0", "--host", url]
    return [sys.executable, "-m", "locust", "-f", files, *options]


def run_load(
    profile: Profile,
    environment: Environment,
    *,
    locustfile: Path,
    folder: Path,
    account: Mapping[str, str],
    say: Callable[[str], None],
) -> Measurement:
    """Put the load on the target and return what was measured.

    ``account`` holds ``user`` and ``password`` for the user file. Raise Refused when the
    environment does not allow it, SetupError when the target cannot be reached, Locust ends
    without a result, or the load does not end in time.
    """
    if reasons := tuple(allowed(profile, environment)):
        raise Refused(*reasons)
    url = environment.targets[profile.target].url
    _reach(url, profile.target)
    files = LoadFiles.below(folder)
    with _lifeline() as (reading, _writing):
        _write_run(files, profile, reading)
        with _locust(command(locustfile, url), files, account, reading) as process:
            _wait(process, profile, files, say)
    try:
        return read_measurement(files.result)
    except (OSError, ValueError, KeyError) as error:
        raise SetupError.of(
            "load",
            f"Locust ended without a result (exit {process.returncode}): {_last_line(files.log)}",
            hint="see locust.log in the evidence",
        ) from error


def _reach(url: str, target: str) -> None:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=_REACHABLE_WITHIN):
            return
    except OSError as error:
        raise SetupError.of(
            f"target '{target}'",
            f"cannot be reached at {parts.hostname}:{port}",
            hint="is it started?",
        ) from error


@contextmanager
def _lifeline() -> Iterator[tuple[int, int]]:
    """Open a pipe whose writing end lives only here: the load ends when this process does."""
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


def _write_run(files: LoadFiles, profile: Profile, lifeline: int) -> None:
    stages = [[stage.users, stage.spawn_rate, stage.seconds] for stage in profile.stages]
    run = {
        "stages": stages,
        "series": str(files.series),
        "result": str(files.result),
        "lifeline": lifeline,
    }
    files.series.touch()
    files.run.write_text(json.dumps(run), encoding="utf-8")


@contextmanager
def _locust(
    argv: list[str], files: LoadFiles, account: Mapping[str, str], lifeline: int
) -> Iterator[subprocess.Popen[bytes]]:
    variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    variables |= {f"GOLIVE_LOAD_{name.upper()}": value for name, value in account.items()}
    variables["GOLIVE_LOAD_RUN"] = str(files.run)
    variables["PYTHONUNBUFFERED"] = "1"
    with files.log.open("wb") as log:
        process = subprocess.Popen(
            argv,
            env=variables,
            # Its own folder, so that no locust.conf of the workspace changes what is measured.
            cwd=files.run.parent,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(lifeline,),
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End Locust and everything it started, if anything of it is left."""
    for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            continue


def _wait(
    process: subprocess.Popen[bytes],
    profile: Profile,
    files: LoadFiles,
    say: Callable[[str], None],
) -> None:
    deadline = time.monotonic() + profile.seconds + _GRACE
    told = 0
    while True:
        try:
            process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            told = _progress(files.series, told, say)
        else:
            return
        if time.monotonic() > deadline:
            raise SetupError.of(
                "load", f"did not end {_GRACE} s after its last stage", hint="see locust.log"
            )


def _progress(series: Path, told: int, say: Callable[[str], None]) -> int:
    lines = series.read_text(encoding="utf-8").splitlines()
    if len(lines) >= told + _PROGRESS_EVERY:
        last = json.loads(lines[-1])
        say(
            f"second {last['second']}: {last['users']} users, {last['requests']} requests, "
            f"{last['errors']} errors, p95 {last['p95_ms']} ms"
        )
        return len(lines)
    return told


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "it said nothing"
