"""The sentences of the night in English and Chinese; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from golive.run.state import Note, RunState
from golive.runbook.rollback import WayBack
from golive.runbook.times import show_duration

__all__ = [
    "call_words", "clock_words", "closing", "fit", "line_for", "local", "local_day", "mode_words",
    "note_words", "say", "short_name", "span_words", "verdict_words", "waits_words",
    "way_back_words", "width",
]  # fmt: skip

_LINES: Mapping[str, tuple[str, str]] = {
    "run": ("run {run} ({mode})", "运行 {run}（{mode}）"),
    "phase.running": ("going forward", "向前执行"),
    "phase.paused": ("paused: nothing new starts", "已暂停：不再启动新任务"),
    "phase.aborting": ("turning back: {reason}", "转入回退：{reason}"),
    "phase.rolling_back": ("rolling back", "正在回退"),
    "phase.rolled_back": ("everything is rolled back", "全部回退完毕"),
    "phase.rollback_blocked": (
        "the rollback is blocked: an undo failed and needs a person",
        "回退受阻：有一步撤销失败，需要人工处理",
    ),
    "phase.live": ("the new system is live", "新系统已上线"),
    "phase.closed": ("closed", "已结束"),
    "state.pending": ("  again     {task}  {reason}", "  重来      {task}  {reason}"),
    "state.held": ("  held      {task}  {reason}", "  搁置      {task}  {reason}"),
    "state.starting": ("  start     {task}  {title}", "  开始      {task}  {title}"),
    "state.running": ("  running   {task}", "  执行中    {task}"),
    "state.waiting": ("  waiting   {task}  {title}", "  等待      {task}  {title}"),
    "state.verifying": ("  verify    {task}", "  待核验    {task}"),
    "state.done": ("  done      {task}  {summary}", "  完成      {task}  {summary}"),
    "state.done_manual": (
        "  by hand   {task}  {reason}", "  手工完成  {task}  {reason}",
    ),
    "state.waived": ("  waived    {task}  {reason}", "  豁免      {task}  {reason}"),
    "state.skipped": ("  skipped   {task}  {reason}", "  跳过      {task}  {reason}"),
    "state.failed": (
        "  FAILED    {task}  {summary}{reason}", "  失败      {task}  {summary}{reason}",
    ),
    "state.stopping": ("  stopping  {task}", "  停止中    {task}"),
    "state.stopped": ("  stopped   {task}", "  已停止    {task}"),
    "state.unknown": ("  UNKNOWN   {task}  {reason}", "  状态未知  {task}  {reason}"),
    "state.undoing": ("  undo      {task}  {title}", "  撤销      {task}  {title}"),
    "state.undone": ("  undone    {task}", "  已撤销    {task}"),
    "state.undone_manual": (
        "  by hand   {task}  taken back: {reason}", "  手工撤回  {task}  {reason}",
    ),
    "state.undo_failed": ("  UNDO FAILED  {task}  {reason}", "  撤销失败  {task}  {reason}"),
    "state.not_run": ("  not run   {task}", "  未执行    {task}"),
    "word.pending": ("not begun", "未开始"),
    "word.held": ("held", "搁置"),
    "word.starting": ("starting", "启动中"),
    "word.running": ("running", "执行中"),
    "word.waiting": ("waiting", "待执行"),
    "word.verifying": ("to be verified", "待核验"),
    "word.done": ("done", "完成"),
    "word.done_manual": ("done by hand", "手工完成"),
    "word.waived": ("waived", "已豁免"),
    "word.skipped": ("skipped", "已跳过"),
    "word.failed": ("FAILED", "失败"),
    "word.stopping": ("stopping", "停止中"),
    "word.stopped": ("stopped", "已停止"),
    "word.unknown": ("UNKNOWN", "状态未知"),
    "word.undoing": ("being taken back", "正在撤回"),
    "word.undone": ("taken back", "已撤回"),
    "word.undone_manual": ("taken back by hand", "手工撤回"),
    "word.undo_failed": ("NOT TAKEN BACK", "撤回失败"),
    "word.not_run": ("not run", "未执行"),
    "status.passed": ("passed", "通过"),
    "status.failed": ("FAILED", "未通过"),
    "status.broken": ("BROKEN", "无法判断"),
    "status.skipped": ("skipped", "跳过"),
    "status.finished": ("ended", "结束"),
    "status.stopped": ("stopped", "已停止"),
    "status.timeout": ("timed out", "超时"),
    "status.crashed": ("crashed", "异常退出"),
    "status.fenced": ("not begun", "未开始"),
    "status.lost": ("lost", "失联"),
    "late": ("  NOT STARTED {task}  {reason}", "  暂不启动  {task}  {reason}"),
    "asked": (
        "  DECIDE    {task}  turn back or go on? {role} by {by}",
        "  须决断    {task}  回退还是继续？由 {role} 于 {by} 前决定",
    ),
    "overdue": ("  OVERDUE   {task}  {title}", "  已超时    {task}  {title}"),
    "waits_for": ("  waiting   {task}  {reason}", "  等待中    {task}  {reason}"),
}  # fmt: skip


def line_for(language: str, key: str, **values: str) -> str:
    """Return one line of the night's log."""
    pair = _LINES[key]
    return pair[language == "zh"].format(**values).rstrip()


