import asyncio
from fractions import Fraction
from typing import Any

import pytest

from mabeam import Cancelled, Trial, refuse
from mabeam._call import call, call_async
from mabeam._outcome import Answered, Failed, outcome_of_error, read_answer


@pytest.mark.parametrize(
    ("answer", "measures"),
    [
        ({"loss": 0.5}, {"loss": 0.5}),
        ({"loss": 1, "size": 2**40}, {"loss": 1.0, "size": float(2**40)}),
        ({"loss": Fraction(1, 4)}, {"loss": 0.25}),
    ],
)
def test_finite_numbers_by_name_are_measures(answer: object, measures: dict[str, float]) -> None:
    assert read_answer(answer, ["loss"]) == Answered(measures)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"loss": float("nan")}, "the measure loss is a finite number; got NaN"),
        ({"loss": float("inf")}, "the measure loss is a finite number; got Infinity"),
        ({"loss": -float("inf")}, "the measure loss is a finite number; got -Infinity"),
        ({"loss": 10**400}, "the measure loss is a finite number; got 1000"),
        ({"loss": "0.5"}, 'the measure loss is a finite number; got "0.5"'),
        ({"loss": True}, "the measure loss is a finite number; got true"),
        ({"loss": None}, "the measure loss is a finite number; got null"),
        ({"loss": [0.5]}, "the measure loss is a finite number; got [0.5]"),
        ({"loss": 0.5, "more": float("nan")}, "the measure more is a finite number; got NaN"),
        ({"los": 0.5}, "the measure loss is missing; got los"),
        ({}, "the measure loss is missing; got none"),
        (0.5, "an outcome has measures by name; got 0.5"),
        (None, "an outcome has measures by name; got null"),
        ([("loss", 0.5)], 'an outcome has measures by name; got [["loss", 0.5]]'),
        ({1: 0.5}, 'an outcome has measures by name; got {"1": 0.5}'),
        ({f"m{n}": 0.0 for n in range(101)}, "at most 100 measures; got 101"),
    ],
)
def test_what_is_no_measure_ends_the_trial_and_is_told(answer: object, message: str) -> None:
    read = read_answer(answer, ["loss"])
    assert isinstance(read, Failed)
    assert (read.code, read.is_final) == ("invalid-message", True)
    assert read.message.startswith(message)


def test_numbers_of_numpy_are_measures_and_its_arrays_are_none() -> None:
    np = pytest.importorskip("numpy")
    assert read_answer({"loss": np.float32(0.5), "size": np.int64(3)}, []) == Answered({"loss": 0.5, "size": 3.0})
    for value in (np.bool_(True), np.array([0.5]), np.float64("nan")):
        assert isinstance(read_answer({"loss": value}, []), Failed)


def test_a_refusal_is_final_and_keeps_its_code() -> None:
    assert read_answer(refuse("too large", "constraint-broken"), ["loss"]) == Failed(
        "constraint-broken", "too large", is_final=True
    )


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyError("x"), "KeyError: 'x'"),
        (SystemExit(3), "SystemExit: 3"),
        (MemoryError(), "MemoryError"),
        (UnspeakableError(), "UnspeakableError"),
        (Cancelled("7"), "the evaluation was cancelled"),
    ],
)
def test_whatever_is_raised_fails_the_attempt_and_may_be_tried_again(error: BaseException, message: str) -> None:
    def function(trial: Trial) -> Any:
        raise error

    async def coroutine(trial: Trial) -> Any:
        raise error

    trial = Trial(params={})
    for outcome in (call(function, trial, []), asyncio.run(call_async(coroutine, trial, []))):
        assert isinstance(outcome, Failed)
        assert (outcome.code, outcome.message, outcome.is_final) == ("evaluation-failed", message, False)


def test_a_message_is_bounded() -> None:
    failed = outcome_of_error(ValueError("x" * 10_000))
    assert isinstance(failed, Failed)
    assert len(failed.message) == 2_000
