"""Calling a user's function, whatever it does."""

import inspect
from collections.abc import Callable
from typing import Any

from mabeam._outcome import Outcome, outcome_of_error, read_answer
from mabeam._trial import Trial


def call(function: Callable[[Trial], Any], trial: Trial, wanted: list[str]) -> Outcome:
    """Calls a function here and now. Raises nothing: a function that ends the program fails the trial."""
    try:
        return read_answer(function(trial), wanted)
    except BaseException as error:
        return outcome_of_error(error)


async def call_async(function: Callable[[Trial], Any], trial: Trial, wanted: list[str]) -> Outcome:
    """Calls a function in the event loop; to cancel the task cancels what the function waits for."""
    try:
        answer = function(trial)
        return read_answer(await answer if inspect.isawaitable(answer) else answer, wanted)
    except BaseException as error:
        return outcome_of_error(error)
