"""The same promises as test/unit/activities/evaluator-reports.test.ts."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from mabeam import Pruned, Trial
from mabeam._call import call
from mabeam._contract import Reporting
from mabeam._outcome import Ended
from mabeam._reporter import Asking, AsyncAsking, Reporter


class Table:
    """The clock, and a study that answers as it is told."""

    def __init__(self, reporting: Reporting | None, before: dict[str, Any] | None = None) -> None:
        self.now = 0.0
        self.is_down = False
        self.delivered: list[dict[str, Any]] = []
        self.asked: list[int] = []
        self.failures: list[Exception] = []
        self.answers: Callable[[dict[str, Any]], dict[str, Any]] = lambda _question: {"stop": False}
        self.reporter = Reporter(trial=1, attempt=1, reporting=reporting, before=before, now=lambda: self.now)
        self.asking = Asking(self.reporter, self, self.failures.append)

    def deliver(self, delivery: dict[str, Any]) -> None:
        if self.is_down:
            raise ConnectionError("the server is down")
        self.delivered.append(delivery["reports"])

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(question["fresh"])
        if self.is_down:
            raise ConnectionError("the server is down")
        return self.answers(question)


def test_without_a_pruner_nothing_is_asked_and_what_is_reported_goes_with_the_outcome() -> None:
    at = Table(None)
    at.now = 60
    at.asking.report(0, 1)
    assert not at.asking.should_stop()
    assert (at.asked, at.delivered, at.reporter.waiting) == ([], [], {"steps": [0], "values": [1.0]})


def test_a_trial_asks_once_in_a_second_at_most_and_only_when_it_has_something_to_tell() -> None:
    at = Table(Reporting(1.0, 100, None))
    at.answers = lambda question: {"stop": question["reports"]["values"][-1] > 15}
    for step in range(30):
        at.now = (step + 1) / 10
        at.asking.report(step, step)
        assert at.asking.should_stop() == (at.now >= 2)
    assert at.asked == [10, 10, 10]
    at.now += 10
    at.asking.should_stop()
    assert len(at.asked) == 3
    assert at.delivered == []


def test_what_reaches_a_rung_is_delivered_at_once_with_all_before_it() -> None:
    at = Table(Reporting(1_000.0, 100, 4))
    at.answers = lambda _question: {"stop": True, "rung": 16}
    for step in range(4):
        at.asking.report(step, step)
        assert not at.asking.should_stop()
    assert at.delivered == []
    at.asking.report(4, float("nan"))
    assert at.asking.should_stop()
    assert at.delivered == [{"steps": [0, 1, 2, 3, 4], "values": [0.0, 1.0, 2.0, 3.0, "NaN"]}]
    assert at.reporter.waiting is None


def test_a_rung_that_could_not_be_delivered_goes_with_the_next_question() -> None:
    at = Table(Reporting(1.0, 100, 4))
    at.is_down = True
    for step in range(30):
        at.now = (step + 1) / 10
        at.asking.report(step, 1)
        assert not at.asking.should_stop()
    assert len(at.failures) == 3
    at.is_down = False
    at.now += 1
    at.asking.should_stop()
    assert [each["steps"] for each in at.delivered] == [list(range(30))]


def test_of_too_many_reports_some_between_rungs_are_left_out_and_counted() -> None:
    at = Table(Reporting(1_000_000.0, 20, 5))
    at.is_down = True
    for step in range(200):
        at.asking.report(step, step)
        if step == 5:
            at.asking.should_stop()
    waiting = at.reporter.waiting
    assert waiting is not None
    assert len(waiting["steps"]) + waiting["thinned"] == 200
    assert 5 in waiting["steps"]
    assert waiting["steps"][-1] == 199


def test_an_attempt_goes_on_behind_what_the_one_before_had_reported() -> None:
    at = Table(Reporting(1_000.0, 100, 4), {"steps": [2, 3], "values": [2.0, 3.0]})
    at.asking.report(3, 99)
    at.asking.report(4, 4)
    at.asking.should_stop()
    assert at.delivered == [{"steps": [2, 3, 4], "values": [2.0, 3.0, 4.0]}]


def test_between_rungs_it_delivers_ever_more_seldom() -> None:
    at = Table(Reporting(1.0, 1_000, None))
    for second in range(10, 3_610, 10):
        at.now = float(second)
        at.asking.report(second, 1)
        at.asking.should_stop()
    assert [each["steps"][-1] for each in at.delivered] == [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560]


@pytest.mark.parametrize(
    ("step", "value", "error"),
    [(-1, 0, ValueError), (0.5, 0, ValueError), (True, 0, ValueError), (0, "much", TypeError), (0, True, TypeError)],
)
def test_what_is_no_report_is_refused(step: Any, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="a report has"):
        Table(None).asking.report(step, value)


def test_in_the_event_loop_it_is_awaited() -> None:
    at = Table(Reporting(1.0, 100, None))

    class Study:
        async def deliver(self, delivery: dict[str, Any]) -> None:
            at.deliver(delivery)

        async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
            await asyncio.sleep(0)
            at.asked.append(question["fresh"])
            return {"stop": True}

    async def ask_twice() -> list[bool]:
        asking = AsyncAsking(at.reporter, Study(), at.failures.append)
        trial = Trial(params={}, reports=asking)
        trial.report(0, 1.0)
        at.now = 1.0
        with pytest.raises(RuntimeError, match="should_stop_async"):
            trial.should_stop()
        return list(await asyncio.gather(trial.should_stop_async(), trial.should_stop_async()))

    assert asyncio.run(ask_twice()) == [True, True]
    assert at.asked == [1]
    assert at.failures == []


def test_a_function_that_raises_pruned_has_ended_early_and_a_trial_of_a_test_never_stops() -> None:
    def function(trial: Trial) -> dict[str, float]:
        trial.report(0, 1.0)
        if not trial.should_stop():
            raise Pruned
        return {"loss": 1.0}

    assert call(function, Trial(params={}), ["loss"]) == Ended()
