"""Conditions of clocks: attributes that change, fields looked at once, bounds, caps, extensions."""

from __future__ import annotations

from tests.procedures.calendars import at, local
from tests.procedures.told import Told

LEVELS = """
- {id: answer-general, from: ComplaintRegistered, to: CustomerAnswered,
   limit: {value: 24, unit: hours}, warn_at: 0.9, when: {level: general}}
- {id: answer-provincial, from: ComplaintRegistered, to: CustomerAnswered,
   limit: {value: 48, unit: hours}, warn_at: 0.9, when: {level: provincial}}
"""


def clocks_of(told: Told, now: str) -> dict[str, str]:
    return {view.clock: view.state for view in told.book.views(at(now))}


# Attributes hold as long as the clock is open


def test_a_level_set_later_counts_from_the_starting_event() -> None:
    told = Told(LEVELS).tell("2026-03-02 09:00", "ComplaintRegistered")
    assert clocks_of(told, "2026-03-02 10:00") == {}
    told.tell("2026-03-03 08:00", "ComplaintClassified", level="general")
    assert told.due("answer-general") == "2026-03-03 09:00"
    # Its warning time is past already and falls at once.
    assert told.rungs("2026-03-03 08:00") == [("answer-general", "warned", "2026-03-03 06:36")]


def test_a_stop_before_the_level_was_first_set_counts() -> None:
    told = Told(LEVELS).tell("2026-03-02 09:00", "ComplaintRegistered")
    told.tell("2026-03-04 09:00", "CustomerAnswered")
    told.tell("2026-03-05 09:00", "ComplaintClassified", level="general")
    assert clocks_of(told, "2026-03-05 09:00") == {"answer-general": "missed"}
    assert [kind for _, kind, _ in told.rungs("2026-03-05 09:00")] == ["warned", "missed"]


def test_a_change_of_level_cancels_the_old_clock_and_counts_the_new_from_the_same_start() -> None:
    told = Told(LEVELS).tell("2026-03-02 09:00", "ComplaintRegistered", level="general")
    told.tell("2026-03-02 20:00", "ComplaintClassified", level="provincial")
    assert told.view("answer-general").state == "cancelled"
    assert told.state("answer-provincial", now="2026-03-03 09:00") == "open"
    assert told.due("answer-provincial") == "2026-03-04 09:00"


def test_a_clock_missed_before_the_change_stays_missed() -> None:
    told = Told(LEVELS).tell("2026-03-02 09:00", "ComplaintRegistered", level="general")
    told.watch("2026-03-03 10:00")
    told.tell("2026-03-03 12:00", "ComplaintClassified", level="provincial")
    now = "2026-03-03 12:00"
    assert clocks_of(told, now) == {"answer-general": "missed", "answer-provincial": "open"}


def test_a_clock_stopped_under_the_old_level_is_not_run_again_under_the_new() -> None:
    told = Told(LEVELS).tell("2026-03-02 09:00", "ComplaintRegistered", level="general")
    told.tell("2026-03-02 20:00", "CustomerAnswered")
    told.tell("2026-03-02 21:00", "ComplaintClassified", level="provincial")
    assert clocks_of(told, "2026-03-10 00:00") == {"answer-general": "met"}


def test_a_level_changed_back_lets_the_cancelled_clock_go_on() -> None:
    told = Told(LEVELS).tell("2026-03-02 09:00", "ComplaintRegistered", level="general")
    told.tell("2026-03-02 10:00", "ComplaintClassified", level="provincial")
    told.tell("2026-03-02 11:00", "ComplaintClassified", level="general")
    view = told.view("answer-general", now="2026-03-02 12:00")
    assert (view.state, view.run, local(view.due_at)) == ("open", 1, "2026-03-03 09:00")
    assert told.view("answer-provincial").state == "cancelled"


def test_a_level_changed_back_does_not_undo_a_miss() -> None:
    told = Told(LEVELS).tell("2026-03-02 09:00", "ComplaintRegistered", level="general")
    told.watch("2026-03-03 10:00")
    told.tell("2026-03-03 11:00", "ComplaintClassified", level="provincial")
    told.tell("2026-03-03 12:00", "ComplaintClassified", level="general")
    told.tell("2026-03-03 13:00", "CustomerAnswered")
    assert clocks_of(told, "2026-03-03 14:00") == {
        "answer-general": "missed",
        "answer-provincial": "cancelled",
    }


