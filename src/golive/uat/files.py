"""Files a scenario gives to the system and takes from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from golive.browser import BrowserError, Locator
from golive.plaintext import Undecodable, decode
from golive.uat.actions import Table, action
from golive.uat.candidates import Scope
from golive.uat.naming import patterns, split_path
from golive.uat.pressing import press
from golive.uat.screen import CheckFailed, Unclear
from golive.uat.session import Session
from golive.uat.values import squeeze
from golive.uat.wording import say
from golive.uat.workfiles import workspace_file

__all__ = ["find_file"]


def find_file(session: Session, name: str) -> Path:
    """Return a file of the workspace by its name. Raise Unclear when there is none.

    It is looked for among what the scenario downloaded, in features/data, in features and in the
    workspace itself; nothing outside the workspace is ever given away.
    """
    if name in session.downloads:
        return session.downloads[name]
    if (path := workspace_file(session.site.root, name)) is not None:
        return path
    raise Unclear(
        say(
            session.language,
            f"there is no file “{name}” in features/data",
            f"features/data 中没有文件“{name}”",
        )
    )


@action("upload")
def _upload(session: Session, _table: Table | None, name: str, field: str) -> None:
    path = find_file(session, session.value(name))
    shown = session.name(field)
    session.screen.settle()

    def candidates(scope: Scope, pattern: re.Pattern[str]) -> Locator:
        return scope.locator("input[type=file]").and_(scope.get_by_label(pattern))

    # Often the real field is hidden and a drawn button stands for it.
    for scope in session.screen.scopes():
        for pattern in patterns(split_path(shown)[-1]):
            if (found := candidates(scope, pattern)).count() == 1:
                found.set_input_files(path)
                session.screen.settle()
                return
    button = session.screen.pressable(shown)
    with session.page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files(path)
    session.screen.settle()


@action("download")
def _download(session: Session, _table: Table | None, name: str, key: str) -> None:
    shown = session.name(name)
    thing = session.screen.pressable(shown)
    try:
        with session.page.expect_download() as coming:
            press(session, thing, shown)
        file = coming.value
        folder = session.pictures.parent.parent / "downloads" / session.pictures.name
        path = folder / f"{len(session.downloads) + 1:02d}-{Path(file.suggested_filename).name}"
        folder.mkdir(parents=True, exist_ok=True)
        file.save_as(path)
    except BrowserError as error:
        raise CheckFailed(
            say(
                session.language,
                f"pressing “{name}” brought no file: {str(error).splitlines()[0]}",
                f"点击“{name}”后没有下载到文件：{str(error).splitlines()[0]}",
            )
        ) from error
    session.downloads[session.value(key)] = path


@action("file-contains")
def _file_contains(session: Session, _table: Table | None, name: str, text: str) -> None:
    key, wanted = session.value(name), squeeze(session.value(text))
    if key not in session.downloads:
        known = ", ".join(session.downloads) or "-"
        raise Unclear(
            say(
                session.language,
                f"no file was downloaded as “{key}”; downloaded: {known}",
                f"没有下载并保存为“{key}”的文件；已下载：{known}",
            )
        )
    path = session.downloads[key]
    if not path.stat().st_size:
        raise CheckFailed(say(session.language, f"the file “{key}” is empty", f"文件“{key}”是空的"))
    if not any(wanted in squeeze(line) for line in _lines(session, path)):
        raise CheckFailed(
            say(
                session.language,
                f"the file “{key}” ({path.name[3:]}) does not contain “{wanted}”",
                f"文件“{key}”（{path.name[3:]}）中没有“{wanted}”",
            )
        )


def _lines(session: Session, path: Path) -> Iterator[str]:
    """Yield the lines of a text file. Raise Unclear for one that is no text."""
    try:
        yield from decode(path.read_bytes()).text.splitlines()
    except Undecodable as error:
        raise Unclear(
            say(
                session.language,
                f"golive cannot look into “{path.name[3:]}”: it is no text file",
                f"无法查看“{path.name[3:]}”的内容：它不是文本文件",
            )
        ) from error
