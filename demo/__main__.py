"""``python -m demo``: make the demo pair's data, start it, stop it, break it, look at it."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from demo import effects, faults, pair, processes
from demo.site import SYSTEMS, DemoError

__all__ = ["main"]

_FAILED, _BAD_INPUT, _BROKEN = 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 well, 1 no, 2 bad input, 3 broken."""
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return _BROKEN


def _parser() -> argparse.ArgumentParser:
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--dir",
        type=Path,
        default=argparse.SUPPRESS,
        help="the demo's state folder (default: .demo)",
    )
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path(".demo"), help=argparse.SUPPRESS)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        text = (command.__doc__ or "").partition(".")[0]
        added = commands.add_parser(name, help=text, description=text, parents=[place])
        added.set_defaults(command=command)
        return added

    generate = add("generate", _generate)
    generate.add_argument("--seed", type=int, default=7)
    generate.add_argument("--customers", type=int, default=2000)
    generate.add_argument("--products", type=int, default=5000)
    generate.add_argument("--orders", type=int, default=20000)
    generate.add_argument("--replace", action="store_true", help="wipe the pair that is there")
    add("up", _up)
    add("down", _down)
    add("status", _status).add_argument("--json", action="store_true")
    add("kill", _kill).add_argument("system", choices=SYSTEMS)
    add("start", _start).add_argument("system", choices=SYSTEMS)
    watch = add("watch", _watch)
    watch.add_argument("system", choices=SYSTEMS)
    watch.add_argument("--until", choices=("up", "down"), required=True)
    watch.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS")
    add("migrate", _migrate)
    add("reset-new", _reset_new)
    add("rebuild", _rebuild).add_argument("--patch", default="hotfix")
    add("parallel", _parallel)
    add("day", _day).add_argument("--date", type=date.fromisoformat, metavar="YYYY-MM-DD")
    export = add("export", _export)
    export.add_argument("--date", type=date.fromisoformat, metavar="YYYY-MM-DD")
    fault = add("fault", _fault)
    fault.add_argument("name", metavar="NAME", help="a fault, `none` or `list`")
    fault.add_argument("--lang", choices=("en", "zh"), default="en")
    add("effects", _effects).add_argument("--json", action="store_true")
    return parser


def _generate(arguments: argparse.Namespace) -> int:
    """Fill the old system with seeded, partly dirty data; the new one gets empty tables."""
    # Imported by need: the other commands start quicker without a database layer.
    from demo import generator  # noqa: PLC0415

    folder: Path = arguments.dir.resolve()
    running = [system for system in SYSTEMS if processes.find(folder, system)]
    if running:
        message = f"{', '.join(running)} still running: run `python -m demo down` first"
        raise DemoError(message)
    sizes = {name: getattr(arguments, name) for name in ("customers", "products", "orders")}
    try:
        rows = generator.generate(folder, seed=arguments.seed, replace=arguments.replace, **sizes)
    except (generator.AlreadyGeneratedError, ValueError) as error:
        hint = "" if isinstance(error, ValueError) else " (--replace wipes it)"
        print(f"demo: {error}{hint}", file=sys.stderr)
        return _BAD_INPUT
    (folder / "route.json").unlink(missing_ok=True)
    for table, count in rows.items():
        print(f"{table:8}{count:>9,} rows")
    return 0


def _up(arguments: argparse.Namespace) -> int:
    """Start the old system, the new system and the gateway; wait until they are healthy."""
    for system, url in pair.up(arguments.dir).urls.items():
        print(f"{system:8} {url}")
    return 0


def _down(arguments: argparse.Namespace) -> int:
    """End all of them."""
    ended = pair.down(arguments.dir)
    print(f"ended: {', '.join(ended)}" if ended else "nothing was running")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    """Tell how each system is; exit 1 unless all are healthy."""
    states = pair.state(arguments.dir)
    if arguments.json:
        print(json.dumps([asdict(state) for state in states]))
    else:
        for state in states:
            word = "up" if state.healthy else "down"
            print(f"{state.system:8} {word:5} {state.url}  pid {state.pid or '-'}")
    return 0 if all(state.healthy for state in states) else _FAILED


