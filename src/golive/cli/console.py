"""golive console: web pages over the runs, for people who have no terminal."""

from __future__ import annotations

import click

from golive.cli.options import env_option, lang_option, project_here
from golive.console.application import application
from golive.console.serving import listen, serve
from golive.report.words import say

__all__ = ["console"]


@click.command()
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="0 takes a free one.")
@env_option
@lang_option
def console(port: int, environment: str, lang: str | None) -> None:
    """Show the runs as web pages on this machine; who has a PIN can press there."""
    project = project_here(environment, lang)
    try:
        listening = listen(port)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        click.echo(
            say(
                project.language.value,
                f"golive console: {address}  (Ctrl-C ends it)",
                f"golive 控制台：{address}  （按 Ctrl-C 结束）",
            )
        )
        serve(application(project), listening)
    except KeyboardInterrupt:
        return
