"""Ask Debian's package manager, which is only possible as root on a Debian-like machine."""

from __future__ import annotations

from collections.abc import Sequence

from provision.machine import Machine

__all__ = ["install", "usable"]

_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


def usable(machine: Machine) -> bool:
    """Return whether system packages can be installed from here."""
    return machine.is_root and bool(machine.which("apt-get"))


def install(machine: Machine, part: str, choices: Sequence[Sequence[str]]) -> str:
    """Install the first set of packages that can be had; return "" or why none could."""
    if not usable(machine):
        return "not root" if machine.which("apt-get") else "no apt-get on this machine"
    updated = machine.run(["apt-get", "update", "-q"], seconds=180, env=_QUIET)
    if not updated.ok:
        return f"apt-get update failed: {updated.last_words()}"
    reason = ""
    for packages in choices:
        machine.say(part, f"installing system package {' '.join(packages)} ...")
        argv = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
        ran = machine.run(argv, seconds=600, env=_QUIET)
        if ran.ok:
            return ""
        reason = f"apt-get install {' '.join(packages)} failed: {ran.last_words()}"
    return reason
