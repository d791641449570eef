"""One evaluation, as the user's function sees it."""

import json
import math
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from mabeam._notes import Notes


class Cancelled(Exception):  # noqa: N818 - it is no error: nobody wants the result any more
    """Raised by `Trial.raise_if_cancelled`; an evaluator lets it pass."""


class Pruned(Exception):  # noqa: N818 - it is no error: the study wants no more of this trial
    """Raised by an evaluator to end its trial early, when `Trial.should_stop` says so; what was reported counts."""


class Reports(Protocol):
    """Where reports go, and who knows whether the trial should stop."""

    def report(self, step: int, value: float) -> None:
        """Takes a value."""

    def should_stop(self) -> bool:
        """Answers at once in a thread or a process."""

    async def should_stop_async(self) -> bool:
        """Answers in the event loop."""


class Trial:
    """One evaluation: what is to be measured, and how far an earlier attempt has come.

    Attributes:
        params: A value for everything that the set has, or for each active dimension of the study's own space. Numbers
            are as JSON has them: a float may come as an ``int`` where it is whole.
        seed: 0 to 2^32 - 1; the same for each attempt of a trial, so an attempt can be repeated.
        study: Workflow id of the study.
        number: Of the trial in its study, from 1.
        attempt: From 1.
    """

    def __init__(
        self,
        *,
        params: Mapping[str, Any],
        seed: int = 0,
        study: str = "",
        number: int = 1,
        attempt: int = 1,
        progress: Any = None,
        remember: Callable[[Any], None] | None = None,
        reports: Reports | None = None,
        spend: Callable[[float], float] | None = None,
    ) -> None:
        self.params = params
        self.seed = seed
        self.study = study
        self.number = number
        self.attempt = attempt
        self._progress = progress
        self._remember = remember
        self._reports = reports
        self._spend = spend
        self._notes = Notes()
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the result any more: study stopped, attempt replaced, or the worker ends."""
        return self._cancelled.is_set()

    def raise_if_cancelled(self) -> None:
        """Ends the evaluation when nobody wants its result any more.

        Raises:
            Cancelled: Let it pass.
        """
        if self.cancelled:
            raise Cancelled(f"nobody waits for trial {self.number} any more")

    def checkpoint(self, progress: Any) -> None:
        """Remembers how far this is; the next attempt resumes from it. Delivered with the next heartbeat.

        Args:
            progress: Plain JSON, and small: a step, a path, a key. What is large is kept elsewhere, and named here.

        Raises:
            TypeError: It is no JSON.
            ValueError: It holds a number that is not finite.
        """
        # A copy: what the caller changes afterwards is not remembered.
        self._progress = json.loads(json.dumps(progress, allow_nan=False))
        if self._remember is not None:
            self._remember(self._progress)

    def resume(self) -> Any:
        """What the attempt before has left with `checkpoint`; ``None`` when it has left nothing.

        For the first attempt of a trial that goes on from another one (``pbt``), what that one has left.
        """
        return self._progress

    def report(self, step: int, value: float) -> None:
        """Tells how the objective stands at a step, such as an epoch. Costs nothing by itself.

        Args:
            step: A whole number from 0, larger than the last one; one that is not changes nothing.
            value: NaN and infinities are values.

        Raises:
            ValueError: The step is no whole number from 0.
            TypeError: The value is no number.
        """
        if self._reports is not None:
            self._reports.report(step, value)

    def should_stop(self) -> bool:
        """Whether the study's pruner wants this trial to end now, by what was reported: then ``raise Pruned``.

        Where the pruner promotes, a later attempt may go on from the checkpoint. Asks the study once a second at most
        (``reportMs``), and at once when a rung is reached; else this is the last answer. Never fails; ``False`` without
        a pruner.

        Raises:
            RuntimeError: In an ``async def``, which would stand still meanwhile: ``await trial.should_stop_async()``.
        """
        return self._reports is not None and self._reports.should_stop()

    async def should_stop_async(self) -> bool:
        """As `should_stop`, for an evaluator that is an ``async def``."""
        return self._reports is not None and await self._reports.should_stop_async()

    def spend(self, amount: float) -> float:
        """Says that so much was spent, in the unit of the study's budget; what a lost attempt said is not forgotten.

        Args:
            amount: From 0.

        Returns:
            What the trial may still spend, all its attempts together; infinite without a budget of cost.

        Raises:
            ValueError: It is no finite number from 0.
        """
        return math.inf if self._spend is None else self._spend(amount)

    def set_attribute(self, name: str, value: str | float | bool | None) -> None:
        """Notes something of the trial beside its measures, such as a commit or a path; the last of a name stays.

        Only what the attempt notes that ends the trial is kept.

        Args:
            name: A letter and up to 63 letters, digits, ``.``, ``_``, ``-``.
            value: A text, a finite number, a truth value or ``None``.

        Raises:
            TypeError: The value is none of these.
            ValueError: The name or the number is none, or there are more than 20, or 2,000 bytes as JSON.
        """
        self._notes.note(name, value)

    @property
    def attributes(self) -> dict[str, str | float | bool | None]:
        """What this attempt has noted so far, as a copy."""
        return self._notes.attributes

    def cancel(self) -> None:
        """Says that nobody wants the result any more: what the worker does, and what a test of an evaluator may do."""
        self._cancelled.set()
