"""The reports of one attempt on their way to its study: activities/evaluator-reports.ts, in Python."""

import asyncio
import math
import threading
from collections.abc import Callable
from numbers import Real
from typing import Any, Protocol

from mabeam._contract import MAX_REPORTS, Reporting
from mabeam._show import show

# The first delivery between rungs, after the attempt began; each next one when twice as much time is over.
_FIRST_DELIVERY_S = 10.0


class StudyPort(Protocol):
    """The study, as an attempt speaks to it. Each call may fail: it is tried again with the next question."""

    def deliver(self, delivery: dict[str, Any]) -> None:
        """Brings reports."""

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Asks whether the attempt should stop."""


class AsyncStudyPort(Protocol):
    """The same for a function that runs in the event loop."""

    async def deliver(self, delivery: dict[str, Any]) -> None:
        """Brings reports."""

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Asks whether the attempt should stop."""


class Reporter:
    """What an attempt reports, and what the study answered last. Its methods may be called from any thread.

    A report costs nothing by itself: it waits. With a question, asked at most each `every_s`, what waits is shown to
    the study, which answers and remembers nothing. What waits is delivered, at the price of some events, when it has
    reached a rung, and between rungs ever more seldom; the rest goes with the outcome. When too many wait, some between
    rungs are left out and counted.
    """

    def __init__(
        self,
        *,
        trial: int,
        attempt: int,
        reporting: Reporting | None,
        before: dict[str, Any] | None,
        now: Callable[[], float],
    ) -> None:
        """Begins with what the attempt before had reported until its checkpoint, and not delivered.

        Args:
            trial: Its number.
            attempt: Its number.
            reporting: How the study wants it; None for one that does not prune.
            before: Reports of the attempt before.
            now: Seconds of a clock that only goes forward.
        """
        self._of = {"trial": trial, "attempt": attempt}
        self._reporting = reporting
        self._now = now
        self._lock = threading.RLock()
        self._steps: list[int] = []
        self._values: list[float | str] = []
        self._thinned = 0
        self._keep(before or {"steps": [], "values": []})
        self._fresh = len(self._steps)
        self._last = self._steps[-1] if self._steps else -1
        # The first report at each rung is never left out.
        self._at_rungs: set[int] = set()
        self._rung = reporting.rung if reporting is not None else None
        self._marked: int | None = None
        # The rung at which was delivered last: the study did not take it as reached when it names it again.
        self._tried: int | None = None
        self._began = self._asked_at = now()
        self._deliver_after_s = _FIRST_DELIVERY_S
        self._answer = False

    @property
    def answer(self) -> bool:
        """What the study answered last."""
        return self._answer

    @property
    def waiting(self) -> dict[str, Any] | None:
        """What is reported and not delivered yet."""
        with self._lock:
            return self._shown() if self._steps else None

    def report(self, step: int, value: float) -> None:
        """Remembers a value; a step at or below the last one changes nothing.

        Raises:
            ValueError: The step is no whole number from 0.
            TypeError: The value is no number.
        """
        if isinstance(step, bool) or not hasattr(step, "__index__") or not 0 <= int(step) < 2**53:
            raise ValueError(f"a report has a step, a whole number from 0; got {show(step)}")
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError(f"a report has a number; got {show(value)}")
        with self._lock:
            self._take(int(step), float(value))

    def _take(self, step: int, value: float) -> None:
        if step <= self._last:
            return
        self._last = step
        self._fresh += 1
        if self._is_at_rung and self._marked != self._rung:
            self._marked = self._rung
            self._at_rungs.add(step)
        self._steps.append(step)
        self._values.append(value if math.isfinite(value) else show(value))
        most = self._reporting.keep if self._reporting is not None else MAX_REPORTS
        if len(self._steps) > most:
            self._thin(most)

    def is_due(self) -> bool:
        """Whether the study is to be asked now."""
        with self._lock:
            if self._reporting is None or self._fresh == 0:
                return False
            is_time = self._now() - self._asked_at >= self._reporting.every_s
            return is_time or (self._is_at_rung and self._rung != self._tried)

    def delivery(self) -> dict[str, Any] | None:
        """What is to be delivered before the question."""
        with self._lock:
            is_time = self._now() - self._began >= self._deliver_after_s
            if not self._is_at_rung and not is_time:
                return None
            self._tried = self._rung
            return {**self._of, "reports": self._shown()}

    def delivered(self, delivery: dict[str, Any]) -> None:
        """What was delivered waits no more; what came meanwhile does."""
        reports = delivery["reports"]
        with self._lock:
            last = reports["steps"][-1] if reports["steps"] else -1
            taken = sum(1 for step in self._steps if step <= last)
            del self._steps[:taken], self._values[:taken]
            self._thinned -= reports.get("thinned", 0)
            self._at_rungs = {step for step in self._at_rungs if step > last}
            while self._now() - self._began >= self._deliver_after_s:
                self._deliver_after_s *= 2

    def question(self) -> dict[str, Any]:
        """The question "should I stop?"."""
        with self._lock:
            return {**self._of, "reports": self._shown(), "fresh": self._fresh}

    def answered(self, question: dict[str, Any], answer: dict[str, Any]) -> None:
        """Takes the answer of the study."""
        with self._lock:
            self._fresh -= question["fresh"]
            self._rung = answer.get("rung")
            self._answer = answer["stop"] is True

    def asked(self) -> None:
        """The question is over, however it ended."""
        with self._lock:
            self._asked_at = self._now()

    @property
    def _is_at_rung(self) -> bool:
        return self._rung is not None and self._last >= self._rung

    def _shown(self) -> dict[str, Any]:
        thinned = {"thinned": self._thinned} if self._thinned > 0 else {}
        return {"steps": list(self._steps), "values": list(self._values), **thinned}

    def _keep(self, reports: dict[str, Any]) -> None:
        self._steps = list(reports["steps"])
        self._values = list(reports["values"])
        self._thinned = reports.get("thinned", 0)

    def _thin(self, most: int) -> None:
        """Leaves every second one out, those at rungs and the last apart."""
        while len(self._steps) > most:
            last = len(self._steps) - 1
            stays = [at for at, step in enumerate(self._steps) if at % 2 == 0 or at == last or step in self._at_rungs]
            if len(stays) == len(self._steps):
                break
            self._thinned += len(self._steps) - len(stays)
            self._steps = [self._steps[at] for at in stays]
            self._values = [self._values[at] for at in stays]