def say(language: str, english: str, chinese: str) -> str:
    """Return the text in the language asked for."""
    return chinese if language == "zh" else english


def waits_words(processes: Iterable[int], language: str) -> str:
    """Say which processes of an earlier attempt a task waits for, and how it goes on."""
    pids = ", ".join(map(str, processes))
    return say(
        language,
        f"waits until process {pids} of an earlier attempt has ended, then begins",
        f"等待上一次执行遗留的进程 {pids} 结束后开始",
    )


def short_name(run: str) -> str:
    """Return the ending of a run's id, which names it in commands."""
    return run.rpartition("-")[2] or run


def span_words(span: timedelta, language: str) -> str:
    """Return a span as people read it at night: ``2h21m``, in Chinese ``2小时21分``."""
    text = show_duration(span)
    if language != "zh":
        return text
    return text.replace("h", "小时").replace("m", "分").replace("s", "秒")


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes; a Chinese character takes two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def fit(text: str, columns: int) -> str:
    """Return a text as one line of at most so many display columns, with an ellipsis when cut.

    What a terminal would not print as itself (a line's end, an escape) becomes a space.
    """
    text = "".join(char if char.isprintable() else " " for char in text)
    if width(text) <= columns:
        return text
    kept, used = "", 0
    for char in text:
        used += width(char)
        if used > columns - 1:
            break
        kept += char
    return kept + "…"


def local(instant: datetime, zone: str) -> str:
    """Return an instant as the clock on the wall of the runbook's zone shows it."""
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def note_words(note: Note, language: str) -> str:
    """Return a line of the night: who wrote what, or that the clock was set."""
    if note.kind == "clock":
        return clock_words(note.text, language)
    if note.kind == "call":
        return call_words(note.text, language)
    return f"{note.person}: {note.text}"


def call_words(text: str, language: str) -> str:
    """Say that the latest safe abort came near, ``30 Ana, Raj``, or is over, ``0 Ana``."""
    minutes, _, names = text.partition(" ")
    if minutes == "0":
        return say(language, f"the latest safe abort is over: call {names}",
                   f"已过最晚可回退时间，请致电 {names}")  # fmt: skip
    return say(
        language,
        f"under {minutes} min to the latest safe abort: call {names}",
        f"距最晚可回退不足 {minutes} 分钟，请致电 {names}",
    )


def clock_words(seconds: str, language: str) -> str:
    """Say that the clock was set by so many seconds, ``-3600``."""
    span = span_words(timedelta(seconds=abs(int(seconds))), language)
    forward = int(seconds) > 0
    return say(
        language,
        f"the clock was set {'forward' if forward else 'back'} by {span}; durations are right",
        f"系统时钟被{'拨快' if forward else '拨慢'} {span}；各项用时不受影响",
    )


def local_day(instant: datetime, zone: str) -> str:
    """Return an instant with its day, ``12-05 23:40``: for what does not end with the night."""
    return f"{instant.astimezone(ZoneInfo(zone)):%m-%d %H:%M}"


