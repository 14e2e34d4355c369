"""The entry point: commands grouped by user, loaded when called; errors in one sentence each."""

from __future__ import annotations

import errno
import importlib
import sys
import traceback
from collections.abc import Mapping

import click

from golive.errors import ExitCode, GoliveError

__all__ = ["COMMANDS", "cli", "main"]

#: command -> (module, attribute, group of users). Modules load only when their command is called.
COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "check": ("golive.cli.check", "check", "QA"),
    "compare": ("golive.cli.compare", "compare_group", "QA"),
    "load": ("golive.cli.load", "load", "QA"),
    "uat": ("golive.cli.uat", "uat", "Business"),
    "signoff": ("golive.cli.signoff", "signoff", "Business"),
    "steps": ("golive.cli.steps", "steps", "Business"),
    "plan": ("golive.cli.plan", "plan", "Operations"),
    "simulate": ("golive.cli.simulate", "simulate", "Operations"),
    "rehearse": ("golive.cli.rehearse", "rehearse_command", "Operations"),
    "cutover": ("golive.cli.cutover", "cutover_command", "Operations"),
    "resume": ("golive.cli.runs", "resume", "Operations"),
    "rollback": ("golive.cli.runs", "rollback", "Operations"),
    "status": ("golive.cli.look", "status", "Operations"),
    "task": ("golive.cli.actions", "task", "Operations"),
    "run": ("golive.cli.actions", "run_action", "Operations"),
    "team": ("golive.cli.team", "team", "Operations"),
    "console": ("golive.cli.console", "console", "Operations"),
    "release": ("golive.cli.release", "release", "Sponsor"),
    "gate": ("golive.cli.gate", "gate", "Sponsor"),
    "decide": ("golive.cli.decide", "decide", "Sponsor"),
    "report": ("golive.cli.report", "report", "Sponsor"),
    "verify": ("golive.cli.look", "verify", "Auditor"),
    "demo": ("golive.cli.demo", "demo", "Everyone"),
}
#: What the system says when the disk, a quota or a limit takes no more.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_GROUPS = ("Everyone", "Business", "QA", "Operations", "Sponsor", "Auditor")


class _Commands(click.Group):
    """Click's group, with the commands of :data:`COMMANDS` imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = COMMANDS.get(cmd_name)
        if found is None:
            return None
        command: click.Command = getattr(importlib.import_module(found[0]), found[1])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group in _GROUPS:
            rows = []
            for name, (_, _, users) in COMMANDS.items():
                command = self.get_command(ctx, name) if users == group else None
                if command is not None:
                    rows.append((name, command.get_short_help_str(90)))
            with formatter.section(group):
                formatter.write_dl(rows)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="golive")
def cli() -> None:
    """Prove an enterprise go-live before the night, and run the night itself."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit by the contract: 0, 1, 2, 3, 4, or 70 for a bug of golive."""
    try:
        code = cli.main(args=arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(int(ExitCode.REFUSED))
    except click.Abort:
        sys.exit(int(ExitCode.STOPPED))
    except KeyboardInterrupt:
        click.echo(
            "stopped; what runs goes on, and `golive resume` brings a controller back", err=True
        )
        sys.exit(int(ExitCode.STOPPED))
    except GoliveError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(int(error.exit_code))
    except OSError as error:
        sys.exit(_system_refused(error))
    except Exception:  # noqa: BLE001 - the last door: anything else is a bug of golive
        sys.exit(_bug())
    sys.exit(int(code or 0))


def _system_refused(error: OSError) -> int:
    """Say that the disk is full; whatever else the system refuses, golive should have foreseen."""
    if error.errno not in _FULL:
        return _bug()
    place = f"{error.filename}: " if error.filename else ""
    why = f"cannot be written: {error.strerror} (make room on the disk, then do it again)"
    click.echo(f"{place}{'it' if place else 'a file'} {why}", err=True)
    return int(ExitCode.BROKEN)


def _bug() -> int:
    traceback.print_exc()
    click.echo("this is a bug in golive; the journal is intact", err=True)
    return int(ExitCode.BUG)
