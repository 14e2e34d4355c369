"""The demo pair as a whole: up, down, kill, start, status, watch."""

from __future__ import annotations

import http.client
import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from demo import processes
from demo.new.settings import NODES
from demo.site import (
    SYSTEMS,
    DemoError,
    Site,
    database_of,
    default_database,
    read_site,
    write_atomically,
    write_site,
)
from demo.web.version import PATCHES

__all__ = ["State", "down", "health", "kill", "rebuild", "site_of", "start", "state", "up", "watch"]

_START_SECONDS = 30.0
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One system now: its process (0 when there is none) and whether it answers healthy."""

    system: str
    url: str
    pid: int
    healthy: bool


def up(folder: Path) -> Site:
    """Start what does not run, wait until all are healthy, write ``site.json``.

    Ports and databases of an existing ``site.json`` are kept; databases of a new one come from
    ``DEMO_OLD_DATABASE`` and ``DEMO_NEW_DATABASE`` (SQLAlchemy DSNs) where set. What runs already
    is left alone. Raise DemoError when there is no data, or a system does not come up.
    """
    folder = folder.resolve()
    with processes.locked(folder):
        known = read_site(folder)
        databases = known.databases if known else _databases(folder)
        listeners: dict[str, socket.socket] = {}
        try:
            for system in SYSTEMS:
                if known is None or processes.find(folder, system) is None:
                    processes.end(folder, system)
                    listeners[system] = processes.listen(known.port(system) if known else 0)
            urls = dict(known.urls) if known else {}
            for system, listener in listeners.items():
                urls[system] = f"http://127.0.0.1:{listener.getsockname()[1]}"
            site = Site(folder=folder, urls=urls, databases=databases)
            for system, listener in listeners.items():
                processes.launch(folder, system, _arguments(site, system), listener)
        finally:
            for listener in listeners.values():
                listener.close()
        for system in SYSTEMS:
            _wait(site, system)
        write_site(site)
        return site


def _databases(folder: Path) -> dict[str, str]:
    found = {}
    for system in ("old", "new"):
        found[system] = database_of(folder, system)
        own = found[system] == default_database(folder, system)
        if own and not (folder / f"{system}.db").is_file():
            message = f"there is no data in '{folder}': run `python -m demo generate` first"
            raise DemoError(message)
    return found


def _arguments(site: Site, system: str) -> tuple[str, ...]:
    if system == "gateway":
        return ("--old-url", site.urls["old"], "--new-url", site.urls["new"])
    return ("--database", site.databases["new" if system == "new_b" else system])


def _wait(site: Site, system: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not health(site.urls[system], 5.0):
        alive = processes.find(site.folder, system) is not None
        if not alive or time.monotonic() > deadline:
            tail = processes.log_tail(site.folder, system)
            message = f"the {system} system did not come up; the end of its log:\n{tail}"
            raise DemoError(message)
        time.sleep(_PAUSE_SECONDS)


def site_of(folder: Path) -> Site:
    """Return the pair's site. Raise DemoError when it was never brought up."""
    site = read_site(folder)
    if site is None:
        message = f"there is no '{folder / 'site.json'}': run `python -m demo up` first"
        raise DemoError(message)
    return site


def start(folder: Path, system: str) -> Site:
    """Start one system again on its own port and wait until it is healthy."""
    folder = folder.resolve()
    with processes.locked(folder):
        site = site_of(folder)
        if processes.find(folder, system) is None:
            with processes.listen(site.port(system)) as listener:
                processes.launch(folder, system, _arguments(site, system), listener)
        _wait(site, system)
        return site


def rebuild(folder: Path, patch: str) -> Site:
    """Build the new system anew with one more patch in it, and start both nodes of the build.

    Until then a running node tells the build it was started with, as programs do.
    """
    path = folder / PATCHES
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    write_atomically(path, f"{before}{patch}\n")
    with processes.locked(folder.resolve()):
        for node in NODES:
            processes.end(folder.resolve(), node)
    for node in NODES:
        site = start(folder, node)
    return site


def down(folder: Path) -> tuple[str, ...]:
    """End all of them, the gateway first; return those that ran. ``site.json`` stays."""
    folder = folder.resolve()
    with processes.locked(folder):
        return tuple(s for s in reversed(SYSTEMS) if processes.end(folder, s))


def kill(folder: Path, system: str) -> bool:
    """Kill one system at once (SIGKILL), as a crash would; tell whether it ran."""
    folder = folder.resolve()
    with processes.locked(folder):
        return processes.end(folder, system, force=True)


def state(folder: Path) -> tuple[State, ...]:
    """Return how each system is now."""
    site = site_of(folder)
    found = []
    for system in SYSTEMS:
        running = processes.find(site.folder, system)
        healthy = health(site.urls[system], 5.0)
        pid = running.pid if running else 0
        found.append(State(system=system, url=site.urls[system], pid=pid, healthy=healthy))
    return tuple(found)


def watch(folder: Path, system: str, *, until: str, timeout: float) -> float | None:
    """Ask a system's health until it is ``up`` or ``down``.

    Return the seconds it took, or None when ``timeout`` seconds passed before.
    """
    site = site_of(folder)
    begun = time.monotonic()
    while health(site.urls[system], 2.0) != (until == "up"):
        if time.monotonic() - begun > timeout:
            return None
        time.sleep(_PAUSE_SECONDS)
    return time.monotonic() - begun


def health(url: str, timeout: float) -> bool:
    """Tell whether a system answers ``GET /health`` with 200 and ``{"status": "ok"}``."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        content = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return answer.status == 200 and content == {"status": "ok"}  # noqa: PLR2004