def closing(state: RunState, language: str) -> str:
    """Return in plain words what a closed run proved: the verdict first, then why."""
    lines = ["", _headline(state, language)]
    lines += [f"  - {reason}" for reason in state.verdict.get("reasons", ())]
    for drill in state.drills.values():
        spans = {
            key: show_duration(timedelta(seconds=drill[key]))
            for key in ("detect", "acknowledge", "restore")
        }
        met = say(language, "met", "达标") if drill["met"] else say(language, "MISSED", "未达标")
        lines.append(
            say(
                language,
                "  Drill '{title}': detected after {detect}, acknowledged after {acknowledge}, "
                "restored after {restore}: targets {met}.",
                "  演练“{title}”：{detect}发现，{acknowledge}确认，{restore}恢复：{met}。",
            ).format(title=drill["title"], met=met, **spans)
        )
    lines += _proof(state, language)
    if state.assurance.get("simulated"):
        lines.append(
            say(
                language,
                f"  {state.assurance['simulated']} actions were pressed by simulated people.",
                f"  其中 {state.assurance['simulated']} 次操作由模拟人员完成。",
            )
        )
    return "\n".join(lines)


def verdict_words(state: RunState, language: str) -> str:
    """Return the verdict of a closed run as a word people read; empty before."""
    english, chinese = {
        "passed": ("PASSED", "通过"),
        "dry": ("WENT TO ITS END, which proves nothing", "已走完，不作为任何证明"),
        "failed": ("FAILED", "未通过"),
        "broken": ("BROKEN: it could not be told", "无法判断"),
        "stopped": ("STOPPED", "被人停止"),
    }.get(state.verdict.get("verdict", ""), ("", ""))
    return say(language, english, chinese)


_MODES_ZH = {"rehearsal": "演练", "live": "正式切换", "check": "单项检查"}


def mode_words(state: RunState, language: str) -> str:
    """Return what kind of run it is: nobody may take a dry run for a rehearsal."""
    mode = say(language, state.plan.mode, _MODES_ZH[state.plan.mode])
    return say(language, f"DRY RUN of a {mode}", f"{mode}试运行") if state.dry_run else mode


def _headline(state: RunState, language: str) -> str:
    verdict, mode = verdict_words(state, language), mode_words(state, language)
    took = show_duration(state.closed - state.opened) if state.opened and state.closed else ""
    return say(
        language,
        f"{state.plan.runbook.title}: {mode} {verdict} in {took} (run {state.run})",
        f"{state.plan.runbook.title}：{mode}{verdict}，用时{took}（运行 {state.run}）",
    )


def _proof(state: RunState, language: str) -> list[str]:
    """Say what the comparison of the fingerprints showed."""
    if state.differences is None:
        return []
    counts = state.fingerprints.get("after", {}).get("counts", {})
    if not state.differences:
        return [
            say(
                language,
                "  The old system is as before, all identical: tables {tables} ({rows} rows), "
                "files {files}, routes {routes}.",
                "  旧系统与{when}前完全一致：{tables}张表共{rows}行、{files}个文件、"
                "{routes}条路由逐一相同。",
            ).format(when=_MODES_ZH[state.plan.mode], **counts)
        ]
    when = _MODES_ZH[state.plan.mode]
    return [say(language, "  The old system is NOT as before.", f"  旧系统与{when}前不一致。")]


def way_back_words(state: RunState, way: WayBack, to: str, language: str) -> str:
    """Return what a rollback would do, step by step in the order it may begin, and what is lost."""
    where = to or say(language, "the beginning", "开始之前")
    took = show_duration(way.length)
    lines = [
        say(
            language,
            f"Back to {where}: {len(way.steps)} steps, about {took}.",
            f"回退到{where}：共 {len(way.steps)} 步，约需 {took}。",
        )
    ]
    shown: set[str] = set()
    while len(shown) < len(way.steps):
        ready = [s for s in way.steps if s.id not in shown and set(s.after) <= shown]
        for step in ready:
            task = state.plan.task(step.task)
            stands = ", ".join(step.replaces)
            stands = f" ({say(language, 'stands for', '代替')} {stands})" if stands else ""
            lines.append(f"  {step.role:7} {task.id}  {task.title}{stands}")
        shown |= {step.id for step in ready}
        if not ready:
            break
    if way.lost:
        names = ", ".join(way.lost)
        lines.append(say(language, f"  NOT brought back: {names}", f"  无法撤回：{names}"))
    return "\n".join(lines)
