"""The activity that evaluates: activities/evaluate.ts, in Python."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from temporalio import activity
from temporalio.client import AsyncActivityCancelledError, Client
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError, RPCStatusCode

from mabeam._breaker import BROKEN_SIGNAL, MENDED_SIGNAL, AttemptEnd, Guard, Settle
from mabeam._call import call, call_async
from mabeam._contract import ACTIVITY, ContractError, TrialInput, outcome_of, read_input
from mabeam._definition import Definition
from mabeam._handover import Handover, WaitingOutcomes
from mabeam._outcome import Answered, Failed, Outcome, outcome_of_error
from mabeam._processes import Home, Hooks, ProcessPool
from mabeam._pulse import DOUBT, Pulse
from mabeam._purse import Purse
from mabeam._reporter import Asking, AsyncAsking, Reporter
from mabeam._study import Study, StudyFromThread
from mabeam._trial import Reports, Trial

log = logging.getLogger("mabeam")
T = TypeVar("T")

# A process whose trial nobody wants any more has so long to end by itself.
_KILL_S = 5.0
# A study that does not answer for so long is not told of its worker.
_TELL = timedelta(seconds=5)
# What does not end by itself when the worker ends is given back after so long: another takes over.
GIVE_BACK_S = 5.0


class Evaluating:
    """The activity of one evaluator, and where its function runs."""

    def __init__(self, definition: Definition, client: Client, worker: str, slots: int, guard: Guard) -> None:
        """Threads and processes are started when they are needed.

        Args:
            definition: What is evaluated.
            client: Of the worker; outcomes are handed over through it.
            worker: Names this worker in outcomes and failures.
            slots: Evaluations at once.
            guard: Takes the worker out when its attempts fail one after the other.
        """
        self._definition = definition
        self._client = client
        self._worker = worker
        self._guard = guard
        self._outcomes = WaitingOutcomes()
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix=f"mabeam-{definition.name}")
        self._processes = ProcessPool(slots)
        # True when something went on after its trial was given back, deaf to its cancellation.
        self.has_left = False

    @property
    def evaluate(self) -> Callable[[Any], Awaitable[dict[str, Any]]]:
        """The activity, to be given to a worker."""

        @activity.defn(name=ACTIVITY)
        async def evaluate(given: Any) -> dict[str, Any]:
            return await self._evaluate(given)

        return evaluate

    def close(self) -> None:
        """Ends processes and idle threads; a thread that still computes is left."""
        self._processes.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def kill(self) -> None:
        """Kills the processes of the pool, for want of patience."""
        self._processes.kill()

    async def _evaluate(self, value: Any) -> dict[str, Any]:
        info = activity.info()
        told = {"attempt": info.attempt, "worker": self._worker}
        try:
            given = read_input(value)
        except ContractError as error:
            raise ApplicationError(str(error), told, type="invalid-message", non_retryable=True) from None
        told["attempt"] = _attempt(given, info)
        found = self._outcomes.begins(info, given.trial)
        if found is not None:
            return dict(found)
        if await self._is_outlived(info):
            text = "the attempt was replaced before it began"
            log.info(text, extra=_line(given, info))
            raise ApplicationError(text, told, category=ApplicationErrorCategory.BENIGN)
        admitted = self._guard.admit(given.study)
        if admitted is None:
            text = f"the worker {self._worker} is taken out; the trial is another's"
            raise ApplicationError(text, told, type="worker-out")
        begun = time.monotonic()
        handover = Handover(self._client, info, given.study, self._outcomes, _line(given, info))
        pulse = Pulse(info, _attempt(given, info), self._worker, given.progress)
        with self._watch(admitted, info), pulse:
            outcome, left_over = await self._run(given, info, pulse)
            pulse.ends(threw=_has_thrown(outcome))
            said: dict[str, Any] = {**told, **left_over}
            if len(pulse.progress.tries) > 1:
                said = {**said, "tries": list(pulse.progress.tries)}
            if pulse.progress.spent is not None:
                said = {**said, "cost": pulse.progress.spent}
            if isinstance(outcome, Failed):
                details = activity.cancellation_details()
                if details is not None and details.cancel_requested:
                    await self._settle(admitted, "ignored")
                    raise asyncio.CancelledError("nobody waits for the trial any more")
                trace = {"trace": outcome.trace} if outcome.trace else {}
                log.warning("an evaluation failed: %s", outcome.message, extra=_line(given, info, **trace))
                await self._settle(admitted, _end_of(outcome, info, begun), outcome.message)
                # The next attempt is an activity of its own then: it gets what this one leaves.
                left = {} if given.attempt is None else {"progress": pulse.progress.details}
                # No cause: what a library says may be larger than Temporal takes.
                raise ApplicationError(
                    outcome.message, {**said, **left}, type=outcome.code, non_retryable=outcome.is_final
                ) from None
            measures = outcome.measures if isinstance(outcome, Answered) else None
            answer = outcome_of(given, said, measures, pulse.progress.checkpoint)
            if _is_slow(info, begun):
                await self._settle(admitted, "failure", _slow_text(info))
            else:
                await self._settle(admitted, "success" if isinstance(outcome, Answered) else "ignored")
            details = activity.cancellation_details()
            if details is not None and details.cancel_requested:
                # Its trial was cancelled, or a late outcome has ended it.
                await _in_spite_of_cancellation(handover.tell_late(answer))
                raise asyncio.CancelledError("nobody waits for the trial any more")
            if await _in_spite_of_cancellation(handover.hand_over(answer)):
                activity.raise_complete_async()
            return answer

    @contextmanager
    def _watch(self, admitted: Settle, info: activity.Info) -> Iterator[None]:
        """An attempt that takes longer than it may fails its worker at that moment, though it never returns."""
        timeout = info.start_to_close_timeout
        if timeout is None:
            yield
            return
        loop = asyncio.get_running_loop()
        telling: list[asyncio.Task[None]] = []

        def fail() -> None:
            telling.append(loop.create_task(self._settle(admitted, "failure", _slow_text(info))))

        timer = loop.call_later(timeout.total_seconds(), fail)
        try:
            yield
        finally:
            timer.cancel()

    async def _settle(self, admitted: Settle, end: AttemptEnd, why: str = "") -> None:
        """Says how an attempt has ended; studies hear of it before the server does. Never fails."""
        news = admitted(end, why)
        if news is None:
            return
        if news.out is None:
            log.info("the worker takes trials again", extra={"fields": {"worker": self._worker}})
        else:
            text = "the worker is taken out after %s failures in a row, last: %s; it takes one trial at %s"
            fields = {"fields": {"worker": self._worker, **news.out}}
            log.warning(text, news.out["failures"], news.out["last"], news.out["until"], extra=fields)
        name = MENDED_SIGNAL if news.out is None else BROKEN_SIGNAL
        message = news.message(self._worker)
        # All at once: the attempt waits for them.
        await _in_spite_of_cancellation(asyncio.gather(*(self._tell(study, name, message) for study in news.studies)))

    async def _tell(self, study: str, name: str, message: dict[str, Any]) -> None:
        try:
            await self._client.get_workflow_handle(study).signal(name, message, rpc_timeout=_TELL)
        except RPCError as error:
            log.info("a study could not be told of its worker: %s", error, extra={"fields": {"study": study}})

    async def _run(self, given: TrialInput, info: activity.Info, pulse: Pulse) -> tuple[Outcome, dict[str, Any]]:
        """Runs the function until it ends.

        Returns:
            The outcome, and what goes with it: reports that were not delivered, and attributes.
        """
        before, spent = pulse.progress.reports, pulse.progress.spent
        reporter = Reporter(
            trial=given.trial,
            attempt=_attempt(given, info),
            reporting=given.reporting,
            before=before,
            now=time.monotonic,
        )
        study = Study(self._client, given.study, self._worker)
        from_thread = StudyFromThread(study, asyncio.get_running_loop())

        def failed(error: Exception) -> None:
            log.info("the study did not answer; its trial goes on: %s", error, extra=_line(given, info))

        in_loop = self._definition.runs_in == "loop"
        reports: Reports = AsyncAsking(reporter, study, failed) if in_loop else Asking(reporter, from_thread, failed)
        trial = Trial(
            params=given.params,
            seed=given.seed,
            study=given.study,
            number=given.trial,
            attempt=_attempt(given, info),
            progress=given.parent if pulse.progress.checkpoint is None else pulse.progress.checkpoint,
            remember=lambda checkpoint: pulse.remember(checkpoint, reporter.waiting),
            reports=reports,
            spend=Purse(spent, given.max_cost, pulse.pay).spend,
        )
        home = Home(
            remember=pulse.remember,
            pay=pulse.pay,
            study=from_thread,
            reporting=given.reporting,
            failed=failed,
            waiting=before,
            spent=spent,
            max_cost=given.max_cost,
        )
        outcome = await self._until_it_ends(trial, given.measures, home)
        is_away = self._definition.runs_in == "process"
        waiting = home.waiting if is_away else reporter.waiting
        attributes = home.attributes if is_away else trial.attributes
        reported = {} if waiting is None else {"reports": waiting}
        return outcome, {**reported, **({"attributes": attributes} if attributes else {})}

    async def _until_it_ends(self, trial: Trial, wanted: list[str], home: Home) -> Outcome:
        """Hands a cancellation on, and leaves what does not heed that of the end."""
        hooks = Hooks()
        running = asyncio.create_task(self._start(trial, wanted, home, hooks))
        patience: float | None = None
        while not running.done():
            try:
                await asyncio.wait([running], timeout=patience)
            except asyncio.CancelledError:
                trial.cancel()
                if hooks.cancel is not None:
                    hooks.cancel()
                if self._definition.runs_in == "loop":
                    running.cancel()
                details = activity.cancellation_details()
                is_ending = details is not None and details.worker_shutdown
                if is_ending:
                    patience = GIVE_BACK_S
                elif self._definition.runs_in == "process":
                    patience = _KILL_S
                continue
            if running.done():
                break
            if hooks.kill is None:
                self.has_left = True
                return Failed("evaluation-failed", "the worker ended before the evaluation did", is_final=False)
            hooks.kill()
            patience = None
        try:
            return running.result()
        except (Exception, asyncio.CancelledError) as error:
            return outcome_of_error(error)

    async def _start(self, trial: Trial, wanted: list[str], home: Home, hooks: Hooks) -> Outcome:
        function = self._definition.function
        if self._definition.runs_in == "loop":
            return await call_async(function, trial, wanted)
        if self._definition.runs_in == "process":
            return await self._processes.run(self._definition, trial, wanted, home, hooks)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, call, function, trial, wanted)

    async def _is_outlived(self, info: activity.Info) -> bool:
        """Whether another attempt has the trial before this one has begun; asks the server where the attempt is old.

        A worker that was stopped with a trial that it had been given begins when it comes back.
        """
        timeout = info.heartbeat_timeout
        age = datetime.now(timezone.utc) - info.current_attempt_scheduled_time
        if not timeout or age <= timeout * DOUBT:
            return False
        return await self._is_taken(info, *info.heartbeat_details)

    async def _is_taken(self, info: activity.Info, *details: Any) -> bool:
        """Asks the server whether the trial was given to another attempt. Who is not answered goes on."""
        handle = self._client.get_async_activity_handle(task_token=info.task_token)
        with suppress(AsyncActivityCancelledError):
            try:
                await handle.heartbeat(*details)
            except RPCError as error:
                return error.status == RPCStatusCode.NOT_FOUND
        return False


def _attempt(given: TrialInput, info: activity.Info) -> int:
    return info.attempt if given.attempt is None else given.attempt


def _line(given: TrialInput, info: activity.Info, **more: object) -> dict[str, object]:
    return {"fields": {"study": given.study, "trial": given.trial, "attempt": _attempt(given, info), **more}}


def _has_thrown(outcome: Outcome) -> bool:
    details = activity.cancellation_details()
    is_ending = details is not None and details.worker_shutdown
    return isinstance(outcome, Failed) and outcome.code == "evaluation-failed" and not is_ending


def _is_slow(info: activity.Info, begun: float) -> bool:
    timeout = info.start_to_close_timeout
    return timeout is not None and time.monotonic() - begun >= timeout.total_seconds()


def _slow_text(info: activity.Info) -> str:
    seconds = 0.0 if info.start_to_close_timeout is None else info.start_to_close_timeout.total_seconds()
    return f"it took longer than {seconds * 1_000:.0f} ms"


def _end_of(failed: Failed, info: activity.Info, begun: float) -> AttemptEnd:
    """What a failure says of the worker: a refusal of the evaluator is none of it."""
    if _is_slow(info, begun) or failed.code == "invalid-message":
        return "failure"
    return "failure" if failed.code == "evaluation-failed" and not failed.is_final else "ignored"


async def _in_spite_of_cancellation(doing: Awaitable[T]) -> T:
    task = asyncio.ensure_future(doing)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    return task.result()
