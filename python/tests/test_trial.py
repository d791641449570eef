import math
from typing import Any

import pytest

from mabeam import Cancelled, Trial
from mabeam._purse import Purse


def test_a_checkpoint_is_a_copy_that_is_delivered_and_resumed() -> None:
    delivered: list[Any] = []
    trial = Trial(params={}, progress={"epoch": 1}, remember=delivered.append)
    assert trial.resume() == {"epoch": 1}
    mine = {"epoch": 2}
    trial.checkpoint(mine)
    mine["epoch"] = 3
    assert delivered == [{"epoch": 2}]
    assert trial.resume() == {"epoch": 2}


@pytest.mark.parametrize(("progress", "error"), [({1, 2}, TypeError), (float("nan"), ValueError)])
def test_a_checkpoint_that_is_no_json_is_refused_at_once(progress: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        Trial(params={}).checkpoint(progress)


def test_what_is_spent_is_summed_and_without_a_budget_there_is_no_end_of_it() -> None:
    told: list[float] = []
    trial = Trial(params={}, spend=Purse(None, 3.0, told.append).spend)
    assert [trial.spend(1), trial.spend(0.5), trial.spend(2)] == [2.0, 1.5, -0.5]
    assert told == [1.0, 1.5, 3.5]
    assert Trial(params={}).spend(7) == math.inf


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf"), "much", True])
def test_what_cannot_be_spent_is_refused(amount: Any) -> None:
    with pytest.raises(ValueError, match="what is spent is a number from 0"):
        Trial(params={}, spend=Purse(None, 3.0, lambda _spent: None).spend).spend(amount)


def test_a_cancelled_trial_says_so() -> None:
    trial = Trial(params={}, number=4)
    trial.raise_if_cancelled()
    assert not trial.cancelled
    trial.cancel()
    assert trial.cancelled
    with pytest.raises(Cancelled, match="nobody waits for trial 4 any more"):
        trial.raise_if_cancelled()


def test_the_last_of_an_attribute_stays_and_what_is_refused_changes_nothing() -> None:
    trial = Trial(params={})
    noting: list[tuple[str, Any]] = [("commit", "a1"), ("commit", "b2"), ("ok", True), ("epochs", 3), ("loss", 0.5)]
    for name, value in [*noting, ("left", None)]:
        trial.set_attribute(name, value)
    noted = {"commit": "b2", "ok": True, "epochs": 3, "loss": 0.5, "left": None}
    assert trial.attributes == noted
    refused: list[tuple[str, Any, type[Exception]]] = [
        ("no name", 1, ValueError),
        ("9", 1, ValueError),
        ("list", [1], TypeError),
        ("nan", math.nan, ValueError),
        ("huge", 2**53, ValueError),
        ("long", "ä" * 1_000, ValueError),
    ]
    for name, value, error in refused:
        with pytest.raises(error):
            trial.set_attribute(name, value)
    assert trial.attributes == noted
    for at in range(15):
        trial.set_attribute(f"more.{at}", at)
    with pytest.raises(ValueError, match="at most 20 attributes; got 21"):
        trial.set_attribute("one.more", 1)


def test_numbers_are_counted_as_long_as_javascript_may_write_them() -> None:
    trial = Trial(params={})
    trial.set_attribute("text", "x" * 1_955)
    # 6 characters here, and 21 digits there
    with pytest.raises(ValueError, match="2000 bytes as JSON"):
        trial.set_attribute("number", 1e20)
    trial.set_attribute("number", 0.5)
