"""The study of a trial, as its worker reaches it."""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio.client import Client

from mabeam._contract import REPORTED_SIGNAL, SHOULD_STOP_QUERY, ContractError, reports_message
from mabeam._show import show

# The study answers from its memory; a question that takes longer counts as not answered.
_QUESTION = timedelta(seconds=5)
# For the way into the event loop and back.
_PATIENCE_S = 2 * _QUESTION.total_seconds()


class Study:
    """From the event loop, over the worker's own connection."""

    def __init__(self, client: Client, workflow_id: str, worker: str) -> None:
        """Does nothing yet."""
        self._handle = client.get_workflow_handle(workflow_id)
        self._worker = worker

    async def deliver(self, delivery: dict[str, Any]) -> None:
        """Brings reports. Safe to repeat."""
        message = reports_message(delivery, self._worker)
        await self._handle.signal(REPORTED_SIGNAL, message, rpc_timeout=_QUESTION)

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Asks whether the attempt should stop."""
        answer: object = await self._handle.query(SHOULD_STOP_QUERY, question, rpc_timeout=_QUESTION)
        if not isinstance(answer, dict) or not isinstance(answer.get("stop"), bool):
            raise ContractError(f"a study answers whether to stop; got {show(answer)}")
        return answer


class StudyFromThread:
    """The same from any other thread."""

    def __init__(self, study: Study, loop: asyncio.AbstractEventLoop) -> None:
        """Does nothing yet."""
        self._study = study
        self._loop = loop

    def deliver(self, delivery: dict[str, Any]) -> None:
        """Brings reports. Safe to repeat."""
        asyncio.run_coroutine_threadsafe(self._study.deliver(delivery), self._loop).result(_PATIENCE_S)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Asks whether the attempt should stop."""
        return asyncio.run_coroutine_threadsafe(self._study.ask(question), self._loop).result(_PATIENCE_S)
