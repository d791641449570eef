"""What comes of a call of an evaluator: measures, or why there are none."""

import asyncio
import math
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

from mabeam._show import show
from mabeam._trial import Cancelled, Pruned

MAX_MEASURES = 100
MAX_MESSAGE = 2_000


@dataclass(frozen=True)
class Refusal:
    """A reason why a configuration cannot be measured; made with `refuse`, and answered in place of measures."""

    code: str
    message: str


def refuse(message: str, code: str = "evaluation-failed") -> Refusal:
    """Refuses a configuration: the trial fails at once and is not tried again.

    Args:
        message: What was expected, and what came.
        code: One of the error table (``docs/reference/errors.md``).

    Example:
        >>> def train(trial):
        ...     if trial.params["layers"] > 64:
        ...         return refuse("at most 64 layers fit into memory", "constraint-broken")
    """
    return Refusal(code, message)


@dataclass(frozen=True)
class Answered:
    """Measures by name: finite numbers, the wanted ones among them."""

    measures: dict[str, float]


@dataclass(frozen=True)
class Failed:
    """Why a call has given no measures. A final one is not tried again."""

    code: str
    message: str
    is_final: bool
    trace: str = ""


@dataclass(frozen=True)
class Ended:
    """The evaluation ended early, because its study wanted no more of it."""


Outcome = Answered | Ended | Failed


def _number(value: object) -> float | None:
    """A finite number; those of numpy count, truth values do not."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _refused(message: str) -> Failed:
    # Another attempt would answer the same.
    return Failed("invalid-message", message[:MAX_MESSAGE], is_final=True)


def read_answer(answer: object, wanted: list[str]) -> Outcome:
    """Reads what an evaluator has answered, by the rules of `readMeasures` in src/domain/optimisation/trial.ts.

    Args:
        answer: Measures by name, or a refusal.
        wanted: Names that must be there.

    Returns:
        Measures, or a final failure that says which measure is wrong and what came.
    """
    if isinstance(answer, Refusal):
        return Failed(answer.code, answer.message[:MAX_MESSAGE], is_final=True)
    if not isinstance(answer, Mapping) or not all(isinstance(name, str) for name in answer):
        return _refused(f"an outcome has measures by name; got {show(answer)}")
    if len(answer) > MAX_MEASURES:
        return _refused(f"at most {MAX_MEASURES} measures; got {len(answer)}")
    absent = next((name for name in wanted if name not in answer), None)
    if absent is not None:
        return _refused(f"the measure {absent} is missing; got {', '.join(answer) or 'none'}")
    measures: dict[str, float] = {}
    for name, value in answer.items():
        number = _number(value)
        if number is None:
            return _refused(f"the measure {name} is a finite number; got {show(value)}")
        measures[name] = number
    return Answered(measures)


def outcome_of_error(error: BaseException) -> Ended | Failed:
    """What comes of a call that raised; a failure is tried again by the study's policy."""
    if isinstance(error, Pruned):
        return Ended()
    if isinstance(error, (Cancelled, asyncio.CancelledError)):
        return Failed("evaluation-failed", "the evaluation was cancelled", is_final=False)
    # A class of a library may well be unable to say what it is about.
    try:
        text = str(error)
    except Exception:
        text = ""
    name = type(error).__name__
    message = f"{name}: {text}" if text else name
    return Failed("evaluation-failed", message[:MAX_MESSAGE], is_final=False, trace=trace_of(error))


def trace_of(error: BaseException) -> str:
    """Where an error came from, for the log."""
    return "".join(traceback.format_exception(error))[-8_000:]
