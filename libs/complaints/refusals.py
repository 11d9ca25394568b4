"""Refusals that hold for every procedure. Their codes are stable; the texts may be bettered."""

from __future__ import annotations

from libs.complaints.commands import BrokenRule
from libs.procedures.fieldtypes import FieldError
from libs.procedures.rules import Finding

_TEXTS = {
    "not-registered": ("投诉尚未登记。", "The complaint has not been registered."),
    "already-registered": ("该投诉已登记。", "The complaint is registered already."),
    "content-destroyed": (
        "档案已销毁，不能再办理。",
        "The archive has been destroyed; nothing more can be done to it.",
    ),
    "unknown-action": ("没有这个动作。", "There is no such action."),
    "order-required": ("须指明工单。", "The step must name a work order."),
    "unknown-order": ("没有这张工单。", "There is no such work order."),
    "order-exists": ("工单编号已使用。", "These letters belong to another work order already."),
    "order-not-held": (
        "工单不在该单位手中。",
        "Only the unit that holds the order signs, forwards, returns or feeds it back.",
    ),
    "addressee-required": ("须指明送达对象。", "The step must say to whom it goes."),
    "claim-not-allowed": (
        "该动作以登记时间为准，不得另报发生时间。",
        "This step happens when it is recorded; an earlier time cannot be claimed.",
    ),
    "happened-ahead": ("发生时间不得晚于现在。", "A step cannot have happened in the future."),
    "happened-before-registration": (
        "发生时间不得早于投诉登记。",
        "Nothing can have happened to a complaint before it was registered.",
    ),
    "unknown-unit": (
        "规程中没有这样的单位。",
        "A work order goes to a unit that the procedure knows.",
    ),
    "not-linked": (
        "该投诉未关联为重复投诉。",
        "The complaint is not linked to an earlier one.",
    ),
    "no-open-clock": ("该时限没有在计时。", "No such limit is running."),
    "extension-after-due": (
        "原时限已到，不能再延长。",
        "The limit in force has ended; it can no longer be extended.",
    ),
    "extension-not-later": (
        "新时限须晚于原时限。",
        "The new due time must lie after the one in force.",
    ),
    "extension-beyond-cap": (
        "超过可延长的上限。",
        "The new due time lies beyond the longest allowed.",
    ),
    "extension-not-by-you": (
        "该时限不由此人批准延长。",
        "This limit is not extended by this role or unit.",
    ),
    "clock-cannot-pause": ("该时限不能暂停。", "This limit cannot be paused."),
    "clock-paused-already": ("该时限已暂停。", "This limit stands still already."),
    "clock-not-paused": ("该时限没有暂停。", "This limit does not stand still."),
    "pause-after-due": (
        "时限已到，不能再暂停。",
        "The limit has ended; it can no longer be paused.",
    ),
    "pause-not-by-you": (
        "该时限不由此人暂停或恢复。",
        "This limit is not paused or resumed by this role or unit.",
    ),
    "pause-without-proof": (
        "暂停须说明理由并附证明。",
        "A pause needs a reason and a proof.",
    ),
}


def refused(code: str) -> BrokenRule:
    """The refusal with this code."""
    zh, en = _TEXTS[code]
    return BrokenRule(rule=code, source=None, zh=zh, en=en)


def of_rule(finding: Finding) -> BrokenRule:
    """A procedure's rule as a reason of a refusal."""
    rule, text = finding.rule, finding.text
    return BrokenRule(rule=rule.id, source=rule.source, zh=text.zh, en=text.en)


def bad_field(error: FieldError) -> BrokenRule:
    """A field that does not fit, as a reason of a refusal."""
    return BrokenRule(
        rule=f"field-{error.field}",
        source=None,
        zh=f"字段 {error.field} 不符合要求。",
        en=f"{error.field} {error.reason}.",
    )
