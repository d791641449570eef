"""The decorator that makes a function an evaluator."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from mabeam._outcome import Refusal
from mabeam._show import show
from mabeam._trial import Trial

Place = Literal["thread", "process"]
Answer = Mapping[str, Any] | Refusal
Evaluate = Callable[[Trial], Answer | Awaitable[Answer]]
F = TypeVar("F", bound=Evaluate)

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}\Z")
NAME_RULE = '1 to 100 of a-z, 0-9, ".", "_", "-", beginning with a letter or a digit'
_MARK = "__mabeam_evaluator__"


@dataclass(frozen=True)
class Definition:
    """A function under the name that studies ask for."""

    name: str
    function: Callable[[Trial], Any]
    runs_in: Literal["thread", "process", "loop"]


def evaluator(name: str, *, runs_in: Place | None = None) -> Callable[[F], F]:
    """Makes a function an evaluator; the function itself stays what it is, and can be called by a test.

    A ``def`` runs in a thread, or with ``runs_in="process"`` in a process of a pool, which is what code needs that
    computes in Python for long; an ``async def`` runs in the event loop, and must let it turn. An evaluation may run
    again when its worker is lost or it raises, so it should not do what cannot be done twice.

    Args:
        name: What studies ask for: 1 to 100 of a-z, 0-9, ".", "_", "-", beginning with a letter or a digit.
        runs_in: ``"thread"``, the default, or ``"process"``: then the function stands at the top of its module.

    Returns:
        The decorator. The function is given a `Trial` and answers finite numbers by name, the objective among them, or
        a refusal made with `refuse`.

    Raises:
        ValueError: The name is none.
        TypeError: It is no function, or one that cannot run there.

    Example:
        >>> @evaluator("train", runs_in="process")
        ... def train(trial: Trial) -> dict[str, float]:
        ...     return {"loss": fit(**trial.params)}
    """
    if not isinstance(name, str) or NAME.match(name) is None:
        raise ValueError(f"the name of an evaluator is {NAME_RULE}; got {show(name)}")
    if runs_in not in (None, "thread", "process"):
        raise ValueError(f'an evaluator runs in "thread" or "process"; got {show(runs_in)}')

    def decorate(function: F) -> F:
        if not inspect.isroutine(function):
            raise TypeError(f"an evaluator is a function; got {show(function)}")
        is_async = inspect.iscoroutinefunction(function)
        if is_async and runs_in is not None:
            raise TypeError(f"{name} is an async def: it runs in the event loop, and in no {runs_in}")
        if runs_in == "process" and "." in function.__qualname__:
            raise TypeError(
                f"{name} runs in a process: it must stand at the top of its module; got {function.__qualname__}"
            )
        definition = Definition(name, function, "loop" if is_async else runs_in or "thread")
        setattr(function, _MARK, definition)
        return function

    return decorate


def definition_of(value: object) -> Definition | None:
    """The definition that a decorated function carries.

    Another decorator around it, made with `functools.wraps`, carries it on: then the outer function is what is called.
    """
    found = getattr(value, _MARK, None)
    if not isinstance(found, Definition) or not callable(value):
        return None
    return found if found.function is value else replace(found, function=value)
