"""The words of a report in English and Chinese, its times and its spans; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

__all__ = ["LANGUAGES", "day_and_time", "duration", "word"]

LANGUAGES = ("en", "zh")
#: Below so many seconds a tenth matters.
_PRECISE = 10

_WORDS: Mapping[str, tuple[str, str]] = {
    "report.release": ("Go-live report", "上线报告"),
    "report.run": ("Run report", "运行报告"),
    "of.system": ("System", "系统"),
    "release": ("Release", "发布"),
    "run": ("Run", "运行"),
    "as.of": ("Standing at", "截至"),
    "built": ("Page made", "页面生成"),
    "environment": ("Environment", "环境"),
    # What golive recommends, or what a run's verdict is.
    "recommendation": ("Recommendation", "建议"),
    "recommendation.go": ("GO", "建议上线"),
    "recommendation.conditional": ("Conditional GO", "有条件上线"),
    "recommendation.no-go": ("NO-GO", "不建议上线"),
    "recommendation.go.says": (
        "Everything that was promised is proved.", "约定的各项均已得到证明。",
    ),
    "recommendation.conditional.says": (
        "It can go ahead only with the waivers and conditions below.",
        "只有接受以下豁免和条件，才可上线。",
    ),
    "recommendation.no-go.says": (
        "What stands below speaks against going live.", "存在以下不宜上线的原因。",
    ),
    "recommendation.who": (
        "golive recommends; a named person decides.", "golive 只提出建议，由具名负责人决策。",
    ),
    "verdict": ("Verdict", "结论"),
    "verdict.passed": ("Passed", "通过"),
    "verdict.dry": ("Dry run, went to its end", "试运行，已走完"),
    "verdict.failed": ("Failed", "未通过"),
    "verdict.broken": ("Could not be told", "无法判定"),
    "verdict.stopped": ("Stopped by a person", "被人停止"),
    "verdict.": ("Not finished", "尚未结束"),
    "verdict.passed.says": (
        "It went as far as it should, and every check passed.",
        "已按要求执行到位，各项检查均通过。",
    ),
    "verdict.dry.says": (
        "Nothing was done, so nothing is proved.", "没有实际执行，因此不作为任何证明。",
    ),
    "verdict.failed.says": ("What stands below was not right.", "以下各项不符合要求。"),
    "verdict.broken.says": (
        "Nothing is proved while this stands open.", "以下问题未解决之前，什么也不能证明。",
    ),
    "verdict.stopped.says": ("A person ended it before its goal.", "未达目标前被人终止。"),
    "verdict..says": ("It is still open.", "仍在进行中。"),
    # Decisions.
    "decision": ("Decision", "决策"),
    "decision.none": ("Nobody has decided yet.", "尚无人决策。"),
    "decision.go": ("GO", "上线"),
    "decision.no-go": ("NO-GO", "不上线"),
    "decision.conditional": ("Conditional GO", "有条件上线"),
    "decision.abstain": ("Abstained", "弃权"),
    "decision.by.run": ("at gate", "于关口"),
    "decision.against": ("against the recommendation", "与建议不一致"),
    "decision.void": ("no longer counts", "已失效"),
    "decision.missing": ("Still missing", "尚缺"),
    "decision.as": ("as", "职务"),
    "conditions": ("Conditions", "条件"),
    "condition.due": ("due", "期限"),
    "condition.before": ("before", "须先于"),
    "changes": ("Changed since it was agreed", "约定后的变更"),
    "changes.none": ("Nothing was changed.", "没有变更。"),
    "change.old": ("Agreed", "原约定"),
    "change.new": ("Now", "现为"),
    "waiver.void": ("does not count", "无效"),
    "waiver.unapproved": ("not approved yet", "尚未批准"),
    "because": ("Reason", "理由"),
    "assurance.simulated": ("simulated person", "模拟人员"),
    "assurance.claimed": ("name only claimed", "仅自报姓名"),
    "assurance.pin": ("confirmed by PIN", "已用 PIN 确认"),
    "assurance.token": ("confirmed by token", "已用令牌确认"),
    "assurance.key": ("signed with an own key", "已用本人密钥签名"),
    "people.none": ("no action by a person", "没有人员操作"),
    "people": ("Actions by people", "人员操作"),
    "people.simulated": ("by simulated people", "次由模拟人员完成"),
    "people.claimed": ("by names only claimed", "次仅自报姓名"),
    "people.other": ("with identity confirmed", "次身份已确认"),
    # The first page.
    "reds": ("What speaks against it", "不宜上线的原因"),
    "reds.run": ("What was not right", "不符合要求之处"),
    "reds.none": ("Nothing.", "无。"),
    "earlier": ("Since the standing of {at} ({recommendation})",
                "与 {at} 的结论（{recommendation}）相比"),
    "earlier.solved": ("solved", "已解决"),
    "earlier.new": ("new", "新出现"),
    "earlier.same": ("nothing is better, worse or new", "没有变化"),
    "damage": ("The record is damaged", "记录已损坏"),
    "damage.says": (
        "Nothing below can be relied on until it is repaired.",
        "修复之前，以下内容均不可采信。",
    ),
    "waivers": ("Waivers", "豁免"),
    "waivers.none": ("None.", "无。"),
    "waiver.covers": ("covers", "涉及"),
    "waiver.risk": ("Risk", "风险"),
    "waiver.owner": ("Owner", "责任人"),
    "waiver.approver": ("approved by", "批准人"),
    "waiver.until": ("until", "有效期至"),
    "no.evidence": ("No evidence", "没有证据"),
    "no.evidence.none": ("Nothing is without evidence.", "各项均有证据。"),
    "relaxations": ("Rules relaxed below the default", "低于默认标准的规则"),
    "relaxations.none": ("None.", "无。"),
    "relaxation.instead": ("default", "默认"),
    "more": ("{count} more in the full report", "另有 {count} 项，见完整报告"),
    "passed": ("Passed", "通过"),
    "of": ("of", "/"),
    "forecast": ("Planned end", "计划结束"),
    "forecast.open": ("Forecast end", "预计结束"),
    "window": ("window until", "窗口至"),
    "forecast.spare": ("{span} to spare", "余量 {span}"),
    "forecast.late": ("{span} TOO LATE", "超出 {span}"),
    "forecast.of": ("as planned for its newest run", "按最近一次运行的计划"),
    "forecast.none": ("no plan in the record", "记录中没有计划"),
    "rollback.until": ("Can be turned back until", "最晚可回退"),
    "rollback.takes": ("the way back takes up to {span}", "回退最多需 {span}"),
    "rollback.no.gate": ("no point of no return", "没有不可逆点"),
    "proof": ("Way back", "回退验证"),
    "proof.same": ("the old system is as before", "旧系统与之前完全一致"),
    "proof.differs": ("the old system is NOT as before", "旧系统与之前不一致"),
    "proof.uncompared": ("not compared with before", "未与之前比对"),
    "proof.none": ("no rollback was rehearsed", "没有演练过回退"),
    "proof.counts": (
        "{tables} tables ({rows} rows), {files} files, {routes} routes compared",
        "比对 {tables} 张表共 {rows} 行、{files} 个文件、{routes} 条路由",
    ),
    "proof.took": (
        "{steps} steps in {span} (planned {planned})", "{steps} 步，用时 {span}（计划 {planned}）",
    ),
    "drills": ("Emergency drills", "应急演练"),
    "drills.none": ("none was held", "没有演练"),
    "drill.met": ("targets met", "达标"),
    "drill.missed": ("targets MISSED", "未达标"),
    "drill.unmeasured": ("did not run to its end", "未执行完"),
    "drill.detect": ("detected", "发现"),
    "drill.acknowledge": ("acknowledged", "确认"),
    "drill.restore": ("restored", "恢复"),
    "drill.target": ("target", "目标"),
    # Lanes.
    "lanes.run": ("What was checked", "检查内容"),
    "lanes": ("The four kinds of proof", "四类证明"),
    "lane.uat": ("Business acceptance", "业务验收"),
    "lane.load": ("Load", "压力测试"),
    "lane.rehearsal": ("Rehearsal", "演练"),
    "lane.dual run": ("Dual run", "双轨比对"),
    "lane.uat.unit": ("scenarios", "个场景"),
    "lane.load.unit": ("objectives", "个目标"),
    "lane.rehearsal.unit": ("tasks and expectations", "项任务与要求"),
    "lane.dual run.unit": ("comparisons", "项比对"),
    "lane.empty": ("Nothing was run.", "没有执行任何内容。"),
    "lane.retried": ("passed only on a retry", "个经重试才通过"),
    "state.passed": ("passed", "通过"),
    "state.failed": ("failed", "未通过"),
    "state.broken": ("could not be told", "无法判定"),
    "state.not run": ("not run", "未执行"),
    "state.stale": ("out of date", "已过期"),
    "state.corrupt": ("damaged", "已损坏"),
    "state.duplicate": ("told twice", "结果重复"),
    "state.foreign": ("of another release", "属于其他发布"),
    "state.unplanned": ("not planned", "计划外"),
    "state.quarantined": ("set aside", "已隔离"),
    "state.retried": ("passed on retry", "重试通过"),
    "row.step": ("Step", "步骤"),
    "row.waived": ("waived by", "豁免"),
    "row.failed.before": ("did not pass before in", "此前未通过的运行"),
    "row.compared": ("What differs, row by row, and the proof", "差异逐行对照与核对依据"),
    "row.technical": ("Technical detail", "技术细节"),
    "row.pictures": ("pictures", "张截图"),
    "row.picture": ("picture", "张截图"),
    "row.passed": ("{count} passed", "通过的 {count} 项"),
    # Criteria.
    "criteria": ("Go/no-go criteria", "上线准则"),
    "criterion": ("Criterion", "准则"),
    "criterion.go": ("GO when", "上线条件"),
    "criterion.no.go": ("NO-GO when", "不上线条件"),
    "criterion.found": ("Found", "实际"),
    "criterion.state": ("State", "状态"),
    "criterion.owner": ("Owner", "责任人"),
    "criterion.optional": ("not mandatory", "非强制"),
    "criterion.met": ("met", "满足"),
    "criterion.not met": ("not met", "不满足"),
    "criterion.no evidence": ("no evidence", "无证据"),
    "criterion.stale": ("out of date", "已过期"),
    "criterion.waived": ("waived", "已豁免"),
    # Runs, timeline, evidence.
    "runs": ("Runs", "运行"),
    "mode.dry": ("DRY RUN of a rehearsal", "演练试运行"),
    "mode.rehearsal": ("rehearsal", "演练"),
    "mode.live": ("live cutover", "正式切换"),
    "mode.check": ("check", "检查"),
    "run.done": ("Tasks done", "完成任务"),
    "run.time": ("From – to", "起止"),
    "run.head": ("Journal head", "日志链头"),
    "run.plan": ("Plan", "计划指纹"),
    "record": ("record", "记录"),
    "times": ("Planned and actual times of {run}", "{run} 的计划与实际时间"),
    "times.planned": ("Planned", "计划"),
    "times.actual": ("Actual", "实际"),
    "timeline": ("Timeline", "时间线"),
    "moment.opened": ("opened", "开始"),
    "moment.task": ("task", "任务"),
    "moment.undo": ("undo", "撤销"),
    "moment.decision": ("decision", "决策"),
    "moment.note": ("note", "记事"),
    "moment.clock": ("clock", "时钟"),
    "moment.call": ("call", "呼叫"),
    "moment.closed": ("closed", "结束"),
    "moment.entered": ("entered later, at {when}", "补录于 {when}"),
    "status.passed": ("passed", "通过"),
    "status.failed": ("failed", "未通过"),
    "status.broken": ("could not be told", "无法判定"),
    "status.skipped": ("skipped", "跳过"),
    "status.stopped": ("stopped", "已停止"),
    "status.lost": ("lost", "失联"),
    "evidence": ("Evidence", "证据"),
    "evidence.entries": (
        "{count} files, each with its digest; the root below stands for all of them",
        "{count} 个文件及其摘要；下方的根摘要涵盖全部",
    ),
    "timeline.entries": ("{count} entries", "{count} 条记录"),
    "evidence.root": ("Evidence root", "证据根摘要"),
    "evidence.file": ("File", "文件"),
    "evidence.for": ("Kept for", "用途"),
    "evidence.size": ("Bytes", "字节"),
    "ledger": ("Ledger head", "台账链头"),
    "lock": ("Release lock", "发布基线"),
    "journal": ("Journal head", "日志链头"),
    "elsewhere": (
        "These digests show later changes only if they are kept elsewhere too, as on paper.",
        "只有另行留存（例如印在签字页上），这些摘要才能证明事后没有改动。",
    ),
    "other.views": ("Also", "其他视图"),
    "view.page": ("one page for signing (PDF)", "一页签批单（PDF）"),
    "view.allure": ("explorer (Allure)", "浏览视图（Allure）"),
    "view.junit": ("JUnit", "JUnit"),
    "view.json": ("data (JSON)", "数据（JSON）"),
    # The page for signing.
    "sign": ("Decision and signature", "决策与签字"),
    "sign.choices": ("☐ GO   ☐ Conditional GO   ☐ NO-GO", "☐ 上线　☐ 有条件上线　☐ 不上线"),
    "sign.conditions": ("Conditions, each with owner and time", "条件（注明责任人和时限）"),
    "sign.role": ("Role", "职务"),
    "sign.name": ("Name", "姓名"),
    "sign.signature": ("Signature / seal", "签字／盖章"),
    "sign.date": ("Date", "日期"),
    "sign.business": ("Business owner", "业务负责人"),
    "sign.technology": ("Technical owner", "技术负责人"),
    "sign.sponsor": ("Sponsor", "分管领导"),
    # Above the explorer view.
    "banner.says": (
        "golive's verdict is {verdict}. This explorer is a view; it decides nothing.",
        "golive 的结论：{verdict}。本页仅供浏览，不作为结论。",
    ),
    "banner.incomplete": (
        "This view is incomplete: it shows {shown}, golive counted {counted}.",
        "本视图不完整：此处显示 {shown}，golive 统计为 {counted}。",
    ),
    "banner.counts": ("{passed} of {total} passed", "{total} 项中通过 {passed} 项"),
}  # fmt: skip


def word(language: str, key: str, **values: object) -> str:
    """Return a text of the report; raise KeyError for one that does not exist."""
    text = _WORDS[key][language == "zh"]
    return text.format(**values) if values else text


def day_and_time(instant: datetime, zone: str, language: str) -> str:
    """Return an instant as the calendar and clock of the runbook's zone show it, to the minute."""
    here = instant.astimezone(ZoneInfo(zone))
    if language == "zh":
        return f"{here.year}年{here.month}月{here.day}日 {here:%H:%M}"
    return f"{here.day} {here:%b %Y %H:%M}"


def duration(seconds: float, language: str) -> str:
    """Return a span as people say it: ``2 h 21 min``, ``4.6 s``; whole seconds from ten on."""
    units = ("小时", "分", "秒") if language == "zh" else (" h", " min", " s")
    space = "" if language == "zh" else " "
    size = abs(seconds)
    sign = "-" if seconds < 0 else ""
    if size < _PRECISE:
        return f"{sign}{size:.1f}".removesuffix(".0") + units[2]
    whole = round(size)
    hours, rest = divmod(whole, 3600)
    minutes, rest_seconds = divmod(rest, 60)
    if hours:
        tail = f"{space}{minutes}{units[1]}" if minutes else ""
        return f"{sign}{hours}{units[0]}{tail}"
    if minutes:
        tail = f"{space}{rest_seconds}{units[2]}" if rest_seconds else ""
        return f"{sign}{minutes}{units[1]}{tail}"
    return f"{sign}{rest_seconds}{units[2]}"
