"""golive gate: hold a release's evidence against its lock and say GO, conditional GO or NO-GO."""

from __future__ import annotations

import json
import sys

import click

from golive.cli.options import env_option, lang_option, project_here
from golive.errors import ExitCode
from golive.gate.assessed import assessment_to_json
from golive.gate.assessment import Recommendation
from golive.record.actors import system_actor
from golive.record.releases import find_release
from golive.report.gate_text import gate_lines
from golive.run.gathering import assess_release
from golive.run.recording import record_assessment

__all__ = ["gate"]


@click.command()
@click.argument("name", default="")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@env_option
@lang_option
def gate(name: str, environment: str, lang: str | None, *, as_json: bool) -> None:
    """Assess a release against its lock; the only one there is when none is named."""
    project = project_here(environment, lang)
    language = project.language.value
    told = assess_release(project, find_release(project.reports, name))
    record_assessment(project, told, actor=system_actor())
    assessment = told[language]
    if as_json:
        click.echo(json.dumps(assessment_to_json(assessment), ensure_ascii=False, indent=1))
    else:
        for line in gate_lines(assessment, language):
            click.echo(line)
    good = assessment.recommendation is Recommendation.GO
    sys.exit(int(ExitCode.PASSED if good else ExitCode.FAILED))