def test_closing_ends_what_only_waits_for_its_level() -> None:
    told = Told(LEVELS).tell("2026-03-02 09:00", "ComplaintRegistered")
    told.tell("2026-03-02 10:00", "ComplaintClosed")
    told.tell("2026-03-02 11:00", "ComplaintClassified", level="general")
    assert clocks_of(told, "2026-03-10 00:00") == {}


def test_a_condition_that_ceases_to_hold_cancels_the_clock() -> None:
    told = Told("""
    - {id: handle, from: OrderReceived, order: same, to: MeasuresImplemented,
       limit: {value: 3, unit: days},
       when: {force_majeure: [false, null], channel: [phone, written]}}
    """)
    told.tell("2026-03-02 09:00", "ComplaintRegistered", channel="phone")
    told.tell("2026-03-02 10:00", "OrderReceived", order="A")
    assert told.state("handle", "A", now="2026-03-03 00:00") == "open"
    told.tell("2026-03-03 10:00", "DetailsSupplemented", force_majeure=True)
    assert told.view("handle", "A").state == "cancelled"


def test_false_is_not_the_same_as_not_set() -> None:
    told = Told("""
    - {id: ask, from: ComplaintRegistered, to: CaseReported, limit: {value: 24, unit: hours},
       when: {can_solve: false}}
    - {id: unset, from: ComplaintRegistered, to: CaseReported, limit: {value: 24, unit: hours},
       when: {can_solve: null}}
    """)
    told.tell("2026-03-02 09:00", "ComplaintRegistered")
    assert clocks_of(told, "2026-03-02 10:00") == {"unset": "open"}
    told.tell("2026-03-02 11:00", "DetailsSupplemented", can_solve=False)
    assert clocks_of(told, "2026-03-02 12:00") == {"unset": "cancelled", "ask": "open"}


def test_numbers_are_compared() -> None:
    told = Told("""
    - {id: zero, from: ComplaintRegistered, to: ComplaintClosed, limit: {value: 7, unit: days},
       when: {score: '<= 6'}}
    """)
    assert clocks_of(
        told.tell("2026-03-02 09:00", "ComplaintRegistered", score=6), "2026-03-03 09:00"
    )
    told = Told(
        "- {id: zero, from: A, to: B, limit: {value: 7, unit: days}, when: {score: '<= 6'}}"
    )
    assert not clocks_of(told.tell("2026-03-02 09:00", "A", score=7), "2026-03-03 09:00")


# An escalation that adds


PROPERTY = """
- {id: handle-minor, from: ComplaintRegistered, to: MeasuresImplemented,
   limit: {value: 2, unit: days}, when: {level: minor}}
- {id: handle-major, from: [ComplaintRegistered, ComplaintEscalated], to: MeasuresImplemented,
   limit: {value: 10, unit: days}, when: {level: major}}
- {id: refer-major, from: ComplaintRegistered, to: CaseReported,
   limit: {value: 0, unit: days}, when: {level: major}}
"""


def test_an_escalation_that_adds_leaves_old_clocks_running_and_starts_new_ones_at_itself() -> None:
    told = Told(PROPERTY, escalation_adds=True)
    told.tell("2026-03-02 09:00", "ComplaintRegistered", level="minor")
    told.tell("2026-03-03 15:00", "ComplaintEscalated", level="major")
    now = "2026-03-03 16:00"
    assert clocks_of(told, now) == dict.fromkeys(
        ("handle-minor", "handle-major", "refer-major"), "open"
    )
    assert told.due("handle-minor") == "2026-03-04 09:00"
    assert told.due("handle-major") == "2026-03-13 15:00"
    assert told.due("refer-major") == "2026-03-04 00:00"


def test_the_old_clock_lives_on_through_later_changes_of_other_attributes() -> None:
    told = Told(PROPERTY, escalation_adds=True)
    told.tell("2026-03-02 09:00", "ComplaintRegistered", level="minor")
    told.tell("2026-03-03 15:00", "ComplaintEscalated", level="major")
    told.tell("2026-03-03 16:00", "DetailsSupplemented", place="building 3")
    assert told.state("handle-minor", now="2026-03-03 17:00") == "open"


