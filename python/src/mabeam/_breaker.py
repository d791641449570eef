"""The breaker of a worker: src/domain/optimisation/worker-breaker.ts and activities/evaluator-guard.ts, in Python."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Literal

BREAK_AFTER = 5
COOL_DOWN_S = 60.0
MAX_COOL_DOWN_S = 600.0
BROKEN_SIGNAL = "workerBroken"
MENDED_SIGNAL = "workerMended"
_MAX_LAST = 500
# Studies that are told of a worker, at most.
_MAX_STUDIES = 20

# What an attempt says of its worker: it is well, it is unwell, or nothing (pruned, cancelled, refused, lost).
AttemptEnd = Literal["success", "failure", "ignored"]


@dataclass(frozen=True)
class BreakRule:
    """When a worker is taken out, and for how long."""

    # Attempts that fail in a row; 0: never.
    break_after: int = BREAK_AFTER
    # The first rest; each failure after a rest doubles it, up to the longest.
    cool_down_s: float = COOL_DOWN_S
    cool_down_s_max: float = MAX_COOL_DOWN_S


@dataclass(frozen=True)
class Breaker:
    """Whether a worker takes trials: all, none until then, or one at a time. Seconds since 1970."""

    kind: Literal["closed", "open", "half-open"] = "closed"
    failures: int = 0
    since: float = 0.0
    until: float = 0.0
    rests: int = 0


CLOSED = Breaker()


def after_attempt(rule: BreakRule, before: Breaker, end: AttemptEnd, now: float) -> Breaker:
    """The worker after one of its attempts."""
    if end == "ignored" or before.kind == "open":
        return before
    if end == "success":
        return CLOSED
    failures = before.failures + 1
    if before.kind == "half-open":
        rests = before.rests + 1
        return replace(before, kind="open", failures=failures, until=now + _rest_s(rule, rests), rests=rests)
    if rule.break_after == 0 or failures < rule.break_after:
        return Breaker(failures=failures)
    return Breaker("open", failures, now, now + _rest_s(rule, 0))


def _rest_s(rule: BreakRule, rests: int) -> float:
    return min(rule.cool_down_s_max, rule.cool_down_s * 2.0 ** min(rests, 50))


def after_rest(before: Breaker, now: float) -> Breaker:
    """The worker when its rest may be over."""
    return replace(before, kind="half-open") if before.kind == "open" and now >= before.until else before


@dataclass(frozen=True)
class News:
    """What studies are told when a worker is taken out, or comes back (then ``out`` is None)."""

    studies: list[str]
    out: dict[str, Any] | None

    def message(self, worker: str) -> dict[str, Any]:
        """The signal to each of them."""
        if self.out is None:
            return {"id": f"mended/{worker}/{time.time_ns()}", "args": {"worker": worker}, "sender": worker}
        message_id = f"broken/{worker}/{self.out['since']}/{self.out['failures']}"
        return {"id": message_id, "args": {"worker": worker, **self.out}, "sender": worker}


# Says once how an attempt has ended.
Settle = Callable[[AttemptEnd, str], News | None]


class Guard:
    """Counts the attempts of one worker that fail in a row."""

    def __init__(self, rule: BreakRule, now: Callable[[], float] = time.time) -> None:
        """A worker that has failed nothing yet.

        Args:
            rule: When it is taken out.
            now: Seconds since 1970.
        """
        self._rule = rule
        self._now = now
        self._studies: list[str] = []
        self._era = 0
        self._changed = asyncio.Event()
        self.breaker = CLOSED

    def admit(self, study: str) -> Settle | None:
        """An attempt begins; None when the worker is out. What ends in a later era does not count."""
        if self.breaker.kind == "open":
            return None
        era = self._era
        is_settled = False

        def settle(end: AttemptEnd, why: str) -> News | None:
            nonlocal is_settled
            if is_settled or era != self._era:
                return None
            is_settled = True
            return self._take(study, end, why)

        return settle

    def _take(self, study: str, end: AttemptEnd, why: str) -> News | None:
        before = self.breaker
        if end == "failure":
            self._studies = [*(each for each in self._studies if each != study), study][-_MAX_STUDIES:]
        self._become(after_attempt(self._rule, before, end, self._now()))
        told = self._studies
        if self.breaker.kind == "closed" and end == "success":
            self._studies = []
        if self.breaker.kind == before.kind:
            return None
        if self.breaker.kind != "open":
            return News(told, None)
        since, until = _iso(self.breaker.since), _iso(self.breaker.until)
        return News(told, {"since": since, "failures": self.breaker.failures, "last": why[:_MAX_LAST], "until": until})

    def _become(self, breaker: Breaker) -> None:
        is_another = breaker.kind != self.breaker.kind
        self.breaker = breaker
        if is_another:
            self._era += 1
            self._changed.set()

    def rested(self) -> None:
        """The worker begins again when its rest is over."""
        self._become(after_rest(self.breaker, self._now()))

    @property
    def rest_s(self) -> float:
        """How long it still rests."""
        return max(0.0, self.breaker.until - self._now()) if self.breaker.kind == "open" else 0.0

    async def changed(self) -> None:
        """Returns when the worker is taken out, or takes all trials again."""
        self._changed.clear()
        await self._changed.wait()


def _iso(at: float) -> str:
    text = datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
