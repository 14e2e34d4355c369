"""golive simulate: the night on a virtual clock, once as planned and ten thousand times drawn."""

from __future__ import annotations

import json
import sys

import click

from golive.cli.options import env_option, lang_option
from golive.cli.plan import DEFAULT, planned
from golive.errors import ExitCode, SpecError
from golive.report.simulation_text import simulation_data, simulation_text
from golive.run.virtual import play
from golive.runbook.schedule import schedule
from golive.runbook.simulation import simulate as draw

__all__ = ["simulate"]


@click.command()
@click.argument("runbook", default=DEFAULT)
@click.option("--t0", default="", help="Simulate it shifted to this T0, as a rehearsal would be.")
@click.option("--draws", default=10_000, show_default=True, type=click.IntRange(100, 1_000_000))
@click.option("--seed", default=1, show_default=True, help="The same seed draws the same nights.")
@click.option("--abort-at", default="", metavar="TASK", help="Turn back when this task is done.")
@click.option("--moments", is_flag=True, help="List the night minute by minute.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@env_option
@lang_option
def simulate(
    runbook: str,
    t0: str,
    draws: int,
    seed: int,
    abort_at: str,
    environment: str,
    lang: str | None,
    *,
    moments: bool,
    as_json: bool,
) -> None:
    """Show how the night goes on a virtual clock, and the odds of its end and of a safe abort."""
    project, plan = planned(runbook, t0, environment, lang, abort_at=abort_at)
    if abort_at and abort_at not in plan.graph:
        raise SpecError.of(
            "--abort-at", f"names '{abort_at}', which is no task of the runbook",
            hint="golive plan show lists them",
        )  # fmt: skip
    made, night = schedule(plan), play(plan)
    drawn = draw(plan, draws=draws, seed=seed)
    if as_json:
        data = simulation_data(plan, made, night, drawn)
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        click.echo(
            simulation_text(
                plan, made, night, drawn, project.language.value, moments=moments or bool(abort_at)
            )
        )
    if night.ended == "stands":
        sys.exit(int(ExitCode.FAILED))