def test_with_an_escalation_that_adds_a_correction_still_replaces() -> None:
    told = Told(PROPERTY, escalation_adds=True)
    told.tell("2026-03-02 09:00", "ComplaintRegistered", level="minor")
    told.tell("2026-03-03 15:00", "ComplaintClassified", level="major")
    assert told.view("handle-minor").state == "cancelled"
    assert told.due("handle-major") == "2026-03-12 09:00"


def test_without_it_an_escalation_replaces_like_any_change() -> None:
    told = Told(PROPERTY)
    told.tell("2026-03-02 09:00", "ComplaintRegistered", level="minor")
    told.tell("2026-03-03 15:00", "ComplaintEscalated", level="major")
    assert told.view("handle-minor").state == "cancelled"
    assert told.due("handle-major") == "2026-03-12 09:00"


def test_an_escalation_starts_the_new_clock_though_its_stopping_event_is_past() -> None:
    told = Told(PROPERTY, escalation_adds=True)
    told.tell("2026-03-02 09:00", "ComplaintRegistered", level="minor")
    told.tell("2026-03-02 10:00", "CaseReported", to="property")
    told.tell("2026-03-03 15:00", "ComplaintEscalated", level="major")
    assert told.state("refer-major", now="2026-03-03 16:00") == "open"


# Fields looked at once


def test_fields_of_the_starting_event_are_looked_at_once() -> None:
    told = Told("""
    - {id: report, from: ComplaintClassified, to: CaseReported, limit: {value: 1, unit: hours},
       when: {start.gravity: major}}
    """)
    told.tell("2026-03-02 09:00", "ComplaintClassified", gravity="minor")
    assert clocks_of(told, "2026-03-02 09:30") == {}
    told.tell("2026-03-02 10:00", "ComplaintClassified", gravity="major")
    told.tell("2026-03-02 10:10", "ComplaintClassified", gravity="minor")
    assert clocks_of(told, "2026-03-02 10:30") == {"report": "open"}


def test_fields_of_the_registration_and_the_acting_side() -> None:
    told = Told("""
    - {id: contact, from: CaseReported, to: ProgressReported, limit: {value: 1, unit: hours},
       when: {register.unit_kind: [store, department], start.unit_kind: store, start.to: branch,
              stop.by: centre, stop.unit_kind: branch}}
    """)
    told.tell("2026-03-02 09:00", "ComplaintRegistered", unit_kind="store")
    told.tell("2026-03-02 10:00", "CaseReported", unit_kind="store", to="manager")
    told.tell("2026-03-02 11:00", "CaseReported", unit_kind="store", to=("branch", "manager"))
    assert told.due("contact") == "2026-03-02 12:00"
    told.tell("2026-03-02 11:30", "ProgressReported", role="handler", unit_kind="branch")
    assert told.state("contact", now="2026-03-02 11:30") == "open"
    told.tell("2026-03-02 11:40", "ProgressReported", role="centre", unit_kind="branch")
    assert told.view("contact").state == "met"


def test_with_several_stopping_types_a_field_binds_only_those_that_carry_it() -> None:
    clock = """
    - {id: reply, from: ComplaintRegistered, to: [ProgressReported, CustomerAnswered],
       limit: {value: 2, unit: hours}, when: {stop.final: true}}
    """
    told = Told(clock).tell("2026-03-02 09:00", "ComplaintRegistered")
    told.tell("2026-03-02 09:30", "ProgressReported", final=False)
    assert told.state("reply", now="2026-03-02 09:30") == "open"
    told.tell("2026-03-02 09:40", "CustomerAnswered")
    assert told.view("reply").state == "met"


