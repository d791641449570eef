"""The heartbeat beside an evaluation."""

import asyncio
import contextvars
import time
from dataclasses import replace
from typing import Any

from temporalio import activity

from mabeam._contract import Progress, read_progress

# Heartbeats for each heartbeat timeout.
_BEATS = 4
_MIN_BEAT_S = 0.05
# Silent for this part of the timeout, the server may have given the trial to another.
DOUBT = 0.9


class Pulse:
    """Keeps an attempt alive while the event loop turns, and knows whether it ever stood still for too long."""

    def __init__(self, info: activity.Info, left: Any = None) -> None:
        self.progress = read_progress(info.heartbeat_details[0] if info.heartbeat_details else left)
        self._timeout_s = info.heartbeat_timeout.total_seconds() if info.heartbeat_timeout else 0.0
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._timer: asyncio.TimerHandle | None = None
        self._is_due = self._is_over = False
        # Not the monotonic clock: it stands still while a machine is suspended.
        self._last = time.time()
        self._longest = 0.0

    def __enter__(self) -> "Pulse":
        # The server counts from the start of the attempt: a beat at once would cost a short trial a transaction more.
        if self.progress == Progress():
            self._wait()
        else:
            self._beat()
        return self

    def __exit__(self, *_: object) -> None:
        # A checkpoint that was made last goes out before the outcome.
        if self._is_due:
            self._beat()
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()

    @property
    def is_doubtful(self) -> bool:
        """True when the worker was silent for so long that the server may have given the trial to another."""
        self._look()
        return 0 < self._timeout_s * DOUBT < self._longest

    def remember(self, checkpoint: Any, reports: Any) -> None:
        """Takes a checkpoint, from any thread; it goes out at once, or as soon as Temporal lets heartbeats through.

        Args:
            checkpoint: How far the evaluation is.
            reports: What was reported until then, and not delivered.
        """
        self._go_on(replace(self.progress, checkpoint=checkpoint, reports=reports))

    def pay(self, spent: float) -> None:
        """Takes what the trial has cost so far, as `remember` does."""
        self._go_on(replace(self.progress, spent=spent))

    def _go_on(self, progress: Progress) -> None:
        self.progress = progress
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon_threadsafe(self._beat, context=self._context)

    def _look(self) -> None:
        now = time.time()
        self._longest = max(self._longest, now - self._last)
        self._last = now

    def _beat(self) -> None:
        if self._is_over:
            return
        self._is_due = False
        self._look()
        activity.heartbeat(self.progress.details)
        self._wait()

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        every = max(_MIN_BEAT_S, self._timeout_s / _BEATS)
        self._timer = self._loop.call_later(every, self._beat, context=self._context)
