import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest
import sample

from mabeam import Trial
from mabeam._definition import Definition, definition_of
from mabeam._outcome import Answered, Failed, Outcome
from mabeam._processes import Hooks, ProcessPool


def named(function: object) -> Definition:
    found = definition_of(function)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPool]:
    pool = ProcessPool(2)
    yield pool
    pool.close()


def run(pool: ProcessPool, trial: Trial, hooks: Hooks | None = None) -> Outcome:
    return asyncio.run(pool.run(named(sample.odd), trial, ["loss"], hooks or Hooks()))


def test_an_evaluation_runs_in_a_process_that_is_used_again(pool: ProcessPool) -> None:
    def outcome() -> Any:
        return asyncio.run(pool.run(named(sample.wrapped), Trial(params={"x": 2}), ["loss"], Hooks()))

    first = outcome()
    assert isinstance(first, Answered)
    assert first.measures["loss"] == 4.0
    assert first.measures["process"] != 2 * os.getpid()
    assert outcome() == first


def test_checkpoints_come_back_while_it_runs_and_the_last_attempts_one_goes_in(pool: ProcessPool) -> None:
    delivered: list[Any] = []
    trial = Trial(params={"does": "checkpoints"}, progress={"step": 40}, remember=delivered.append)
    assert run(pool, trial) == Answered({"loss": 43.0})
    assert delivered == [{"step": 0}, {"step": 1}, {"step": 2}]


@pytest.mark.parametrize(
    ("does", "code", "message"),
    [
        ("dies", "evaluation-failed", "the process of the evaluation ended (killed by SIGKILL)"),
        ("exits", "evaluation-failed", "SystemExit: 3"),
        ("raises", "evaluation-failed", "ValueError: odd"),
        ("refuses", "constraint-broken", "too odd"),
        ("nan", "invalid-message", "the measure loss is a finite number; got NaN"),
    ],
)
def test_what_happens_in_a_process_is_told_and_harms_no_other(
    pool: ProcessPool, does: str, code: str, message: str
) -> None:
    outcome = run(pool, Trial(params={"does": does}))
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.message) == (code, message)


def test_an_evaluation_is_cancelled_or_killed(pool: ProcessPool) -> None:
    async def ended(does: str) -> Outcome:
        hooks = Hooks()
        running = asyncio.create_task(pool.run(named(sample.odd), Trial(params={"does": does}), ["loss"], hooks))
        while hooks.cancel is None or hooks.kill is None:  # noqa: ASYNC110 - a record has no event
            await asyncio.sleep(0.005)
        (hooks.cancel if does == "waits" else hooks.kill)()
        return await running

    waits, hangs = asyncio.run(ended("waits")), asyncio.run(ended("hangs"))
    assert isinstance(waits, Failed)
    assert waits.message == "the evaluation was cancelled"
    assert isinstance(hangs, Failed)
    assert hangs.message == "the process of the evaluation ended (killed by SIGKILL)"
