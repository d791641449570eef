"""What an attempt sends beside its outcome."""

import asyncio
from collections.abc import Mapping
from typing import Any

from temporalio import activity
from temporalio.testing import ActivityEnvironment

from mabeam._contract import KEPT_TRIES, read_progress
from mabeam._pulse import Pulse


def beats_of(checkpoint: Any = None, left: Any = None, *, threw: bool = False) -> list[Any]:
    """The heartbeats of an attempt that is shorter than the time between two."""
    beats: list[Any] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = beats.append

    async def attempt() -> None:
        with Pulse(activity.info(), 2, "here", left) as pulse:
            if checkpoint is not None:
                pulse.remember(checkpoint, None)
            pulse.ends(threw=threw)

    asyncio.run(environment.run(attempt))
    return beats


def checkpoints_of(beats: list[Any]) -> list[Any]:
    return [read_progress(each).checkpoint for each in beats]


def test_a_short_attempt_sends_no_heartbeat() -> None:
    assert beats_of() == []


def test_its_last_checkpoint_goes_out_before_the_outcome_and_what_was_left_at_once() -> None:
    assert checkpoints_of(beats_of({"done": 1})) == [{"done": 1}]
    assert checkpoints_of(beats_of(left={"done": 3})) == [{"done": 3}]


def without_times(tries: tuple[Mapping[str, Any], ...]) -> list[Any]:
    assert all(each["begunAt"] <= each["seenAt"] and each["seenAt"].endswith("Z") for each in tries)
    return [{name: value for name, value in each.items() if not name.endswith("At")} for each in tries]


def test_each_attempt_leaves_word_of_itself_for_the_next_one_and_says_that_it_threw() -> None:
    [first, *_] = beats_of({"done": 1}, threw=True)
    [told, *_] = beats_of(left=first)
    assert without_times(read_progress(told).tries) == [
        {"attempt": 2, "worker": "here", "threw": True},
        {"attempt": 2, "worker": "here"},
    ]
    assert checkpoints_of([told]) == [{"done": 1}]
    for _ in range(KEPT_TRIES):
        [told, *_] = beats_of(left=told)
    assert len(read_progress(told).tries) == KEPT_TRIES
