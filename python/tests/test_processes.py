import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sample

from mabeam import Trial
from mabeam._contract import Reporting
from mabeam._definition import Definition, definition_of
from mabeam._outcome import Answered, Ended, Failed, Outcome
from mabeam._processes import Home, Hooks, ProcessPool


def named(function: object) -> Definition:
    found = definition_of(function)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPool]:
    pool = ProcessPool(2)
    yield pool
    pool.close()


class Study:
    """Answers what it is told to, and writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def deliver(self, delivery: dict[str, Any]) -> None:
        self.heard.append(delivery)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self.heard.append(question)
        if question["reports"]["steps"] == [0]:
            raise ConnectionError("the server is down")
        return {"stop": True}


def home(study: Study | None = None) -> Home:
    return Home(
        remember=lambda _progress, _reports: None,
        pay=lambda _spent: None,
        study=study or Study(),
        reporting=None,
        failed=lambda _error: None,
        waiting=None,
    )


def run(pool: ProcessPool, trial: Trial, at: Home | None = None) -> Outcome:
    return asyncio.run(pool.run(named(sample.odd), trial, ["loss"], at or home(), Hooks()))


def test_an_evaluation_runs_in_a_process_that_is_used_again(pool: ProcessPool) -> None:
    def outcome() -> Any:
        return asyncio.run(pool.run(named(sample.wrapped), Trial(params={"x": 2}), ["loss"], home(), Hooks()))

    first = outcome()
    assert isinstance(first, Answered)
    assert first.measures["loss"] == 4.0
    assert first.measures["process"] != 2 * os.getpid()
    assert outcome() == first


def test_checkpoints_come_back_while_it_runs_and_the_last_attempts_one_goes_in(pool: ProcessPool) -> None:
    delivered: list[Any] = []
    at = replace(home(), remember=lambda progress, reports: delivered.append((progress, reports)))
    trial = Trial(params={"does": "checkpoints"}, progress={"step": 40})
    assert run(pool, trial, at) == Answered({"loss": 43.0})
    assert delivered == [({"step": 0}, None), ({"step": 1}, None), ({"step": 2}, None)]


def test_what_a_process_spends_is_added_to_what_earlier_attempts_have_spent(pool: ProcessPool) -> None:
    paid: list[float] = []
    at = replace(home(), pay=paid.append, spent=2.0, max_cost=5.0)
    assert run(pool, Trial(params={"does": "spends"}), at) == Answered({"loss": 1.0})
    assert at.attributes == {"paid": True}
    assert paid == [2.5, 4.0]


def test_reports_and_questions_of_a_process_reach_the_study_and_its_failures_harm_nobody(pool: ProcessPool) -> None:
    study, failures = Study(), list[Exception]()
    at = replace(home(study), reporting=Reporting(0.0, 100, None), failed=failures.append)
    assert run(pool, Trial(params={"does": "reports"}, number=3, attempt=2), at) == Ended()
    values = [1.0, 0.5]
    asked = [{"steps": list(range(n)), "values": values[:n]} for n in (1, 2)]
    about = {"trial": 3, "attempt": 2}
    assert study.heard == [{**about, "reports": each, "fresh": n} for n, each in enumerate(asked, 1)]
    assert [str(each) for each in failures] == ["the server is down"]
    assert at.waiting == asked[1]


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
        running = asyncio.create_task(
            pool.run(named(sample.odd), Trial(params={"does": does}), ["loss"], home(), hooks)
        )
        while hooks.cancel is None or hooks.kill is None:  # noqa: ASYNC110 - a record has no event
            await asyncio.sleep(0.005)
        (hooks.cancel if does == "waits" else hooks.kill)()
        return await running

    waits, hangs = asyncio.run(ended("waits")), asyncio.run(ended("hangs"))
    assert isinstance(waits, Failed)
    assert waits.message == "the evaluation was cancelled"
    assert isinstance(hangs, Failed)
    assert hangs.message == "the process of the evaluation ended (killed by SIGKILL)"
