"""Evaluators in Python for mabeam: a decorated function measures the configurations that a study asks for.

Example:
    >>> from mabeam import Trial, evaluator
    >>> @evaluator("train")
    ... def train(trial: Trial) -> dict[str, float]:
    ...     return {"loss": (trial.params["x"] - 0.3) ** 2}

Run it with ``python -m mabeam.evaluator my_module:train``. What is evaluated elsewhere is asked for by a `Study`.
"""

from mabeam._asking import Asked, AskedTrial, Study, Told
from mabeam._definition import evaluator
from mabeam._http import RequestError
from mabeam._outcome import Refusal, refuse
from mabeam._trial import Cancelled, Pruned, Trial

__all__ = [
    "Asked",
    "AskedTrial",
    "Cancelled",
    "Pruned",
    "Refusal",
    "RequestError",
    "Study",
    "Told",
    "Trial",
    "evaluator",
    "refuse",
]
