"""The heartbeat beside an evaluation."""

import asyncio
import contextvars
import math
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from temporalio import activity

from mabeam._contract import Progress, read_progress

# Heartbeats for each heartbeat timeout.
_BEATS = 4
_MIN_BEAT_S = 0.05
# Who was killed sooner leaves no word of his attempt.
_FIRST_BEAT_S = 0.5
# Silent for this part of the timeout, the server may have given the trial to another.
DOUBT = 0.9


class Pulse:
    """Keeps an attempt alive while the event loop turns."""

    def __init__(self, info: activity.Info, attempt: int, worker: str, left: Any = None) -> None:
        """Sends nothing yet.

        Args:
            info: Of the attempt.
            attempt: Its number.
            worker: Whose it is.
            left: What the attempt before has left, when that did not come with its heartbeats.
        """
        before = read_progress(info.heartbeat_details[0] if info.heartbeat_details else left)
        self._is_left = before != Progress()
        self.progress = before.begun(attempt, worker, _now())
        self._timeout_s = info.heartbeat_timeout.total_seconds() if info.heartbeat_timeout else 0.0
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._timer: asyncio.TimerHandle | None = None
        self._is_due = self._is_over = False

    def __enter__(self) -> "Pulse":
        # The server counts from the start of the attempt: a beat at once would cost a short trial a transaction more.
        if self._is_left:
            self._beat()
        else:
            self._wait(_FIRST_BEAT_S)
        return self

    def __exit__(self, *_: object) -> None:
        # A checkpoint that was made last goes out before the outcome.
        if self._is_due:
            self._beat()
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()

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

    def ends(self, *, threw: bool = False) -> None:
        """Says when the attempt has ended, and whether it threw: then the next one hears of it."""
        self.progress = self.progress.seen(_now(), threw=threw)
        if threw:
            activity.heartbeat(self.progress.details)

    def _go_on(self, progress: Progress) -> None:
        self.progress = progress
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon_threadsafe(self._beat, context=self._context)

    def _beat(self) -> None:
        if self._is_over:
            return
        self._is_due = False
        self.progress = self.progress.seen(_now())
        activity.heartbeat(self.progress.details)
        self._wait()

    def _wait(self, at_most: float = math.inf) -> None:
        if self._timer is not None:
            self._timer.cancel()
        every = min(at_most, max(_MIN_BEAT_S, self._timeout_s / _BEATS))
        self._timer = self._loop.call_later(every, self._beat, context=self._context)


def _now() -> datetime:
    return datetime.now(timezone.utc)
