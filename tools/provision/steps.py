"""The set-up from start to end: each part once, what is missing said with the next action.

``main`` > ``set_up`` > Python packages, then for browser, font and generator: ``settle``.
"""

from __future__ import annotations

import fcntl
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from provision import browser, font, node, packages
from provision.machine import Machine
from provision.record import Part, Record, read_record, write_record

__all__ = ["main", "record_path", "set_up"]

READY, BROKEN = 0, 3
_USAGE = "usage: python3 tools/setup.py [--again]   (--again: try again what could not be had)\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How one part besides the Python packages is looked for, and how it is got."""

    name: str
    find: Callable[[], Part]
    provide: Callable[[], Part]


def record_path(machine: Machine) -> Path:
    """Return where the record of the set-up lies; gone with the environment it speaks of."""
    return machine.venv / "golive-setup.json"


def settle(step: Step, last: Record, *, again: bool) -> Part:
    """Return the part as found, else got; one that could not be had is not tried at every call."""
    part = step.find()
    if part.ready:
        return part
    known = last.parts.get(step.name)
    return known if known and not known.ready and not again else step.provide()


def _report(machine: Machine, part: Part) -> None:
    if part.ready:
        machine.say(part.name, f"ready: {part.detail}")
        return
    machine.say(part.name, f"MISSING: {part.detail}")
    machine.say("", f"next: {part.hint}")


def _steps(machine: Machine, last: Record) -> tuple[Step, ...]:
    return (
        Step(
            name=browser.NAME,
            find=lambda: browser.find(machine),
            provide=lambda: browser.provide(machine),
        ),
        Step(
            name=font.NAME,
            find=lambda: font.find(machine),
            provide=lambda: font.provide(machine),
        ),
        Step(
            name=node.NAME,
            find=lambda: node.find(machine, last),
            provide=lambda: node.provide(machine),
        ),
    )


def set_up(machine: Machine, *, again: bool = False) -> int:
    """Do every part and keep the record. Return 0, or 3 when the Python packages are missing."""
    last = read_record(record_path(machine))
    parts = [packages.provide(machine, last)]
    _report(machine, parts[0])
    if not parts[0].ready:
        # Nothing was proved: the next call begins anew.
        record_path(machine).unlink(missing_ok=True)
        return BROKEN
    # A step that was done is kept even when a later one is interrupted.
    done = {**last.stamp, **packages.stamp(machine)}
    write_record(record_path(machine), [*parts, *_others(last, parts)], done)
    for step in _steps(machine, last):
        parts.append(settle(step, last, again=again))
        _report(machine, parts[-1])
    if parts[-1].ready:
        done["node"] = node.stamp(machine)
    write_record(record_path(machine), parts, done)
    return READY


def _others(last: Record, parts: list[Part]) -> list[Part]:
    return [part for name, part in last.parts.items() if name != parts[0].name]


def _closing(parts: dict[str, Part], seconds: float) -> str:
    missing = [part.name for part in parts.values() if not part.ready]
    if not missing:
        return f"set-up done in {seconds:.1f} s: nothing is missing\n"
    return (
        f"set-up done in {seconds:.1f} s without: {', '.join(missing)}; what needs it will be "
        "broken, not passed (make setup AGAIN=1 tries again)\n"
    )


def main(argv: list[str], machine: Machine | None = None) -> int:
    """Run the set-up of this checkout for the command line."""
    if set(argv) - {"--again"}:
        sys.stderr.write(_USAGE)
        return 2
    machine = machine or Machine(root=Path(__file__).resolve().parents[2])
    began = time.monotonic()
    sys.stdout.write(f"golive set-up (Python {platform.python_version()}, {platform.system()})\n")
    machine.venv.mkdir(exist_ok=True)
    # Two commands started at once must not install into the same folder together.
    with (machine.root / "pyproject.toml").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code = set_up(machine, again="--again" in argv)
    if code == READY:
        parts = dict(read_record(record_path(machine)).parts)
        sys.stdout.write(_closing(parts, time.monotonic() - began))
    return code