def _kill(arguments: argparse.Namespace) -> int:
    """Kill one system at once, as a crash would; exit 1 when it did not run."""
    if pair.kill(arguments.dir, arguments.system):
        print(f"{arguments.system} killed")
        return 0
    print(f"{arguments.system} was not running")
    return _FAILED


def _start(arguments: argparse.Namespace) -> int:
    """Start one system again on its own port; wait until it is healthy."""
    site = pair.start(arguments.dir, arguments.system)
    print(f"{arguments.system:8} {site.urls[arguments.system]}")
    return 0


def _watch(arguments: argparse.Namespace) -> int:
    """Wait until a system is up or down; exit 1 when the time is over before."""
    took = pair.watch(
        arguments.dir, arguments.system, until=arguments.until, timeout=arguments.timeout
    )
    if took is None:
        print(f"{arguments.system} is not {arguments.until} after {arguments.timeout:g} s")
        return _FAILED
    print(f"{arguments.system} is {arguments.until} after {took:.1f} s")
    return 0


def _migrate(arguments: argparse.Namespace) -> int:
    """Fill the new system from the old one outside any run, to try scenarios on it."""
    for step in ("extract", "cleanse", "load_master", "load_orders", "load_ledger"):
        script = Path("cutover_playbooks", "migration", f"{step}.py")
        done = subprocess.run(
            [sys.executable, str(script), "--dir", str(arguments.dir)], check=False
        )
        if done.returncode:
            print(f"demo: '{script}' did not do it (start with `generate --replace`)")
            return _FAILED
    return 0


def _reset_new(arguments: argparse.Namespace) -> int:
    """Empty the new system as it was before any migration; refused once it is open for users."""
    from demo import generator  # noqa: PLC0415 - as above

    rows = generator.reset_new(arguments.dir.resolve())
    print(f"removed: {rows:,} rows of the new system")
    return 0


def _rebuild(arguments: argparse.Namespace) -> int:
    """Build the new system anew with a patch, and start both its nodes again."""
    pair.rebuild(arguments.dir, arguments.patch)
    return 0


def _parallel(arguments: argparse.Namespace) -> int:
    """Let the old system run on beside the new one, after the cutover: the dual run begins."""
    from demo import dualrun  # noqa: PLC0415 - as above

    changed = dualrun.run_on_beside(pair.site_of(arguments.dir), effects.attempt_from_environment())
    print("the old system takes entries again" if changed else "it did already")
    return 0


def _day(arguments: argparse.Namespace) -> int:
    """Enter the next business day (or DATE) in both systems; the old one writes its exports."""
    from demo import days, dualrun  # noqa: PLC0415 - as above

    site = pair.site_of(arguments.dir)
    day = arguments.date or days.next_working_day(days.business_day(site.folder))
    count = dualrun.enter(site, day)
    dualrun.end_of_day(site, day)
    print(f"{day}  {count} orders entered in both systems")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    """Write the old system's exports of the business day (or DATE) as CSV in GBK."""
    from demo import days, dualrun  # noqa: PLC0415 - as above

    site = pair.site_of(arguments.dir)
    print(dualrun.end_of_day(site, arguments.date or days.business_day(site.folder)))
    return 0


def _fault(arguments: argparse.Namespace) -> int:
    """Switch a fault on (NAME), all off (`none`), or list what there is (`list`)."""
    if arguments.name == "list":
        for fault in faults.FAULTS.values():
            print(f"{fault.name:16} {fault.zh if arguments.lang == 'zh' else fault.en}")
        return 0
    try:
        faults.set_fault(arguments.dir.resolve(), arguments.name)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return _BAD_INPUT
    return 0


def _effects(arguments: argparse.Namespace) -> int:
    """Print the effects ledger: what operators' actions changed, when and by which attempt."""
    for effect in effects.read(arguments.dir):
        if arguments.json:
            print(json.dumps(asdict(effect), ensure_ascii=False))
        else:
            print(f"{effect.at}  {effect.system:8} {effect.effect:20} {effect.attempt}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
