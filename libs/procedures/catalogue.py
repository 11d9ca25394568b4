"""The catalogue: every action and event, who owns it, and the fields a step may carry.

Fields here are those that hold for every procedure; a procedure declares the rest. `text` is free
text and always sealed; `term` belongs to a closed vocabulary of the procedure; `slug` fits a narrow
pattern; `unit` is a path; `time` an instant; `clock` the id of a clock; `order` letters; `file` an
uploaded file's name.
"""

from __future__ import annotations

import msgspec

from libs.procedures.fieldtypes import FieldType

FLAG = FieldType(kind="flag")
WHOLE = FieldType(kind="whole")
TERM = FieldType(kind="term")
SLUG = FieldType(kind="slug")
SLUGS = FieldType(kind="slug", many=True)
FILES = FieldType(kind="file", many=True)
UNIT = FieldType(kind="unit")
UNITS = FieldType(kind="unit", many=True)
TIME = FieldType(kind="time")
TEXT = FieldType(kind="text")
CLOCK = FieldType(kind="clock")
ORDER = FieldType(kind="order")
SATISFACTION = FieldType(
    kind="term",
    values=("very-satisfied", "satisfied", "neutral", "dissatisfied", "very-dissatisfied"),
)
ORDER_KIND = FieldType(kind="term", values=("main", "assist", "redo"))


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One action: the event it leaves, the service that takes it, what it may say.

    `claims`: an earlier `happened_at` may be claimed. `order`: `required`, `optional` or `new` (it
    opens one). `to`: whether somebody must be addressed.
    """

    name: str
    event: str
    service: str
    claims: bool = False
    order: str = "optional"
    to: bool = False
    fields: dict[str, FieldType] = {}


def _action(
    name: str,
    event: str,
    service: str = "dispatch",
    *,
    claims: bool = False,
    order: str = "optional",
    to: bool = False,
    also: dict[str, FieldType] | None = None,
    **fields: FieldType,
) -> Action:
    return Action(
        name=name,
        event=event,
        service=service,
        claims=claims,
        order=order,
        to=to,
        fields={**(also or {}), **fields},
    )


_REASON = {"reason": TEXT}
_EXTENSION = {"clock": CLOCK, "new_due": TIME, "reason": TEXT}
_PLAN_REVIEW = {"of": FieldType(kind="term", values=("plan", "result")), "reason": TEXT}

_LIST = (
    _action(
        "register", "ComplaintRegistered", "intake", claims=True, channel=TERM, complainant=TEXT,
        contact=TEXT, customer=TEXT, content=TEXT, demand=TEXT, level=TERM, promised_at=TIME,
        received_at=TIME, occurred_at=TIME, follows=SLUG, assignee=SLUG,
    ),
    _action(
        "supplement", "DetailsSupplemented", "intake", claims=True, content=TEXT, contact=TEXT,
        complainant=TEXT, demand=TEXT, attachments=SLUGS, files=FILES, document=SLUG,
    ),
    _action("link_repeat", "RepeatLinked", "intake", earlier=SLUG),
    _action("unlink_repeat", "RepeatUnlinked", "intake", also=_REASON),
    _action("accept", "ComplaintAccepted", "intake", also=_REASON),
    _action("decline", "ComplaintDeclined", "intake", also=_REASON),
    _action("classify", "ComplaintClassified", level=TERM, promised_at=TIME, reason=TEXT),
    _action("issue_order", "OrderIssued", order="new", to=True, kind=ORDER_KIND, of=ORDER,
            reason=TEXT, content=TEXT),
    _action("receive_order", "OrderReceived", order="required"),
    _action("forward_order", "OrderForwarded", order="required", to=True, reason=TEXT),
    _action("return_order", "OrderReturned", order="required", reason=TEXT, suggest=UNIT),
    _action("open_investigation", "InvestigationOpened", plan=TEXT, files=FILES),
    _action("report_investigation", "InvestigationReported", substantiated=FLAG, findings=TEXT,
            files=FILES),
    _action("propose_plan", "PlanProposed", plan=TEXT),
    _action("approve_plan", "PlanApproved", also=_PLAN_REVIEW),
    _action("refuse_plan", "PlanRefused", changes=TEXT, also=_PLAN_REVIEW),
    _action("consult_customer", "CustomerConsulted", claims=True, agrees=FLAG, comment=TEXT,
            files=FILES),
    _action("implement", "MeasuresImplemented", claims=True, measures=TEXT, files=FILES),
    _action("feed_back", "OrderFedBack", order="required", text=TEXT, files=FILES),
    _action("report_progress", "ProgressReported", claims=True, text=TEXT, reason=TEXT,
            files=FILES),
    _action("answer", "CustomerAnswered", claims=True, text=TEXT, files=FILES),
    _action("revisit", "RevisitMade", claims=True, reached=FLAG, satisfaction=SATISFACTION,
            comment=TEXT, files=FILES),
    _action("close", "ComplaintClosed", reason=TEXT),
    _action("reopen", "ComplaintReopened", reason=TEXT),
    _action("archive", "ComplaintArchived"),
    _action("destroy_archive", "ArchiveDestroyed", approved=FLAG),
    _action("request_extension", "ExtensionRequested", told=UNITS, also=_EXTENSION),
    _action("grant_extension", "ExtensionGranted", also=_EXTENSION),
    _action("refuse_extension", "ExtensionRefused", clock=CLOCK, reason=TEXT),
    _action("urge_order", "OrderUrged", order="required", reason=TEXT),
    _action("pause_clock", "ClockPaused", clock=CLOCK, reason=TEXT, proof=TEXT, files=FILES),
    _action("resume_clock", "ClockResumed", clock=CLOCK, reason=TEXT),
    _action("escalate", "ComplaintEscalated", level=TERM, tier=TERM, reason=TEXT),
    _action("report_case", "CaseReported", claims=True, to=True, text=TEXT, files=FILES),
    _action("find_responsibility", "ResponsibilityFound", reason=TEXT, person=SLUG, at_fault=UNIT),
    _action("sanction", "SanctionImposed", sanction=SLUG, case=SLUG, person=SLUG, measure=TEXT,
            reason=TEXT),
    _action("commend", "CommendationGiven", commendation=SLUG, whom=SLUG, reason=TEXT),
    _action("apologise", "ApologySent", claims=True, text=TEXT, files=FILES),
    _action("conclude_appeal", "AppealConcluded", reason=TEXT, files=FILES),
    _action("withdraw", "ComplaintWithdrawn", "intake", claims=True, also=_REASON),
)  # fmt: skip

ACTIONS: dict[str, Action] = {action.name: action for action in _LIST}
"""Every action by its name."""

_RUNG = {"clock": CLOCK, "run": WHOLE, "due_at": TIME, "share": WHOLE, "soft": FLAG}

# One entry per run touched in each of the lists; `-` is the order of a clock per complaint.
_REPIN = {
    "calendar_version": SLUG,
    "calendar_before": SLUG,
    "clocks": FieldType(kind="clock", many=True),
    "orders": SLUGS,
    "runs": FieldType(kind="whole", many=True),
    "old_due": FieldType(kind="time", many=True),
    "new_due": FieldType(kind="time", many=True),
}

SYSTEM_EVENTS: dict[str, dict[str, FieldType]] = {
    "DeadlineWarned": _RUNG,
    "DeadlineMissed": _RUNG,
    "CalendarRepinned": _REPIN,
}
"""What only the watchdog leaves."""

_ALSO: dict[str, dict[str, FieldType]] = {
    "OrderUrged": {"clock": CLOCK, "due_at": TIME},
    "ComplaintRegistered": {
        "procedure": SLUG,
        "procedure_version": SLUG,
        "calendar_version": SLUG,
        "recorded": FLAG,
    },
}

EVENT_OF: dict[str, str] = {action.name: action.event for action in _LIST}
"""The event that each action leaves."""

ACTION_OF: dict[str, str] = {action.event: action.name for action in _LIST}
"""The action that leaves each event."""

EVENTS: tuple[str, ...] = (*(action.event for action in _LIST), *SYSTEM_EVENTS)
"""Every event type of a complaint."""

ATTRIBUTE_EVENTS = frozenset(
    {"ComplaintRegistered", "ComplaintClassified", "DetailsSupplemented", "ComplaintEscalated"}
)
"""Events whose fields become fields of the complaint."""


def owners(event: str) -> frozenset[str]:
    """The services that may append an event: the action's own one, the watchdog for its own events
    and for what it does by itself (close, escalate, urge ...), and whoever registers for the
    classification that a filled form leaves at once.
    """
    if event in SYSTEM_EVENTS:
        return frozenset({"sla"})
    action = ACTIONS[ACTION_OF[event]]
    also = {"sla"} if action.service == "dispatch" else set[str]()
    if event == "ComplaintClassified":
        also.add(ACTIONS["register"].service)
    return frozenset({action.service} | also)


def event_fields(event: str) -> dict[str, FieldType]:
    """The fields that every procedure's event of this type may carry."""
    core = ACTIONS[ACTION_OF[event]].fields if event in ACTION_OF else SYSTEM_EVENTS[event]
    return {**core, **_ALSO.get(event, {})}