def test_a_stop_condition_may_bind_one_type_only() -> None:
    told = Told("""
    - {id: reply, from: ComplaintRegistered, to: [CustomerConsulted, ComplaintDeclined],
       limit: {value: 2, unit: workdays}, when: {stop.CustomerConsulted.agrees: true}}
    """)
    told.tell("2026-03-02 09:00", "ComplaintRegistered")
    told.tell("2026-03-02 10:00", "CustomerConsulted")
    assert told.state("reply", now="2026-03-02 11:00") == "open"
    told.tell("2026-03-02 12:00", "ComplaintDeclined")
    assert told.view("reply").state == "met"


# Counted facts


def test_dispatching_is_not_due_when_the_channel_has_answered() -> None:
    clock = """
    - {id: dispatch, from: ComplaintClassified, to: OrderIssued, limit: {value: 4, unit: hours},
       when: {customer_answered: false}}
    """
    answered = Told(clock).tell("2026-03-02 09:00", "CustomerAnswered")
    answered.tell("2026-03-02 09:05", "ComplaintClassified")
    unanswered = Told(clock).tell("2026-03-02 09:05", "ComplaintClassified")
    unanswered.tell("2026-03-02 09:10", "CustomerAnswered")
    assert clocks_of(answered, "2026-03-02 10:00") == {}
    assert clocks_of(unanswered, "2026-03-02 10:00") == {"dispatch": "open"}


def test_the_reply_runs_from_the_last_main_or_redo_order_fed_back() -> None:
    told = Told("""
    - {id: reply, from: OrderFedBack, to: CustomerAnswered, limit: {value: 2, unit: hours},
       when: {open_main_or_redo_orders: 0}, restart: each time, open_run: stays}
    """)
    told.tell("2026-03-02 09:00", "OrderIssued", order="A", to="henan/network")
    told.tell("2026-03-02 09:10", "OrderIssued", order="B", to="henan/billing")
    told.tell("2026-03-02 09:20", "OrderIssued", order="C", to="henan/it", kind="assist", of="A")
    told.tell("2026-03-02 10:00", "OrderFedBack", order="A", to="henan/centre")
    assert clocks_of(told, "2026-03-02 10:30") == {}
    told.tell("2026-03-02 11:00", "OrderFedBack", order="B", to="henan/centre")
    assert told.due("reply") == "2026-03-02 13:00"


def test_open_orders_are_those_of_the_same_issuer() -> None:
    told = Told("""
    - {id: report, from: OrderFedBack, to: CaseReported, limit: {value: 48, unit: hours},
       when: {open_orders: 0}}
    """)
    told.tell("2026-03-02 09:00", "OrderIssued", order="A", to="henan/centre", unit="national")
    told.tell("2026-03-02 09:10", "OrderIssued", order="B", to="henan/network", unit="henan/centre")
    told.tell("2026-03-02 10:00", "OrderFedBack", order="A", to="national")
    assert told.due("report") == "2026-03-04 10:00"


# Bounds and caps, decided when the run starts


HANDLE = """
- {id: handle, from: OrderIssued, to: OrderFedBack, order: same, warn_at: 0.9,
   limit: {min: 16, max: 40, unit: hours},
   bound: {min: [{tier: vip}, {g3: true, business: WCDMA}], max: otherwise},
   cap: {when: {kind: assist}, not_after: due time of the order named in `of`}}
"""


def test_the_bound_of_a_range_is_chosen_by_any_of_its_conditions() -> None:
    def due(**attributes: str | bool) -> str | None:
        told = Told(HANDLE).tell("2026-03-02 08:00", "ComplaintRegistered", **attributes)
        return told.tell("2026-03-02 09:00", "OrderIssued", order="A", to="henan").due(
            "handle", "A"
        )

    assert due(tier="ordinary") == "2026-03-04 01:00"
    assert due(tier="vip") == "2026-03-03 01:00"
    assert due(tier="ordinary", g3=True) == "2026-03-04 01:00"
    assert due(tier="ordinary", g3=True, business="WCDMA") == "2026-03-03 01:00"


def test_the_bound_is_not_decided_anew_while_the_run_is_open() -> None:
    told = Told(HANDLE).tell("2026-03-02 09:00", "OrderIssued", order="A", to="henan")
    told.tell("2026-03-02 10:00", "DetailsSupplemented", tier="vip")
    assert told.due("handle", "A") == "2026-03-04 01:00"


