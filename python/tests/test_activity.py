"""What an attempt says of its worker."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from mabeam import Trial, evaluator
from mabeam._activity import Evaluating
from mabeam._breaker import BreakRule, Guard
from mabeam._definition import definition_of


@evaluator("broken", runs_in="thread")
def broken(trial: Trial) -> dict[str, float]:
    """Never answers."""
    raise OSError("no space left on the disk")


class Studies:
    """Stand in the place of a client; each answers when all have been told, and is too late after a second."""

    def __init__(self, count: int) -> None:
        """So many are to be told."""
        self.told: list[str] = []
        self.answered: list[str] = []
        self._count = count
        self._all = asyncio.Event()

    def get_workflow_handle(self, study: str) -> "Handle":
        """The study of that name."""
        return Handle(self, study)

    async def answer(self, study: str) -> None:
        """Answers, or is too late."""
        self.told.append(study)
        if len(self.told) == self._count:
            self._all.set()
        try:
            await asyncio.wait_for(self._all.wait(), 1)
        except asyncio.TimeoutError:
            raise RPCError("too late", RPCStatusCode.DEADLINE_EXCEEDED, b"") from None
        self.answered.append(study)


class Handle:
    """One of them."""

    def __init__(self, studies: Studies, study: str) -> None:
        """Among the others."""
        self._studies, self._study = studies, study

    async def signal(self, _name: str, _message: Mapping[str, Any], **_how: object) -> None:
        """Is told something."""
        await self._studies.answer(self._study)


def test_the_studies_of_a_worker_that_is_taken_out_are_told_at_once_not_one_after_the_other() -> None:
    async def story() -> None:
        studies = Studies(3)
        guard = Guard(BreakRule(break_after=3))
        definition = definition_of(broken)
        assert definition is not None
        evaluating = Evaluating(definition, cast("Client", studies), "w", 1, guard)
        for name in ("a", "b", "c"):
            given: dict[str, Any] = {"study": name, "trial": 1, "configuration": {}, "seed": 1, "measures": ["loss"]}
            with pytest.raises(ApplicationError, match="no space left"):
                await ActivityEnvironment().run(evaluating.evaluate, given)
        evaluating.close()
        assert guard.breaker.kind == "open"
        assert (studies.told, sorted(studies.answered)) == (["a", "b", "c"], ["a", "b", "c"])

    asyncio.run(story())
