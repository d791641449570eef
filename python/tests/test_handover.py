"""How an outcome leaves its worker."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from mabeam import _handover
from mabeam._handover import Handover, WaitingOutcomes

ANSWER = {"trial": 3, "attempt": 2, "worker": "w", "measures": {"loss": 1.0}}
AWAY, GONE, WRONG = RPCStatusCode.UNAVAILABLE, RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT


class Server:
    """Stands in the place of a client: answers calls as it is told to, the last answer for ever."""

    def __init__(self, completions: list[RPCStatusCode | None], signals: list[RPCStatusCode | None]) -> None:
        self.calls: list[str] = []
        self.told: list[Mapping[str, Any]] = []
        self._answers = {"complete": completions, "signal": signals}

    def get_async_activity_handle(self, **_of: bytes) -> "Server":
        return self

    def get_workflow_handle(self, _study: str) -> "Server":
        return self

    async def complete(self, _answer: Mapping[str, Any], **_how: object) -> None:
        self._call("complete")

    async def signal(self, _name: str, message: Mapping[str, Any], **_how: object) -> None:
        self._call("signal")
        self.told.append(message)

    async def query(self, _name: str, _question: Mapping[str, Any], **_how: object) -> None:
        self.calls.append("query")

    def _call(self, name: str) -> None:
        self.calls.append(name)
        answers = self._answers[name]
        status = answers.pop(0) if len(answers) > 1 else answers[0]
        if status is not None:
            raise RPCError("no", status, b"")


@pytest.mark.parametrize(
    ("completions", "signals", "calls", "is_heard"),
    [
        ([None], [None], ["complete"], True),
        ([AWAY, AWAY, None], [None], ["complete", "complete", "complete"], True),
        ([AWAY, GONE], [AWAY, None], ["complete", "complete", "signal", "signal", "query"], True),
        ([GONE], [GONE], ["complete", "signal"], True),
        ([WRONG], [None], ["complete"], False),
    ],
)
def test_an_outcome_waits_for_its_server_and_goes_to_its_study_when_its_attempt_is_gone(
    monkeypatch: pytest.MonkeyPatch,
    completions: list[RPCStatusCode | None],
    signals: list[RPCStatusCode | None],
    calls: list[str],
    is_heard: bool,
) -> None:
    monkeypatch.setattr(_handover, "_AGAIN_S", 0.001)
    server = Server(list(completions), list(signals))

    async def attempt() -> bool:
        handover = Handover(cast("Client", server), activity.info(), "lab:study:s", WaitingOutcomes(), {})
        return await handover.hand_over(ANSWER)

    assert asyncio.run(ActivityEnvironment().run(attempt)) is is_heard
    assert server.calls == calls
    run = ActivityEnvironment().info.workflow_run_id
    expected = {"id": "late/3/2", "args": {**ANSWER, "run": run}, "sender": "w"}
    assert server.told == ([expected] if "signal" in calls and signals[-1] is None else [])


def test_the_next_attempt_answers_with_what_waits_and_whatever_waits_is_told_at_once() -> None:
    info = ActivityEnvironment().info

    async def story() -> None:
        outcomes = WaitingOutcomes()
        with outcomes.keep(info, ANSWER):
            resting = asyncio.create_task(outcomes.rest(60))
            await asyncio.sleep(0)
            assert outcomes.begins(info, 1) is None
            await resting
            assert outcomes.begins(info, 3) is ANSWER
            assert outcomes.begins(replace(info, workflow_run_id="another"), 3) is None
        assert outcomes.begins(info, 3) is None
        # What ended early may go on elsewhere.
        with outcomes.keep(info, {**ANSWER, "pruned": True}):
            assert outcomes.begins(info, 3) is None

    asyncio.run(story())
