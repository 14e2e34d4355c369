"""Who acts on this machine: the account, host and terminal behind a person's name."""

from __future__ import annotations

import getpass
import os
import socket
import sys

from golive.record.chain import Actor

__all__ = ["system_actor", "this_actor"]


def this_actor(person: str, *, assurance: str) -> Actor:
    """Return the actor of what this process does in a person's name.

    ``assurance`` is one of :data:`golive.record.chain.ASSURANCES`; raise ValueError otherwise.
    """
    return Actor(
        person=person,
        os_user=_account(),
        host=socket.gethostname(),
        tty=_terminal(),
        assurance=assurance,
    )


def system_actor() -> Actor:
    """Return golive itself as the actor."""
    return this_actor("golive", assurance="system")


def _account() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return str(os.getuid())  # a container's account need not have a name


def _terminal() -> str:
    try:
        return os.ttyname(sys.__stdin__.fileno()) if sys.__stdin__ else ""
    except (OSError, ValueError):
        return ""
