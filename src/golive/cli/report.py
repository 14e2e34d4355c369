"""golive report: every view of a run or a release, from the record alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from golive.cli.options import env_option, lang_option, project_here, run_folder
from golive.errors import ExitCode
from golive.project import Project
from golive.record.evidence import EvidenceStore
from golive.record.releases import list_releases
from golive.report.composing import compose_run
from golive.report.document import Document
from golive.report.gathering import gather_run
from golive.report.html import PAGES
from golive.report.material import RunMaterial
from golive.report.releasing import release_documents
from golive.report.rendering import Rendered, json_text, render
from golive.report.words import say

__all__ = ["report"]


@click.command()
@click.argument("subject", metavar="[RUN|RELEASE]", default="")
@click.option("--json", "as_json", is_flag=True, help="Print the document; write nothing.")
@click.option(
    "--without", type=click.Choice(["pdf", "allure"]), multiple=True, help="Leave out a view."
)
@env_option
@lang_option
def report(
    subject: str, environment: str, lang: str | None, *, as_json: bool, without: tuple[str, ...]
) -> None:
    """Make the report: pages, the one page to sign, explorer, JUnit and data.

    Exit code 0: everything is written, whatever it says (`golive gate` ends by the verdict).
    1: the record is damaged, and the report says so. 3: a view could not be made.
    """
    project, now = project_here(environment, lang), datetime.now(UTC)
    documents, materials = _documents(project, subject, now)
    document = documents[project.language.value]
    if as_json:
        click.echo(json_text(document, now), nl=False)
    else:
        rendered = render(
            documents, materials, EvidenceStore(project.reports / "evidence"),
            project.reports / "rendered" / document.id, workspace=project.root, built=now,
            language=project.language.value, without=without,
        )  # fmt: skip
        _tell(project, rendered)
        if rendered.problems and not document.problems:
            sys.exit(int(ExitCode.BROKEN))
    for problem in document.problems:
        click.echo(problem, err=True)
    sys.exit(int(ExitCode.FAILED if document.problems else ExitCode.PASSED))


def _documents(
    project: Project, subject: str, now: datetime
) -> tuple[Mapping[str, Document], Sequence[RunMaterial]]:
    """Return the document asked for by language: of a release, or of one run alone.

    Without a name it is the only release there is, else the newest run.
    """
    releases = list_releases(project.reports)
    alone = releases[0] if len(releases) == 1 and not subject else ""
    if alone or subject in releases:
        return release_documents(project, alone or subject)
    store = EvidenceStore(project.reports / "evidence")
    material = gather_run(run_folder(project, subject), store)
    # A run that is closed does not change any more.
    document = compose_run(material, material.state.closed or now)
    return dict.fromkeys(PAGES, document), [material]


def _tell(project: Project, rendered: Rendered) -> None:
    language = project.language.value
    for problem in rendered.problems:
        click.echo(str(problem), err=True)
    explorer = rendered.explorer
    if explorer.why_not and not explorer.file:
        note = say(language, "no explorer view (Allure)", "没有浏览视图（Allure）")
        click.echo(f"{note}: {explorer.why_not}", err=True)
    elif not explorer.complete:
        click.echo(
            say(
                language,
                "the explorer view is incomplete; its banner says what golive counted",
                "浏览视图不完整；其横幅注明 golive 的统计",
            ),
            err=True,
        )
    page = rendered.folder / PAGES[language]
    click.echo(_shown(project, page))


def _shown(project: Project, path: Path) -> str:
    return path.relative_to(project.root).as_posix()
