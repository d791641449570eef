"""The heartbeat beside an evaluation."""

import asyncio
import time
from contextlib import suppress
from typing import Any

from temporalio import activity

# Heartbeats for each heartbeat timeout.
_BEATS = 4
_MIN_BEAT_S = 0.05
# Silent for this part of the timeout, the server may have given the trial to another.
_DOUBT = 0.9


class Pulse:
    """Keeps an attempt alive while the event loop turns, and knows whether it ever stood still for too long."""

    def __init__(self, info: activity.Info) -> None:
        self.progress: Any = info.heartbeat_details[0] if info.heartbeat_details else None
        self._timeout_s = info.heartbeat_timeout.total_seconds() if info.heartbeat_timeout else 0.0
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        # Not the monotonic clock: it stands still while a machine is suspended.
        self._last = time.time()
        self._longest = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Pulse":
        self._task = asyncio.create_task(self._beat_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        # A checkpoint that was made last goes out with the outcome.
        activity.heartbeat(self.progress)

    @property
    def is_doubtful(self) -> bool:
        """True when the worker was silent for so long that the server may have given the trial to another."""
        self._look()
        return 0 < self._timeout_s * _DOUBT < self._longest

    def remember(self, progress: Any) -> None:
        """Takes a checkpoint, from any thread; it goes out at once, or as soon as Temporal lets heartbeats through."""
        self.progress = progress
        self._loop.call_soon_threadsafe(self._wake.set)

    def _look(self) -> None:
        now = time.time()
        self._longest = max(self._longest, now - self._last)
        self._last = now

    async def _beat_on(self) -> None:
        every = max(_MIN_BEAT_S, self._timeout_s / _BEATS)
        while True:
            self._look()
            self._wake.clear()
            activity.heartbeat(self.progress)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), every)
