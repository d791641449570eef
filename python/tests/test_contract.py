from typing import Any

import pytest

from mabeam._contract import (
    ContractError,
    Reporting,
    TrialInput,
    late_message,
    outcome_of,
    read_input,
    read_progress,
    reports_message,
)

GIVEN: dict[str, Any] = {
    "study": "demo:study:s",
    "trial": 3,
    "configuration": {"x": 1},
    "seed": 7,
    "measures": ["loss"],
}


def test_an_input_is_read_and_what_is_new_in_it_left_alone() -> None:
    read = read_input(GIVEN)
    assert read == TrialInput("demo:study:s", 3, {"x": 1}, {"x": 1}, 7, ["loss"])
    assert read_input({**GIVEN, "params": {"x": 1, "y": 2}}).params == {"x": 1, "y": 2}


def test_an_attempt_that_is_an_activity_of_its_own_is_told_which_it_is_and_what_the_last_one_left() -> None:
    read = read_input({**GIVEN, "attempt": 3, "progress": {"epoch": 2}})
    assert (read.attempt, read.progress) == (3, {"epoch": 2})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("x", 'an evaluator is given a trial; got "x"'),
        ({**GIVEN, "trial": True}, "an evaluator is given a trial with trial; got true"),
        ({**GIVEN, "study": 7}, "an evaluator is given a trial with study; got 7"),
        ({**GIVEN, "params": None}, "an evaluator is given a trial with params; got null"),
    ],
)
def test_an_input_of_another_shape_is_refused(given: object, message: str) -> None:
    with pytest.raises(ContractError) as told:
        read_input(given)
    assert str(told.value) == message


def test_an_interval_of_training_begins_with_what_its_parent_has_left() -> None:
    start = read_input({**GIVEN, "interval": {}})
    assert (start.is_interval, start.parent) == (True, None)
    later = read_input({**GIVEN, "interval": {"from": 2, "checkpoint": {"path": "a"}}})
    assert (later.is_interval, later.parent) == (True, {"path": "a"})
    assert not read_input(GIVEN).is_interval
    for measures in ({"loss": 1.0}, None):
        assert outcome_of(start, {}, measures, {"path": "b"})["checkpoint"] == {"path": "b"}
        assert "checkpoint" not in outcome_of(start, {}, measures)


def test_a_late_outcome_is_a_message_with_an_id_of_its_own() -> None:
    outcome = outcome_of(read_input(GIVEN), {"attempt": 2, "worker": "vm/7"}, {"loss": 0.5})
    assert late_message(outcome) == {
        "id": "late/3/2",
        "args": {"trial": 3, "attempt": 2, "configuration": {"x": 1}, "measures": {"loss": 0.5}, "worker": "vm/7"},
        "sender": "vm/7",
    }


def test_what_travels_with_heartbeats_is_a_checkpoint_and_the_reports_until_then() -> None:
    wrapped = {"mabeam:progress": 1, "checkpoint": {"epoch": 2}, "reports": {"steps": [1], "values": [0.5]}}
    progress = read_progress(wrapped)
    assert progress.checkpoint == {"epoch": 2}
    assert progress.details == wrapped


def test_what_was_spent_travels_along_and_a_budget_says_what_may_be() -> None:
    wrapped = {"mabeam:progress": 1, "checkpoint": None, "spent": 1.5}
    assert read_progress(wrapped).spent == 1.5
    assert read_progress(wrapped).details == wrapped
    assert read_input({**GIVEN, "maxCost": 4}).max_cost == 4.0
    assert read_input(GIVEN).max_cost == float("inf")


def test_an_outcome_echoes_the_configuration_and_takes_reports_along() -> None:
    said = {"attempt": 2, "worker": "vm/7", "reports": {"steps": [1], "values": [0.5]}}
    assert outcome_of(read_input(GIVEN), said, None) == {
        **said,
        "trial": 3,
        "configuration": {"x": 1},
        "measures": {},
        "pruned": True,
    }


def test_a_trial_that_may_go_on_leaves_its_checkpoint_when_it_ends_early() -> None:
    said = {"attempt": 1, "worker": "vm/7"}
    reporting = {"everyMs": 500, "keep": 20, "rung": 4}
    pauses = read_input({**GIVEN, "reporting": {**reporting, "pauses": True}})
    assert outcome_of(pauses, said, None, {"epoch": 4})["checkpoint"] == {"epoch": 4}
    assert "checkpoint" not in outcome_of(pauses, said, None)
    assert "checkpoint" not in outcome_of(pauses, said, {"loss": 1.0}, {"epoch": 4})
    assert "checkpoint" not in outcome_of(read_input({**GIVEN, "reporting": reporting}), said, None, {"epoch": 4})


def test_reports_are_a_message_with_the_id_of_their_last_step() -> None:
    delivery = {"trial": 3, "attempt": 2, "reports": {"steps": [4, 8], "values": [1, "NaN"]}}
    assert reports_message(delivery, "vm/7") == {"id": "reports/3/2/8", "args": delivery, "sender": "vm/7"}


def test_a_study_that_prunes_says_how_to_report() -> None:
    given = read_input({**GIVEN, "reporting": {"everyMs": 500, "keep": 20, "rung": 4}})
    assert given.reporting == Reporting(0.5, 20, 4)
    assert read_input(GIVEN).reporting is None
    with pytest.raises(ContractError, match="everyMs, keep and rung"):
        read_input({**GIVEN, "reporting": {"everyMs": "often"}})


@pytest.mark.parametrize("details", [None, 7, [1, 2], {"epoch": 2}])
def test_a_plain_checkpoint_is_itself(details: Any) -> None:
    progress = read_progress(details)
    assert (progress.checkpoint, progress.details) == (details, details)
