"""The same promises as test/unit/domain/optimisation/worker-breaker.test.ts."""

import asyncio
from functools import reduce

import pytest

from mabeam._breaker import CLOSED, AttemptEnd, Breaker, BreakRule, Guard, after_attempt, after_rest

RULE = BreakRule(break_after=3, cool_down_s=60, cool_down_s_max=200)


def after(ends: list[AttemptEnd], rule: BreakRule = RULE) -> Breaker:
    """A worker after attempts that ended at 0, 1, 2 …"""
    return reduce(lambda breaker, end: after_attempt(rule, breaker, end[1], end[0]), enumerate(ends), CLOSED)


@pytest.mark.parametrize(
    ("ends", "breaker"),
    [
        (["failure", "failure"], Breaker(failures=2)),
        (["failure", "failure", "success", "failure"], Breaker(failures=1)),
        (["failure", "ignored", "failure", "ignored", "failure"], Breaker("open", 3, 4, 64)),
        (["failure", "failure", "failure", "success", "failure"], Breaker("open", 3, 2, 62)),
    ],
)
def test_failures_in_a_row_take_a_worker_out(ends: list[AttemptEnd], breaker: Breaker) -> None:
    assert after(ends) == breaker


def test_it_is_never_taken_out_when_it_is_told_so() -> None:
    assert after(["failure"] * 50, BreakRule(break_after=0)) == Breaker(failures=50)


def test_it_rests_takes_one_trial_and_rests_twice_as_long_after_each_failure() -> None:
    breaker = after(["failure"] * 3)
    rests = []
    for _ in range(4):
        assert after_rest(breaker, breaker.until - 1) is breaker
        now = breaker.until
        probing = after_rest(breaker, now)
        assert probing.kind == "half-open"
        assert after_attempt(RULE, probing, "ignored", now) is probing
        breaker = after_attempt(RULE, probing, "failure", now)
        rests.append(breaker.until - now)
    assert rests == [120, 200, 200, 200]
    assert (breaker.failures, breaker.since, breaker.rests) == (7, 2, 4)
    assert after_attempt(RULE, after_rest(breaker, 1e9), "success", 1e9) == CLOSED


def test_its_guard_tells_the_studies_and_gives_trials_back_while_it_is_out() -> None:
    async def story() -> None:
        now = 1.0
        guard = Guard(RULE, lambda: now)
        slow, first, second, third = (guard.admit(study) for study in ("slow", "a", "b", "a"))
        assert slow is not None
        assert first is not None
        assert second is not None
        assert third is not None
        assert first("failure", "one") is None
        assert second("failure", "two") is None
        changed = asyncio.create_task(guard.changed())
        await asyncio.sleep(0)
        news = third("failure", "three")
        assert news is not None
        assert news.studies == ["b", "a"]
        assert news.message("w")["args"] == {
            "worker": "w",
            "since": "1970-01-01T00:00:01.000Z",
            "failures": 3,
            "last": "three",
            "until": "1970-01-01T00:01:01.000Z",
        }
        await changed
        assert guard.admit("a") is None
        # what was begun before counts no more
        assert slow("success", "") is None
        now = 61.0
        guard.rested()
        probe = guard.admit("c")
        assert probe
        back = probe("success", "")
        assert back is not None
        assert (back.studies, back.out) == (["b", "a"], None)
        assert guard.breaker == CLOSED

    asyncio.run(story())
