"""Records what the terminator of Optuna 5 computes for fixed histories. See README.md beside this file."""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna._gp import gp
from optuna._gp.search_space import SearchSpace
from optuna.distributions import BaseDistribution
from optuna.study import StudyDirection
from optuna.terminator import MedianErrorEvaluator
from optuna.terminator import RegretBoundEvaluator
from optuna.terminator.improvement import evaluator as module

from record_gp import CASES
from record_gp import losses_at
from record_gp import random_params
from record_gp import raw_of

SAMPLES = 64
SEEDS = 12
# trials by case: fewer than the least of the best half, more than twice that, and between
COUNTS = {"floats": 61, "mixed": 33, "one": 9}


def trials_of(space: dict[str, BaseDistribution], params: list[dict[str, Any]], losses: list[float]) -> list[optuna.trial.FrozenTrial]:
    made = [optuna.trial.create_trial(params=p, distributions=space, value=loss) for p, loss in zip(params, losses)]
    for number, trial in enumerate(made):
        trial.number = number
    return made


def case(name: str, space: dict[str, BaseDistribution], count: int) -> dict[str, Any]:
    rng = np.random.RandomState(len(name) * 100 + count)
    internal = SearchSpace(space)
    params = [random_params(space, rng) for _ in range(count)]
    places = internal.get_normalized_params([None] * count, params)  # type: ignore[list-item]
    # rounded, so that some of them are equal
    losses = [round(float(each), 2) for each in losses_at(places, rng)]
    trials = trials_of(space, params, losses)
    seen: dict[str, Any] = {}
    fit, sample, bound = gp.fit_kernel_params, SearchSpace.sample_normalized_params, module._compute_standardized_regret_bound

    def fitting(*args: Any, **kwargs: Any) -> gp.GPRegressor:
        made = fit(*args, **kwargs)
        seen.update(top=kwargs["X"].tolist(), y=kwargs["Y"].tolist(), raw=raw_of(made).tolist())
        return made

    def sampling(self: SearchSpace, n: int, rng: Any = None) -> np.ndarray:
        points = sample(self, SAMPLES, rng=rng)
        seen["points"] = points.tolist()
        return points

    def bounding(*args: Any, **kwargs: Any) -> float:
        seen["standardised"] = float(bound(*args, **kwargs))
        seen["beta"] = float(module._get_beta(args[2].shape[1], args[2].shape[0]))
        return seen["standardised"]

    gp.fit_kernel_params, SearchSpace.sample_normalized_params, module._compute_standardized_regret_bound = fitting, sampling, bounding
    whole = RegretBoundEvaluator(seed=1).evaluate(trials, StudyDirection.MINIMIZE)
    gp.fit_kernel_params, SearchSpace.sample_normalized_params, module._compute_standardized_regret_bound = fit, sample, bound
    bounds = [float(RegretBoundEvaluator(seed=seed).evaluate(trials, StudyDirection.MINIMIZE)) for seed in range(SEEDS)]
    medians = []
    if count >= 30:
        for seed in range(SEEDS):
            paired = RegretBoundEvaluator(seed=seed)
            medians.append(float(MedianErrorEvaluator(paired).evaluate(trials, StudyDirection.MINIMIZE)))
    return {"name": name, "trials": params, "losses": losses, **seen, "bound": float(whole), "bounds": bounds, "medians": medians}


def main(folder: Path) -> None:
    warnings.filterwarnings("ignore")
    # it would keep the functions that it finds at first
    module.gp = gp
    recorded = {
        "betas": [{"dimensions": d, "trials": n, "beta": float(module._get_beta(d, n))} for d in (1, 3, 20) for n in (1, 20, 200)],
        "cases": [case(name, CASES[name][0], count) for name, count in COUNTS.items()],
    }
    (folder / "regret-optuna.json").write_text(json.dumps(recorded) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
