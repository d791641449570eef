"""What a trial has cost, in the unit of its study's budget: activities/evaluator-progress.ts, in Python."""

import threading
from collections.abc import Callable
from numbers import Real

from mabeam._show import show

# MAX_COST in src/contracts/optimisation/budget.ts.
_MOST = 1_000_000_000


class Purse:
    """What all attempts of a trial have spent so far. It may be used from any thread."""

    def __init__(self, spent: float | None, most: float, told: Callable[[float], None]) -> None:
        """Begins with what earlier attempts have spent.

        Args:
            spent: None when none has said anything.
            most: What all attempts together may spend; infinite without a budget of cost.
            told: Is told the new sum, from the thread that spends.
        """
        self.spent = spent
        self._most = most
        self._told = told
        self._lock = threading.Lock()

    def spend(self, amount: float) -> float:
        """Adds to it.

        Returns:
            What may still be spent; below 0 when it was too much.

        Raises:
            ValueError: It is no number from 0 to 1,000,000,000.
        """
        if isinstance(amount, bool) or not isinstance(amount, Real) or not 0 <= float(amount) <= _MOST:
            raise ValueError(f"what is spent is a number from 0; got {show(amount)}")
        with self._lock:
            self.spent = (self.spent or 0.0) + float(amount)
            self._told(self.spent)
            return self._most - self.spent
