"""golive uat record: work in the browser, get a feature made of sentences."""

from __future__ import annotations

import os
from pathlib import Path

import click

from golive.browser import BROWSER_SHOWN, Browser, BrowserError
from golive.cli.options import env_option, lang_option, project_here
from golive.errors import Refused
from golive.uat.recorder import Recorder, recorded_feature
from golive.uat.session import Session
from golive.uat.site import load_site
from golive.uat.wording import say
from golive.uat.workbook import load_workbook

__all__ = ["record"]


@click.command()
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--role", default="", help="Sign in as a role first; its password is not recorded.")
@click.option("--target", default="new", show_default=True, help="The system to work in.")
@click.option("--title", default="", help="What the scenario is called.")
@env_option
@lang_option
def record(
    output: Path, role: str, target: str, title: str, environment: str, lang: str | None
) -> None:
    """Open a browser, watch what is done in it until it is closed, and write OUTPUT.feature.

    What is pressed, entered, chosen and ticked becomes sentences by the names on the page; what
    must come of it is left to be written by whoever knows.
    """
    project = project_here(environment, lang)
    language = project.language.value
    if output.exists():
        raise Refused.of(
            str(output),
            say(language, "is there already", "文件已存在"),
            hint=say(language, "choose another name", "请换一个文件名"),
        )
    site = load_site(project.root, target=target, environment=environment, language=language)
    browser = Browser.start(variables={**os.environ, BROWSER_SHOWN: "1"})
    session = Session(
        find_site=lambda: site,
        browser=lambda: browser,
        language=language,
        pictures=project.root / "reports" / "uat" / "recording",
    )
    try:
        if role:
            session.sign_in(role)
        else:
            session.goto("/")
        recorder = Recorder(session.window.context)
        click.echo(
            say(
                language,
                "work in the browser; close its window when done",
                "请在浏览器中操作，完成后关闭窗口",
            )
        )
        _until_closed(session)
    finally:
        session.close()
        browser.close()
    text = recorded_feature(
        recorder.deeds,
        load_workbook(project.root),
        language,
        title=title or output.stem,
        role=role,
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    click.echo(
        say(
            language,
            f"{output}: {len(recorder.deeds)} steps; the check is still to be written",
            f"{output}：{len(recorder.deeds)} 步；检查点尚待补写",
        )
    )


def _until_closed(session: Session) -> None:
    """Wait until the last page is closed; what happens meanwhile is told to the recorder."""
    try:
        while session.window.context.pages:
            session.page.wait_for_timeout(200)
    except BrowserError:
        # The window is gone: that is how a recording ends.
        return
