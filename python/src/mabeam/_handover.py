"""How an outcome leaves its worker: activities/evaluator-handover.ts, in Python."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Literal

from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from mabeam._contract import LATE_SIGNAL, SHOULD_STOP_QUERY, late_message

log = logging.getLogger("mabeam")

# A server that takes longer to answer is asked again.
_ANSWER = timedelta(seconds=5)
# Between two calls of a server that does not answer: at first, and at most.
_AGAIN_S = 0.2
_AGAIN_S_MAX = 1.0
# What may pass.
_PASSING = {
    RPCStatusCode.CANCELLED,
    RPCStatusCode.UNKNOWN,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.ABORTED,
    RPCStatusCode.INTERNAL,
    RPCStatusCode.UNAVAILABLE,
}

# What a call came to: done, nobody has what was called any more, refused, or no answer yet.
Called = Literal["done", "gone", "refused", "unheard"]


class WaitingOutcomes:
    """Outcomes of one worker that nobody has taken yet, each in its activity: never more than the worker has slots."""

    def __init__(self) -> None:
        self._waiting: dict[str, Mapping[str, Any]] = {}
        self._resting: set[asyncio.Future[None]] = set()

    @contextmanager
    def keep(self, info: activity.Info, answer: Mapping[str, Any]) -> Iterator[None]:
        """Keeps an outcome for as long as it is handed over."""
        key = _key(info, answer["trial"])
        self._waiting[key] = answer
        try:
            yield
        finally:
            if self._waiting.get(key) is answer:
                del self._waiting[key]

    async def rest(self, seconds: float) -> None:
        """Waits so long, or until an attempt begins: the server is there again."""
        woken = asyncio.get_running_loop().create_future()
        self._resting.add(woken)
        try:
            await asyncio.wait([woken], timeout=seconds)
        finally:
            self._resting.discard(woken)

    def begins(self, info: activity.Info, trial: int) -> Mapping[str, Any] | None:
        """An attempt begins.

        Returns:
            What an earlier attempt at the trial has found and nobody has taken: then it is not evaluated again. Not one
            that ended early: it may go on from there where trials are promoted.
        """
        for woken in self._resting:
            if not woken.done():
                woken.set_result(None)
        found = self._waiting.get(_key(info, trial))
        return None if found is None or found.get("pruned") is True else found


def _key(info: activity.Info, trial: int) -> str:
    """The same for all attempts of a trial in one run of its study."""
    return f"{info.workflow_id}/{info.workflow_run_id}/{trial}"


class Handover:
    """Hands the outcome of one attempt over, in spite of a server that is away."""

    def __init__(
        self, client: Client, info: activity.Info, study: str, outcomes: WaitingOutcomes, line: dict[str, object]
    ) -> None:
        """Does nothing yet.

        Args:
            client: Of the worker.
            info: Of the attempt.
            study: Its workflow id.
            outcomes: Of the worker.
            line: What the log says beside the words.
        """
        self._client = client
        self._outcomes = outcomes
        self._info = info
        self._study = study
        self._line = line

    async def hand_over(self, answer: Mapping[str, Any]) -> bool:
        """Returns when somebody has the outcome.

        While the server cannot be reached the outcome waits in its activity, whose slot it keeps: a worker holds as
        many as it has slots, and is given no trial meanwhile. An attempt that the server gave up until then is told to
        the study; the next attempt at its trial in this worker answers with it. Repeating is safe: a completion counts
        once, and the study knows what it was told by trial and attempt.

        Returns:
            False when the server refuses the completion, or did not answer until the worker ended: the outcome may go
            the ordinary way then, through the worker's core, which tries for some seconds and drops it.
        """
        with self._outcomes.keep(self._info, answer):
            return await self._until_taken(answer)

    async def _until_taken(self, answer: Mapping[str, Any]) -> bool:
        details = activity.cancellation_details()
        is_known = details is not None and details.not_found
        called: Called = "gone"
        if not is_known:
            text = "the server cannot be reached; the outcome waits here"
            called = await self._until_heard(lambda: self._complete(answer), text)
        if called == "done":
            return True
        if called == "gone":
            await self.tell_late(answer)
            return True
        if called == "unheard":
            text = "the server did not answer until the worker ended; the outcome may be lost"
            log.warning(text, extra=self._line)
        return False

    async def tell_late(self, answer: Mapping[str, Any]) -> None:
        """Tells the study an outcome that nobody waits for: it ends the trial if no other has, else it is evidence."""
        text = "the attempt was given up; its outcome waits here for the server"
        called = await self._until_heard(lambda: self._tell(answer), text)
        words = {
            "done": "the attempt was given up; its outcome was handed over to the study",
            "gone": "the study has ended; the late outcome is dropped",
            "refused": "the study cannot be told; the late outcome is dropped",
            "unheard": "the server did not answer until the worker ended; the late outcome is dropped",
        }
        log.info(words[called], extra=self._line)

    async def _until_heard(self, call: Callable[[], Awaitable[None]], waiting: str) -> Called:
        again_s = _AGAIN_S
        while True:
            called = await _outcome_of(call)
            details = activity.cancellation_details()
            if called != "unheard" or (details is not None and details.worker_shutdown):
                return called
            if again_s == _AGAIN_S:
                log.info(waiting, extra=self._line)
            await self._outcomes.rest(again_s)
            again_s = min(_AGAIN_S_MAX, again_s * 2)

    async def _complete(self, answer: Mapping[str, Any]) -> None:
        handle = self._client.get_async_activity_handle(task_token=self._info.task_token)
        await handle.complete(dict(answer), rpc_timeout=_ANSWER)

    async def _tell(self, answer: Mapping[str, Any]) -> None:
        message = late_message(answer, self._info.workflow_run_id)
        handle = self._client.get_workflow_handle(self._study)
        await handle.signal(LATE_SIGNAL, message, rpc_timeout=_ANSWER)
        # The study has read it when it answers: from then on nobody is given the trial.
        none: dict[str, Any] = {"steps": [], "values": []}
        question = {"trial": answer["trial"], "attempt": answer["attempt"], "reports": none, "fresh": 0}
        with suppress(Exception):
            await handle.query(SHOULD_STOP_QUERY, question, rpc_timeout=_ANSWER)


async def _outcome_of(call: Callable[[], Awaitable[None]]) -> Called:
    try:
        await call()
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return "gone"
        is_too_large = "larger than max" in str(error)
        return "unheard" if error.status in _PASSING and not is_too_large else "refused"
    except Exception:
        # What the worker refuses to send: its core says so to the server.
        return "refused"
    return "done"