def test_an_assist_order_ends_with_its_main_order_at_the_latest() -> None:
    told = Told(HANDLE).tell("2026-03-02 09:00", "OrderIssued", order="A", to="henan/data")
    told.tell("2026-03-02 14:00", "OrderIssued", order="B", to="henan/it", unit="henan/data",
              kind="assist", of="A")  # fmt: skip
    assert told.due("handle", "B") == "2026-03-04 01:00"
    explanation = told.view("handle", "B").explanation
    assert local(explanation.uncapped_due_at) == "2026-03-04 06:00"
    # Extending the main order does not move it.
    told.tell("2026-03-02 15:00", "ExtensionGranted", order="A", clock="handle",
              new_due=at("2026-03-06 09:00"))  # fmt: skip
    assert told.due("handle", "A") == "2026-03-06 09:00"
    assert told.due("handle", "B") == "2026-03-04 01:00"


# Due times given, starts claimed, extensions


def test_a_due_time_given_in_the_starting_event() -> None:
    clock = """
    - {id: regulator, from: ComplaintRegistered, to: CaseReported, warn_at: 0.9,
       limit: {field: start.regulator_due}, when: {stop.to: regulator}}
    """
    told = Told(clock)
    told.tell("2026-03-02 09:00", "ComplaintRegistered", regulator_due=at("2026-03-12 09:00"))
    view = told.view("regulator")
    assert (local(view.due_at), local(view.warn_at)) == ("2026-03-12 09:00", "2026-03-11 09:00")
    assert [segment.reason for segment in view.explanation.segments] == ["given"]
    without = Told(clock).tell("2026-03-02 09:00", "ComplaintRegistered")
    assert clocks_of(without, "2026-03-02 09:00") == {}


def test_a_clock_that_starts_before_registration_may_be_stopped_by_it() -> None:
    clock = """
    - {id: registration, from: ComplaintRegistered, from_at: received_at, to: ComplaintRegistered,
       limit: {value: 4, unit: hours}}
    """
    told = Told(clock)
    told.tell("2026-03-02 11:00", "ComplaintRegistered", received_at=at("2026-03-02 08:00"))
    assert (told.view("registration").state, told.due("registration")) == (
        "met",
        "2026-03-02 12:00",
    )
    told = Told(clock)
    told.tell("2026-03-02 13:00", "ComplaintRegistered", received_at=at("2026-03-02 08:00"))
    assert told.view("registration").state == "missed"
    assert told.rungs("2026-03-02 13:00") == [("registration", "missed", "2026-03-02 12:00")]


def test_an_extension_moves_due_time_and_warning_and_keeps_the_first_due_time() -> None:
    told = Told(LEVELS).tell("2026-03-02 09:00", "ComplaintRegistered", level="provincial")
    told.watch("2026-03-04 05:00")
    told.tell("2026-03-04 06:00", "ExtensionGranted", clock="answer-provincial",
              new_due=at("2026-03-06 09:00"))  # fmt: skip
    view = told.view("answer-provincial")
    assert (local(view.due_at), local(view.warn_at)) == ("2026-03-06 09:00", "2026-03-05 23:24")
    assert local(view.first_due_at) == "2026-03-04 09:00"
    assert [segment.reason for segment in view.explanation.segments] == ["elapsed", "extended"]
    told.watch("2026-03-07 00:00")
    warned = [fact for fact in told.facts if fact.type == "DeadlineWarned"]
    assert [local(fact.happened_at) for fact in warned] == ["2026-03-04 04:12", "2026-03-05 23:24"]


def test_an_extension_names_clock_and_order() -> None:
    told = Told(HANDLE).tell("2026-03-02 09:00", "OrderIssued", order="A", to="henan/network")
    told.tell("2026-03-02 09:00", "OrderIssued", order="B", to="henan/billing")
    told.tell("2026-03-02 10:00", "ExtensionGranted", order="B", clock="handle",
              new_due=at("2026-03-08 09:00"))  # fmt: skip
    assert told.due("handle", "A") == "2026-03-04 01:00"
    assert told.due("handle", "B") == "2026-03-08 09:00"
    run = told.book.open_run("handle", "B")
    assert run is not None
    assert local(run.due_at) == "2026-03-08 09:00"
