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
