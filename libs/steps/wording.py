"""What the API's pages call each action, and how a field's example reads."""

from __future__ import annotations

TITLES = {
    "register": ("登记投诉", "Register a complaint"),
    "supplement": ("补充材料", "Add details"),
    "link_repeat": ("关联重复投诉", "Link to an earlier complaint"),
    "unlink_repeat": ("解除重复关联", "Take the link to an earlier complaint back"),
    "accept": ("受理", "Accept"),
    "decline": ("不予受理", "Decline"),
    "classify": ("分类定级", "Classify"),
    "issue_order": ("派发工单", "Issue a work order"),
    "receive_order": ("签收工单", "Sign for a work order"),
    "forward_order": ("转派工单", "Pass a work order on"),
    "return_order": ("退回工单", "Return a work order"),
    "open_investigation": ("立项调查", "Open an investigation"),
    "report_investigation": ("提交调查结果", "Report the findings"),
    "propose_plan": ("提出处理方案", "Propose a plan"),
    "approve_plan": ("批准方案", "Approve a plan"),
    "refuse_plan": ("否决方案", "Refuse a plan"),
    "consult_customer": ("征询客户意见", "Put the plan to the customer"),
    "implement": ("落实措施", "Carry the plan out"),
    "feed_back": ("反馈工单", "Feed a work order back"),
    "report_progress": ("回复进展", "Tell the customer of progress"),
    "answer": ("答复客户", "Answer the customer"),
    "revisit": ("回访", "Revisit the customer"),
    "close": ("结案", "Close"),
    "reopen": ("重新办理", "Reopen"),
    "archive": ("归档", "Archive"),
    "destroy_archive": ("销毁档案", "Destroy the archive"),
    "request_extension": ("申请延期", "Request an extension"),
    "grant_extension": ("批准延期", "Grant an extension"),
    "refuse_extension": ("不准延期", "Refuse an extension"),
    "urge_order": ("催办", "Urge"),
    "pause_clock": ("暂停计时", "Pause a clock"),
    "resume_clock": ("恢复计时", "Resume a clock"),
    "escalate": ("升级", "Escalate"),
    "report_case": ("上报", "Report the case"),
    "find_responsibility": ("认定责任", "Find responsibility"),
    "sanction": ("处罚", "Sanction"),
    "commend": ("表彰", "Commend"),
    "apologise": ("致歉", "Apologise"),
    "conclude_appeal": ("申诉结论", "Conclude an appeal"),
    "withdraw": ("撤诉", "Withdraw"),
}

TEXTS = {
    "complainant": "王女士",
    "contact": "138****0000",
    "content": "家中宽带连续三天断网，报修后无人上门。",
    "demand": "尽快修复，并减免本月费用。",
    "comment": "客户对处理结果表示认可。",
    "findings": "光缆接头受损，情况属实。",
    "plan": "当日更换接头，减免三天费用。",
    "measures": "已更换接头，测速正常。",
    "text": "故障已排除，费用已减免，向您致歉。",
    "changes": "请补充减免金额。",
    "reason": "需与施工方协调，另需两天。",
}

SLUG = "^[A-Za-z0-9]([A-Za-z0-9._:+-]{0,62}[A-Za-z0-9])?$"
UNIT = "^[a-z0-9][a-z0-9-]{0,39}(/[a-z0-9][a-z0-9-]{0,39}){0,5}$"
FILE = r"^[0-9a-f]{64}\.[1-9][0-9]{0,8}\.[a-z0-9]{2,4}$"
# Something to read, and no control character but tabs and line ends.
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$"
KINDS: dict[str, dict[str, object]] = {
    "flag": {"type": "boolean", "examples": [True]},
    "whole": {"type": "integer", "minimum": 1 - 2**53, "maximum": 2**53 - 1, "examples": [1]},
    "term": {"type": "string", "pattern": SLUG},
    "slug": {"type": "string", "pattern": SLUG, "examples": ["s1001"]},
    "clock": {
        "type": "string",
        "pattern": SLUG,
        "description": "时限编号 · id of a clock of the procedure",
        "examples": ["dispatch-order"],
    },
    "order": {"type": "string", "pattern": "^[A-Z]{1,3}$", "examples": ["A"]},
    "file": {
        "type": "string",
        "pattern": FILE,
        "description": "已上传文件的名称 · as the upload answered it",
    },
    "unit": {"type": "string", "pattern": UNIT, "examples": ["henan/network"]},
    "time": {
        "type": "string",
        "format": "date-time",
        "examples": ["2026-03-02T09:00:00+08:00"],
    },
    "text": {
        "type": "string",
        "maxLength": 20_000,
        "pattern": TEXT,
        "description": "自由文本，加密保存 · free text, always sealed",
    },
}
