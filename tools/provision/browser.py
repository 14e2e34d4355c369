"""A Chromium for the scenarios: one that is there, else Playwright's own, else the system's."""

from __future__ import annotations

from pathlib import Path

from provision import apt
from provision.machine import Argv, Machine
from provision.record import Part

__all__ = ["NAME", "NAMES", "find", "provide"]

NAME = "browser"
#: Looked for on PATH, in this order, which is that of golive.browser (a test compares them).
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
#: Playwright's download is tried no longer than this: behind a firewall it would only hang.
DOWNLOAD_SECONDS = 20
_HINT = (
    "install the system package chromium (Debian: apt-get install chromium-headless-shell), "
    "or set GOLIVE_BROWSER to the path of a Chromium or Chrome, then run make setup"
)


def _downloaded(machine: Machine) -> list[str]:
    """Return the browsers Playwright keeps in its cache, newest build first."""
    home = machine.environ.get("HOME", "")
    cache = machine.environ.get("PLAYWRIGHT_BROWSERS_PATH") or f"{home}/.cache/ms-playwright"
    patterns = (
        "chromium*/*/chrome-headless-shell",
        "chromium*/*/headless_shell",
        "chromium*/*/chrome",
    )
    return [
        str(path)
        for pattern in patterns
        for path in sorted(Path(cache).glob(pattern), reverse=True)
        if path.is_file()
    ]


def _version(machine: Machine, path: str) -> str:
    """Return what a browser calls itself; "" when it cannot run (a stub, missing libraries)."""
    ran = machine.run([path, "--version"], seconds=20)
    return ran.output.strip().splitlines()[0] if ran.ok and ran.output.strip() else ""


def find(machine: Machine) -> Part:
    """Return the browser that is there, started once to see that it runs."""
    wanted = machine.environ.get("GOLIVE_BROWSER", "")
    if wanted:
        version = _version(machine, wanted)
        if version:
            return Part(name=NAME, ready=True, detail=f"{version} ({wanted})", path=wanted)
        detail = f"GOLIVE_BROWSER names '{wanted}', which does not run"
        return Part(name=NAME, ready=False, detail=detail, hint="correct or unset GOLIVE_BROWSER")
    installed = [found for name in NAMES if (found := machine.which(name))]
    for path in (*installed, *_downloaded(machine)):
        version = _version(machine, path)
        if version:
            return Part(name=NAME, ready=True, detail=f"{version} ({path})", path=path)
    return Part(name=NAME, ready=False, detail="no Chromium or Chrome found", hint=_HINT)


def _download(machine: Machine) -> str:
    """Let Playwright fetch its own browser; return "" or why it could not."""
    machine.say(NAME, f"none found; Playwright's own download, at most {DOWNLOAD_SECONDS} s ...")
    argv: Argv = [
        machine.python,
        "-m",
        "playwright",
        "install",
        "--only-shell",
        "chromium",
    ]
    ran = machine.run(argv, seconds=DOWNLOAD_SECONDS)
    return "" if ran.ok else ran.last_words(1)


def provide(machine: Machine) -> Part:
    """Return a browser that runs, getting one if need be."""
    part = find(machine)
    if part.ready or machine.environ.get("GOLIVE_BROWSER"):
        return part
    reasons = []
    download = _download(machine)
    if not download and (part := find(machine)).ready:
        return part
    # A download that worked but does not run lacks system libraries; the system's own has them.
    reasons.append(f"Playwright's download: {download or 'what it fetched does not run'}")
    reason = apt.install(machine, NAME, [["chromium-headless-shell"], ["chromium"]])
    if not reason and (part := find(machine)).ready:
        return part
    reasons.append(f"system package: {reason or 'what it installed does not run'}")
    detail = f"no Chromium or Chrome found, and none could be had ({'; '.join(reasons)})"
    return Part(name=NAME, ready=False, detail=detail, hint=_HINT)
