"""Why a rule says what it says, in plain words, English and Chinese."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from duly.law.clock import instant, microseconds
from duly.law.columns import NEVER
from duly.law.gate import AGREED, FAIL, NOT_APPLICABLE, SPOKEN_FOR
from duly.law.kinds import frequency
from duly.law.pack import Rule
from duly.law.question import Question
from duly.law.vocabulary import CIRCUMSTANCES, ITEMS, PURPOSES, RELATIONS, STATUSES, words

if TYPE_CHECKING:
    from duly.law.compose import Law

_WORDS_ZH = {
    "cease_requested": "要求停止联系",
    "represented": "已委托律师",
    "disputed": "异议未决",
    "complaint_open": "投诉未决",
    "bankrupt": "破产",
    "deceased": "已故",
    "incapacitated": "无行为能力",
    "hardship": "经济困难",
    "minor": "未成年人",
    "breathing_space": "债务喘息期",
    "unreachable": "无法联系到债务人",
    "attorney_silent": "律师长期不答复",
    "time_barred": "已过诉讼时效",
    "refuses_to_pay": "书面拒绝还款",
    "vulnerable": "需要特别照顾",
    "debtor": "债务人",
    "guarantor": "担保人",
    "co_debtor": "共同债务人",
    "spouse": "配偶",
    "parent": "父母",
    "guardian": "监护人",
    "executor": "遗产管理人",
    "successor": "继承人",
    "attorney": "律师",
    "contact_person": "联系人",
    "employer": "雇主",
    "relative": "亲属",
    "friend": "朋友",
    "neighbour": "邻居",
    "colleague": "同事",
    "other": "其他人",
    "reminder": "提醒",
    "notice": "通知",
    "legal": "法律程序",
    "locate": "查找下落",
    "reply": "答复",
    "identification": "表明身份",
    "creditor": "债权人名称",
    "amount": "金额",
    "due_date": "到期日",
    "how_to_pay": "还款方式",
    "how_to_answer": "联系方式",
    "contact_details": "联系信息",
    "dispute_rights": "异议权利",
    "complaint_channel": "投诉渠道",
    "opt_out": "退订方式",
    "debt_collector": "催收身份声明",
    "advice": "求助途径",
    "no_debt_mentioned": "不得提及债务",
    "open": "未结清",
    "overdue": "逾期",
    "written_off": "已核销",
    "settled": "已结清",
    "paid": "已还清",
    "cancelled": "已取消",
    "discharged": "已免除",
    "sold": "已转让",
}


def reason(r: int, rule: Rule, result: int, until: int, question: Question, law: "Law", language: str) -> str:
    """Why rule `r` of the law gave `result`; `until` is the first instant that it does not forbid."""
    zh = language == "zh"
    if result == NOT_APPLICABLE:
        return "不适用于此类联系" if zh else "not about a contact of this kind"
    if result == SPOKEN_FOR:
        return "当地规则包就此已有规定" if zh else "the country's own rule speaks on this"
    if result == AGREED:
        return "当事人已同意" if zh else "the person has agreed to it"
    said = _SAY[rule.kind](r, rule, result == FAIL, question, law, zh)
    if result == FAIL and until < NEVER and rule.kind not in ("hours", "holidays"):
        return said + (f"；最早 {_clock(until, question)}" if zh else f"; not before {_clock(until, question)}")
    return said


def _clock(at: int, question: Question) -> str:
    """An instant as the person's first clock shows it, with its zone."""
    zone = question.zones[0] if question.zones else "UTC"
    shown = instant(at).astimezone(ZoneInfo(zone))
    return f"{shown:%Y-%m-%d %H:%M:%S} {zone}"


def _list(found: list[str], zh: bool) -> str:
    if zh:
        return "、".join(_WORDS_ZH[word] for word in found)
    return ", ".join(word.replace("_", " ") for word in found)


