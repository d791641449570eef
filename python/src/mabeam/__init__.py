"""Evaluators in Python for mabeam: a decorated function measures the configurations that a study asks for.

Example:
    >>> from mabeam import Trial, evaluator
    >>> @evaluator("train")
    ... def train(trial: Trial) -> dict[str, float]:
    ...     return {"loss": (trial.params["x"] - 0.3) ** 2}

Run it with ``python -m mabeam.evaluator my_module:train``.
"""

from mabeam._definition import evaluator
from mabeam._outcome import Refusal, refuse
from mabeam._trial import Cancelled, Trial

__all__ = ["Cancelled", "Refusal", "Trial", "evaluator", "refuse"]
