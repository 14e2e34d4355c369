"""golive demo: the whole go-live of the demo pair as a story, or with one of its faults."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from golive.cli.demo_chapters import Story
from golive.cli.demo_desk import Desk
from golive.cli.demo_story import tell_story
from golive.cli.options import env_option, lang_option, project_here
from golive.errors import Refused, SetupError

__all__ = ["demo"]


@click.command()
@click.option("--orders", default=20_000, show_default=True, help="Size of the old system's data.")
@click.option("--fault", default="", metavar="NAME|list", help="Switch on one of its faults.")
@click.option("--keep-running", is_flag=True, help="Leave the pair running afterwards.")
@env_option
@lang_option
def demo(
    orders: int, fault: str, environment: str, lang: str | None, *, keep_running: bool
) -> None:
    """Take the demo pair live, from a fresh pair to the report after its dual run.

    Exit code 0: GO, cut over, and the dual run is clean. 1: NO-GO, or something failed.
    """
    project = project_here(environment, lang)
    if not (project.root / "demo" / "__main__.py").is_file():
        raise SetupError.of(
            "demo", "this workspace has no demo pair", hint="run it in golive's own repository"
        )
    desk = Desk(project=project)
    if fault == "list":
        sys.exit(desk.demo("fault", "list", "--lang", project.language.value))
    if fault and fault not in (known := desk.faults()):
        raise Refused.of(
            f"fault '{fault}'", "is none of the demo's", hint=f"known: {', '.join(known)}"
        )
    release = f"demo-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    try:
        code = tell_story(Story(desk=desk, release=release, orders=orders, fault=fault))
    finally:
        if not keep_running:
            desk.demo("down", quiet=True)
    sys.exit(code)