def _understood(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    if not fails:
        return "全部信息均可识别" if zh else "everything in the question is understood"
    strange = ", ".join(f"{word!r} ({where})" for where, word in question.not_understood)
    return f"无法识别：{strange}" if zh else f"not understood: {strange}"


def _time_zone(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    if fails:
        return "当事人所在时区未知" if zh else "no time zone of the person is known"
    return f"时区：{', '.join(question.zones)}" if zh else f"time zone: {', '.join(question.zones)}"


def _local_times(question: Question) -> str:
    return ", ".join(f"{question.at.astimezone(ZoneInfo(zone)):%H:%M:%S} {zone}" for zone in question.zones)


def _hours(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    span = f"{rule.figures['open']}–{rule.figures['close']}"
    if not question.zones:
        return "当事人所在时区未知，无法判断当地时间" if zh else "the person's hour is not known without a time zone"
    now = _local_times(question)
    if zh:
        return f"当地时间 {now}，{'不在' if fails else '在'}允许时段 {span} 内"
    return f"it is {now}, {'outside' if fails else 'within'} {span}"


def _holidays(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    if not question.zones:
        return "当事人所在时区未知，无法判断当地日期" if zh else "the person's date is not known without a time zone"
    days = ", ".join(sorted({f"{question.at.astimezone(ZoneInfo(zone)):%Y-%m-%d}" for zone in question.zones}))
    if zh:
        return f"当地日期 {days} {'是' if fails else '不是'}休息日"
    return f"{days} is {'a' if fails else 'no'} day of rest where the person is"


def _frequency(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    at, facts = microseconds(question.at), question.facts
    found = frequency.counted(law.rows.rule["figures"][r], facts.contact[0], at, facts.zone, facts.change, facts.past)
    limit, days = rule.figures.get("limit", 1), rule.figures["days"]
    if zh:
        span = "此前" if days == 0 else "今日" if (days, rule.figures.get("by")) == (1, "day") else f"{days} 天内"
        return f"{span}已有 {found} 次，上限 {limit} 次"
    span = "ever" if days == 0 else "today" if (days, rule.figures.get("by")) == (1, "day") else f"in {days} days"
    return f"{found} {span}, at most {limit} allowed"


def _cooling(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    days = rule.figures["days"]
    if not fails:
        return "此前没有触发冷却期的事件" if zh else "nothing has happened that calls for a pause"
    if days == 0:
        return "此前已发生，不得再次联系" if zh else "it has happened, and no contact may follow"
    return f"须间隔 {days} 天" if zh else f"a pause of {days} days has not passed"


def _relation(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    return _of_a_set(int(question.facts.contact["relation"][0]), RELATIONS, fails, zh, "对象" if zh else "contact with")


def _purpose(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    return _of_a_set(int(question.facts.contact["purpose"][0]), PURPOSES, fails, zh, "目的" if zh else "the purpose")


def _status(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    return _of_a_set(
        int(question.facts.contact["status"][0]), STATUSES, fails, zh, "债务状态" if zh else "a debt that is"
    )


def _of_a_set(code: int, vocabulary: tuple[str, ...], fails: bool, zh: bool, what: str) -> str:
    word = _list([vocabulary[code]], zh) if code >= 0 else ("未知" if zh else "unknown")
    if zh:
        return f"{what}：{word}，{'不允许' if fails else '允许'}"
    return f"{what} {word} is {'not ' if fails else ''}allowed"


def _circumstance(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    at = microseconds(question.at)
    in_force = {CIRCUMSTANCES[one["kind"]] for one in question.facts.circumstance if one["since"] <= at < one["until"]}
    found = [word for word in rule.figures["any_of"] if word in in_force]
    if found:
        return f"情况：{_list(found, zh)}" if zh else f"known of the person: {_list(found, zh)}"
    none = _list(list(rule.figures["any_of"]), zh)
    return f"未见：{none}" if zh else f"not known of the person: {none}"


def _preference(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    of = {"channel": "渠道", "place": "地点", "hours": "时间"}[rule.figures["of"]] if zh else rule.figures["of"]
    if zh:
        return f"当事人{'已' if fails else '未'}拒绝该{of}"
    return f"the person has {'' if fails else 'not '}refused this {of}"


def _reply(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    if not fails:
        return "当事人来信待答复" if zh else "the person wrote and has not had all the answer"
    days = rule.figures["within_days"]
    return f"{days} 天内没有待答复的来信" if zh else f"there is no message of the last {days} days left to answer"


def _preceded(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    if zh:
        return "此前尚未书面告知" if fails else "此前已书面告知"
    return f"{'no' if fails else 'a'} written message has gone before"


def _must_include(r: int, rule: Rule, fails: bool, question: Question, law: "Law", zh: bool) -> str:
    bits = int(law.rows.rule["figures"][r, 0])
    return f"须包含：{_list(words(bits, ITEMS), zh)}" if zh else f"it must include: {_list(words(bits, ITEMS), zh)}"


_SAY = {
    "understood": _understood,
    "time_zone": _time_zone,
    "hours": _hours,
    "holidays": _holidays,
    "frequency": _frequency,
    "cooling": _cooling,
    "relation": _relation,
    "purpose": _purpose,
    "status": _status,
    "circumstance": _circumstance,
    "requires": _circumstance,
    "dispute": _circumstance,
    "preference": _preference,
    "reply": _reply,
    "preceded": _preceded,
    "must_include": _must_include,
}
