"""A Chinese font: without one a screenshot of a Chinese page shows empty boxes."""

from __future__ import annotations

from provision import apt
from provision.machine import Machine
from provision.record import Part

__all__ = ["NAME", "find", "provide"]

NAME = "font"
_HINT = (
    "install a Chinese font and fontconfig "
    "(Debian: apt-get install fontconfig fonts-wqy-microhei), then run make setup"
)


def find(machine: Machine) -> Part:
    """Return the first font with the characters of mainland China, as fontconfig knows it."""
    if not machine.which("fc-list"):
        detail = "fontconfig's fc-list is missing, so fonts cannot be told"
        return Part(name=NAME, ready=False, detail=detail, hint=_HINT)
    ran = machine.run(["fc-list", ":lang=zh-cn", "family"], seconds=60)
    families = sorted(line.strip() for line in ran.output.splitlines() if line.strip())
    if not ran.ok or not families:
        return Part(name=NAME, ready=False, detail="no font has Chinese characters", hint=_HINT)
    return Part(name=NAME, ready=True, detail=f"Chinese font {families[0].split(',')[0]}")


def provide(machine: Machine) -> Part:
    """Return a Chinese font, installing one if need be."""
    part = find(machine)
    if part.ready:
        return part
    reason = apt.install(machine, NAME, [["fontconfig", "fonts-wqy-microhei"]])
    if not reason and (part := find(machine)).ready:
        return part
    detail = f"{part.detail}, and none could be had ({reason or 'still not listed'})"
    return Part(name=NAME, ready=False, detail=detail, hint=_HINT)
