"""Records what the package `cmaes` computes, and the regrets of Optuna 5's CmaEsSampler. See README.md beside this file."""

import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any, Callable

import cmaes
import numpy as np
import optuna

SEEDS = 30
CHECKPOINTS = {"sphere": [100, 300], "rosenbrock": [100, 300], "rastrigin": [100, 300, 1000]}
SHIFT = (0.37, 0.61, 0.29, 0.53, 0.44, 0.71, 0.33, 0.58, 0.66, 0.41)
DIMENSIONS = 5


def state(optimizer: cmaes.CMA) -> dict[str, Any]:
    return {
        "mean": optimizer._mean.tolist(),
        "sigma": float(optimizer._sigma),
        "covariance": optimizer._C.flatten().tolist(),
        "pathSigma": optimizer._p_sigma.tolist(),
        "pathC": optimizer._pc.tolist(),
    }


def ellipsoid(x: np.ndarray) -> float:
    size = len(x)
    return float(sum(10 ** (3 * i / max(1, size - 1)) * (each - 0.3) ** 2 for i, each in enumerate(x)))


def rosenbrock_of(x: np.ndarray) -> float:
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def plain(name: str, of: Callable[[np.ndarray], float], dimensions: int, generations: int, population: int | None, sigma: float) -> dict[str, Any]:
    """Populations as `cmaes` draws them, their values, and the distribution after each generation."""
    optimizer = cmaes.CMA(mean=np.full(dimensions, 0.5), sigma=sigma, seed=dimensions, population_size=population)
    recorded = []
    for _ in range(generations):
        places = [optimizer.ask() for _ in range(optimizer.population_size)]
        values = [of(place) for place in places]
        optimizer.tell(list(zip(places, values)))
        recorded.append({"places": [p.tolist() for p in places], "values": values, **state(optimizer)})
    return {
        "name": name,
        "dimensions": dimensions,
        "population": optimizer.population_size,
        "sigma": sigma,
        "generations": recorded,
    }


def with_margin(name: str, levels: list[int], generations: int) -> dict[str, Any]:
    """The same with cells: a dimension with L levels has its values at (k + 1/2) / L; 0 levels are a float."""
    bounds = np.array([[0.5 / n, 1 - 0.5 / n] if n > 0 else [0, 1] for n in levels])
    steps = np.array([1 / n if n > 0 else 0.0 for n in levels])
    optimizer = cmaes.CMAwM(mean=np.full(len(levels), 0.47), sigma=1 / 6, bounds=bounds, steps=steps, seed=3)
    recorded = []
    for _ in range(generations):
        asked = [optimizer.ask() for _ in range(optimizer.population_size)]
        values = [float(np.sum((x - 0.2) ** 2 * np.arange(1, len(levels) + 1)) + 1e-9 * i) for i, (x, _raw) in enumerate(asked)]
        optimizer.tell([(raw, value) for (_x, raw), value in zip(asked, values)])
        recorded.append(
            {
                "places": [raw.tolist() for _x, raw in asked],
                "evaluated": [x.tolist() for x, _raw in asked],
                "values": values,
                **state(optimizer._cma),
                "stretch": optimizer._A.tolist(),
            }
        )
    return {"name": name, "levels": levels, "population": optimizer.population_size, "generations": recorded}


def constants(dimensions: int, population: int | None) -> dict[str, Any]:
    of = cmaes.CMA(mean=np.zeros(dimensions), sigma=1, population_size=population)
    return {
        "dimensions": dimensions,
        "given": population,
        "population": of._popsize,
        "weights": of._weights.tolist(),
        "muEff": float(of._mu_eff),
        "cSigma": float(of._c_sigma),
        "dSigma": float(of._d_sigma),
        "cC": float(of._cc),
        "c1": float(of._c1),
        "cMu": float(of._cmu),
        "chi": float(of._chi_n),
    }


def objective(name: str, seed: int, x: list[float]) -> float:
    """Regrets on the unit cube; the optimum moves with the seed, but for Rosenbrock's."""
    if name == "rosenbrock":
        return rosenbrock_of(np.array([-2.048 + 4.096 * each for each in x]))
    z = [(each - SHIFT[(i + seed) % len(SHIFT)]) * 10.24 for i, each in enumerate(x)]
    if name == "sphere":
        return sum(each * each for each in z)
    return sum(each * each - 10 * math.cos(2 * math.pi * each) + 10 for each in z)


def regrets(name: str, seed: int) -> list[float]:
    study = optuna.create_study(sampler=optuna.samplers.CmaEsSampler(seed=seed))
    best, found = math.inf, []
    for number in range(1, CHECKPOINTS[name][-1] + 1):
        trial = study.ask()
        value = objective(name, seed, [trial.suggest_float(f"x{i}", 0, 1) for i in range(DIMENSIONS)])
        study.tell(trial, value)
        best = min(best, value)
        if number in CHECKPOINTS[name]:
            found.append(best)
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    into = Path(sys.argv[1])
    golden = {
        "cmaes": cmaes.__version__,
        "constants": [constants(*each) for each in [(1, None), (2, None), (5, None), (10, None), (40, None), (100, None), (5, 32), (3, 200)]],
        "plain": [
            plain("sphere in one dimension", ellipsoid, 1, 8, None, 0.3),
            plain("an ellipsoid", ellipsoid, 3, 20, None, 1 / 6),
            plain("Rosenbrock", rosenbrock_of, 5, 15, None, 0.5),
            plain("Rosenbrock with an odd population", rosenbrock_of, 4, 8, 17, 0.3),
            plain("an ellipsoid in eight dimensions", ellipsoid, 8, 6, None, 2.0),
        ],
        "margin": [with_margin("mixed", [0, 2, 5, 20], 25), with_margin("whole alone", [3, 40], 25)],
    }
    (into / "cmaes-distributions.json").write_text(json.dumps(golden))
    found = {name: [regrets(name, seed) for seed in range(SEEDS)] for name in CHECKPOINTS}
    (into / "cmaes-regrets.json").write_text(json.dumps({"optuna": optuna.__version__, "checkpoints": CHECKPOINTS, "regrets": found}))


main()
