from typing import Any

import pytest

from mabeam import Cancelled, Trial


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


def test_a_cancelled_trial_says_so() -> None:
    trial = Trial(params={}, number=4)
    trial.raise_if_cancelled()
    assert not trial.cancelled
    trial.cancel()
    assert trial.cancelled
    with pytest.raises(Cancelled, match="nobody waits for trial 4 any more"):
        trial.raise_if_cancelled()
