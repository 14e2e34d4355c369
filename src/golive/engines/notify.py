"""Write a notice from its template, as a file in the record; sending it is another's work.

A template is Jinja2 text in ``cutover_playbooks/notices/``. It knows ``to``, ``run``, ``task``,
``environment``, ``targets``, ``facts``, ``language``, ``now`` and the task's own ``vars``, and no
secret. A variable it names and does not get makes the outcome ``broken``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from golive.contracts import Args, Context
from golive.errors import Problem
from golive.outcome import Evidence, Metric, Outcome, Status, Subject

__all__ = ["NotifyEngine"]

_KEYS = ("notice", "to", "vars")
_LEFT_OVER = ("{{", "}}", "{%", "%}")


class NotifyEngine:
    """Args: ``notice`` (path of a template in the workspace), ``to`` (roles), ``vars``."""

    def check(self, args: Args, context: Context) -> Iterable[Problem]:
        """Tell whether the template is there and parses, and whom it is for."""
        problems = list(_problems(args, context))
        if not problems:
            problems += _syntax(args, context)
        return problems

    def run(self, args: Args, context: Context) -> Outcome:
        """Render the notice to ``work/`` and keep it; nothing is written when a word is missing."""
        started = datetime.now(UTC)
        problems = tuple(self.check(args, context))
        if problems:
            return _outcome(Status.BROKEN, "; ".join(map(str, problems)), started, args, context)
        name, to = str(args["notice"]), ", ".join(args["to"])
        zh = context.language == "zh"
        try:
            text = _render(args, context)
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as error:
            summary = (
                f"通知 '{name}' 无法生成：{error}"
                if zh
                else (f"notice '{name}' cannot be written: {error}")
            )
            return _outcome(Status.BROKEN, summary, started, args, context)
        if not text.strip() or any(mark in text for mark in _LEFT_OVER):
            summary = (
                f"通知 '{name}' 为空或仍含模板标记"
                if zh
                else (f"notice '{name}' is empty or still holds template marks")
            )
            return _outcome(Status.BROKEN, summary, started, args, context)
        path = context.workdir / f"{Path(name).stem}.txt"
        path.write_text(text, encoding="utf-8")
        context.say(f"notice for {to}: {text.strip().splitlines()[0]}")
        kept = context.keep(path, name=path.name, media_type="text/plain")
        summary = f"已为 {to} 写好通知 '{name}'" if zh else f"notice '{name}' is written for {to}"
        return _outcome(Status.PASSED, summary, started, args, context, kept=(kept,))


def _problems(args: Args, context: Context) -> Iterator[Problem]:
    for key in args:
        if key not in _KEYS:
            yield Problem(
                subject=f"key '{key}'", message="is unknown", hint=f"use {', '.join(_KEYS)}"
            )
    name = args.get("notice")
    path = context.workspace / str(name)
    inside = path.resolve().is_relative_to(context.workspace.resolve())
    if not isinstance(name, str) or not inside or not path.is_file():
        yield Problem(
            subject=f"notice '{name}'",
            message="is no file of this workspace",
            hint="name a file such as cutover_playbooks/notices/live.j2",
        )
    to = args.get("to")
    if not isinstance(to, list | tuple) or not to or not all(isinstance(who, str) for who in to):
        yield Problem(subject="'to'", message="is not a list of roles", hint="name at least one")
    if not isinstance(args.get("vars") or {}, Mapping):
        yield Problem(subject="'vars'", message="is not a mapping")


def _template(args: Args, context: Context) -> jinja2.Template:
    path = context.workspace / str(args["notice"])
    # A notice is plain text for people: nothing is escaped, and a missing word is an error.
    environment = SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(path.parent),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(path.name)


def _syntax(args: Args, context: Context) -> Iterator[Problem]:
    try:
        _template(args, context)
    except jinja2.TemplateSyntaxError as error:
        yield Problem(
            subject="notice",
            message=f"is no Jinja2 template: {error.message}",
            path=str(args["notice"]),
            line=error.lineno,
        )
    except UnicodeDecodeError:
        yield Problem(
            subject="notice",
            message="is not UTF-8 text",
            path=str(args["notice"]),
            hint="save it as UTF-8",
        )


def _render(args: Args, context: Context) -> str:
    return _template(args, context).render(
        {
            **(args.get("vars") or {}),
            "to": tuple(args["to"]),
            "run": context.attempt.run,
            "task": context.attempt.task,
            "environment": context.environment.name,
            "targets": context.environment.targets,
            "facts": context.environment.facts,
            "language": context.language,
            "now": datetime.now(UTC),
        }
    )


def _outcome(
    status: Status,
    summary: str,
    started: datetime,
    args: Args,
    context: Context,
    *,
    kept: tuple[Evidence, ...] = (),
) -> Outcome:
    path = context.workspace / str(args.get("notice", ""))
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return Outcome(
        status=status,
        summary=summary,
        started=started,
        ended=datetime.now(UTC),
        metrics=(Metric(name="notices", value=float(len(kept)), unit="1"),),
        evidence=kept,
        subject=Subject(
            environment=context.environment.name,
            site=context.environment.facts.get("site", ""),
            digest=digest,
        ),
    )
