"""golive steps: every sentence scenarios may use, with an example and where it is used."""

from __future__ import annotations

import json
from pathlib import Path

import click

from golive.cli.options import lang_option, project_here
from golive.project import Project
from golive.report.catalogue import catalogue_page
from golive.uat.behave.runner import own_sentences
from golive.uat.catalogue import (
    Catalogue,
    catalogue_data,
    catalogue_text,
    make_catalogue,
    snippets,
)
from golive.uat.gherkin import read_features
from golive.uat.workbook import load_workbook, require_sound

__all__ = ["steps"]


@click.command()
@click.argument("words", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--html", type=click.Path(path_type=Path), help="Write one searchable page.")
@click.option("--snippets", "as_snippets", is_flag=True, help="Snippets for an editor, as JSON.")
@lang_option
def steps(
    words: tuple[str, ...],
    lang: str | None,
    *,
    as_json: bool,
    html: Path | None,
    as_snippets: bool,
) -> None:
    """List the sentences scenarios are made of, each with an example.

    WORDS narrow the list: a sentence is shown when it holds them all; else the nearest are.
    """
    project = project_here(lang=lang)
    language = project.language.value
    catalogue = _catalogue(project)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(catalogue_page(catalogue, language), encoding="utf-8")
        click.echo(str(html))
        return
    if words:
        catalogue = _narrowed(project, catalogue, words)
    if as_snippets:
        click.echo(json.dumps(snippets(catalogue, language), ensure_ascii=False, indent=1))
    elif as_json:
        click.echo(json.dumps(catalogue_data(catalogue), ensure_ascii=False, indent=1))
    else:
        for line in catalogue_text(catalogue, language):
            click.echo(line)


def _catalogue(project: Project) -> Catalogue:
    book = load_workbook(project.root)
    require_sound(book)
    features = read_features(project.root, project.language.value)
    return make_catalogue(book, own_sentences(project.root), features)


def _narrowed(project: Project, catalogue: Catalogue, words: tuple[str, ...]) -> Catalogue:
    wanted = [word.lower() for word in words]
    fitting = [
        entry
        for entry in catalogue.entries
        if all(
            word in f"{entry.en} {entry.zh} {entry.help_en} {entry.help_zh} {entry.id}".lower()
            for word in wanted
        )
    ]
    if not fitting:
        near = load_workbook(project.root).nearest(" ".join(words))
        fitting = [
            e for text in near for e in catalogue.entries if text in {e.example_en, e.example_zh}
        ]
    return Catalogue(entries=tuple(fitting))