class Asking:
    """The reports of a function in a thread or a process; asks the study one question at a time."""

    def __init__(self, reporter: Reporter, study: StudyPort, failed: Callable[[Exception], None]) -> None:
        """Does nothing yet.

        Args:
            reporter: Of the attempt.
            study: Who answers.
            failed: Told of a call that failed.
        """
        self._reporter = reporter
        self._study = study
        self._failed = failed
        self._one = threading.Lock()

    def report(self, step: int, value: float) -> None:
        """Remembers a value."""
        self._reporter.report(step, value)

    async def should_stop_async(self) -> bool:
        """For a function that runs an event loop of its own."""
        return await asyncio.to_thread(self.should_stop)

    def should_stop(self) -> bool:
        """Whether the study wants the attempt to end. Never fails."""
        reporter = self._reporter
        with self._one:
            if not reporter.is_due():
                return reporter.answer
            try:
                delivery = reporter.delivery()
                if delivery is not None:
                    self._study.deliver(delivery)
                    reporter.delivered(delivery)
                question = reporter.question()
                reporter.answered(question, self._study.ask(question))
            except Exception as error:
                self._failed(error)
            reporter.asked()
            return reporter.answer


class AsyncAsking:
    """The reports of an ``async def``; asks the study one question at a time."""

    def __init__(self, reporter: Reporter, study: AsyncStudyPort, failed: Callable[[Exception], None]) -> None:
        """As for `Asking`."""
        self._reporter = reporter
        self._study = study
        self._failed = failed
        self._one = asyncio.Lock()

    def report(self, step: int, value: float) -> None:
        """Remembers a value."""
        self._reporter.report(step, value)

    def should_stop(self) -> bool:
        """To wait here would stop the event loop."""
        raise RuntimeError("in an async def: await trial.should_stop_async()")

    async def should_stop_async(self) -> bool:
        """Whether the study wants the attempt to end. Fails only when it is cancelled."""
        reporter = self._reporter
        async with self._one:
            if not reporter.is_due():
                return reporter.answer
            try:
                delivery = reporter.delivery()
                if delivery is not None:
                    await self._study.deliver(delivery)
                    reporter.delivered(delivery)
                question = reporter.question()
                reporter.answered(question, await self._study.ask(question))
            except Exception as error:
                self._failed(error)
            reporter.asked()
            return reporter.answer
