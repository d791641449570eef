"""What an attempt sends beside its outcome."""

import asyncio
from typing import Any

from temporalio import activity
from temporalio.testing import ActivityEnvironment

from mabeam._pulse import Pulse


def beats_of(checkpoint: Any = None, left: Any = None) -> list[Any]:
    """The heartbeats of an attempt that is shorter than the time between two."""
    beats: list[Any] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = beats.append

    async def attempt() -> None:
        with Pulse(activity.info(), left) as pulse:
            if checkpoint is not None:
                pulse.remember(checkpoint, None)

    asyncio.run(environment.run(attempt))
    return beats


def test_a_short_attempt_sends_no_heartbeat() -> None:
    assert beats_of() == []


def test_its_last_checkpoint_goes_out_before_the_outcome_and_what_was_left_at_once() -> None:
    assert beats_of({"done": 1}) == [{"done": 1}]
    assert beats_of(left={"done": 3}) == [{"done": 3}]
