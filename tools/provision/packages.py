"""The virtual environment, the locked Python packages in it, and golive itself on top."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from provision import apt
from provision.machine import Argv, Machine
from provision.record import Part, Record, digest

__all__ = ["LOCK", "provide", "stamp"]

NAME = "python"
LOCK = "requirements.lock"
_PROBE = "import sys, pip; print('%d.%d.%d' % sys.version_info[:3])"
_QUIET = ("--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar=off")
#: A user's pip settings that make no sense inside a virtual environment.
_ENV = {"PIP_USER": "0"}


def stamp(machine: Machine) -> dict[str, str]:
    """Return what the environment is made from; a changed value redoes that step only."""
    return {
        "lock": digest(machine.root / LOCK),
        "project": digest(machine.root / "pyproject.toml"),
    }


def _missing(detail: str, hint: str) -> Part:
    return Part(name=NAME, ready=False, detail=detail, hint=hint)


def _python_version(machine: Machine) -> str:
    """Return the version of the environment's Python, "" when it or its pip does not work."""
    ran = machine.run([machine.python, "-c", _PROBE], seconds=60)
    return ran.output.strip() if ran.ok else ""


def _is_usable(machine: Machine) -> bool:
    """Return whether the environment works here; its scripts name the folder it was made in."""
    try:
        head = (machine.venv / "bin" / "pip").read_bytes()[:400]
    except OSError:
        return False
    return f"{machine.venv}/bin/python".encode() in head and bool(_python_version(machine))


def _create(machine: Machine) -> Part | None:
    """Make the virtual environment; on Debian its own package may be missing."""
    argv: Argv = [sys.executable, "-m", "venv", "--clear", machine.venv]
    machine.say(NAME, "making the virtual environment .venv ...")
    ran = machine.run(argv, seconds=180)
    if ran.ok and _python_version(machine):
        return None
    versioned = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    reason = apt.install(machine, NAME, [[versioned], ["python3-venv"]])
    ran = machine.run(argv, seconds=180)
    if ran.ok and _python_version(machine):
        return None
    return _missing(
        f"{sys.executable} cannot make a virtual environment ({reason or ran.last_words(1)})",
        f"install the system package {versioned} or python3-venv, then run make setup",
    )


def _absent(machine: Machine) -> list[str]:
    """Return the locked packages that are not installed, or not in the locked version."""
    script = Path(__file__).with_name("installed.py")
    argv: Argv = [machine.python, script, machine.root / LOCK]
    ran = machine.run(argv, seconds=60)
    return ran.output.split() if ran.ok else [LOCK]


def _install_locked(machine: Machine) -> Part | None:
    count = sum(1 for line in (machine.root / LOCK).read_text().splitlines() if "==" in line)
    machine.say(NAME, f"installing up to {count} packages from {LOCK} (a few minutes) ...")
    argv: Argv = [
        machine.python,
        "-m",
        "pip",
        "install",
        *_QUIET,
        "--require-hashes",
        "-r",
        LOCK,
    ]
    ran = machine.run(argv, seconds=1800, env=_ENV)
    if not ran.ok:
        hint = "see that pip reaches a package index (pip config list), then run make setup"
        return _missing(f"pip install failed: {ran.last_words()}", hint)
    if absent := _absent(machine):
        return _missing(f"still not installed: {', '.join(absent)}", "remove .venv, run make setup")
    return None


def _install_project(machine: Machine) -> Part | None:
    machine.say(NAME, "installing golive itself, editable ...")
    options = ("--no-index", "--no-deps", "--no-build-isolation")
    argv: Argv = [machine.python, "-m", "pip", "install", *_QUIET, *options, "-e", "."]
    ran = machine.run(argv, seconds=300, env=_ENV)
    if ran.ok:
        return None
    return _missing(f"golive itself: {ran.last_words()}", "correct pyproject.toml")


def _wanted_steps(machine: Machine, last: Record) -> list[Callable[[Machine], Part | None]]:
    """Return what has to be done, in order; nothing when nothing changed."""
    now = stamp(machine)
    steps: list[Callable[[Machine], Part | None]] = []
    if not _is_usable(machine):
        return [_create, _install_locked, _install_project]
    if not last.is_current("lock", now["lock"]) or _absent(machine):
        steps.append(_install_locked)
    script = machine.venv / "bin" / "golive"
    if steps or not last.is_current("project", now["project"]) or not script.exists():
        steps.append(_install_project)
    return steps


def provide(machine: Machine, last: Record) -> Part:
    """Return the packages, after doing only what changed since the last call."""
    for step in _wanted_steps(machine, last):
        if part := step(machine):
            return part
    version = _python_version(machine)
    detail = f"the packages of {LOCK} and golive in .venv, Python {version}"
    return Part(name=NAME, ready=True, detail=detail, path=str(machine.python))
