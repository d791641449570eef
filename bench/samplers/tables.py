"""Builds the tables of bench/samplers/tables: losses of four models on data that scikit-learn brings along, on explicit grids.

usage: OMP_NUM_THREADS=1 python bench/samplers/tables.py [TASK...], in an environment with requirements-tables.txt.
A table is JSON: the dimensions with the places of their cells, and the loss of each cell, the last dimension's fastest.
"""

import itertools
import json
import math
import pathlib
import sys
import time
import warnings

import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

warnings.simplefilter("ignore")
SEED = 0


def floats(low, high, cells, log=False):
    """A float with so many cells, evenly spread over its range or over the logarithm of it."""
    if log:
        grid = [low * (high / low) ** (at / (cells - 1)) for at in range(cells)]
    else:
        grid = [low + (high - low) * at / (cells - 1) for at in range(cells)]
    return {"kind": "float", "low": low, "high": high, "log": log}, [float(f"{each:.6g}") for each in grid]


def ints(grid, log=False):
    """A whole number with cells at these."""
    return {"kind": "int", "low": grid[0], "high": grid[-1], "log": log, "step": 1}, grid


def choices(*names):
    """Choices without an order, a cell each."""
    return {"kind": "categorical", "choices": list(names)}, list(names)


def folds(count):
    """Always the same split of classes."""
    return StratifiedKFold(count, shuffle=True, random_state=SEED)


def digits(c, gamma, kernel):
    """Share of wrong answers of a support vector machine."""
    x, y = load_digits(return_X_y=True)
    return 1 - cross_val_score(SVC(C=c, gamma=gamma, kernel=kernel), x / 16, y, cv=folds(3)).mean()


def wine(units, layers, activation, alpha, rate):
    """Log loss of a net."""
    x, y = load_wine(return_X_y=True)
    net = MLPClassifier(
        (units,) * layers, activation=activation, alpha=alpha, learning_rate_init=rate, max_iter=100, random_state=SEED
    )
    return -cross_val_score(make_pipeline(StandardScaler(), net), x, y, cv=folds(5), scoring="neg_log_loss").mean()


def cancer(rate, leaves, smallest, l2):
    """Log loss of boosted trees."""
    x, y = load_breast_cancer(return_X_y=True)
    model = HistGradientBoostingClassifier(
        learning_rate=rate,
        max_leaf_nodes=leaves,
        min_samples_leaf=smallest,
        l2_regularization=l2,
        early_stopping=False,
        random_state=SEED,
    )
    return -cross_val_score(model, x, y, cv=folds(5), scoring="neg_log_loss").mean()


def diabetes(depth, smallest, features, samples):
    """Root of the mean square error of a forest of 100 trees."""
    x, y = load_diabetes(return_X_y=True)
    forest = RandomForestRegressor(
        100, max_depth=depth, min_samples_leaf=smallest, max_features=features, max_samples=samples, random_state=SEED
    )
    cv = KFold(5, shuffle=True, random_state=SEED)
    return -cross_val_score(forest, x, y, cv=cv, scoring="neg_root_mean_squared_error").mean()


TASKS = {
    "digits": (
        digits,
        {
            "c": floats(1e-2, 1e3, 16, log=True),
            "gamma": floats(1e-4, 1e1, 16, log=True),
            "kernel": choices("rbf", "poly"),
        },
    ),
    "wine": (
        wine,
        {
            "units": ints([4, 8, 16, 32, 64], log=True),
            "layers": ints([1, 2]),
            "activation": choices("relu", "tanh"),
            "alpha": floats(1e-5, 1e1, 5, log=True),
            "rate": floats(1e-4, 1e-1, 6, log=True),
        },
    ),
    "cancer": (
        cancer,
        {
            "rate": floats(1e-2, 5e-1, 6, log=True),
            "leaves": ints([2, 4, 8, 16], log=True),
            "smallest": ints([5, 10, 20, 40, 80], log=True),
            "l2": floats(1e-3, 1e1, 3, log=True),
        },
    ),
    "diabetes": (
        diabetes,
        {
            "depth": ints([2, 3, 5, 8, 12], log=True),
            "smallest": ints([1, 2, 4, 8, 16, 32], log=True),
            "features": floats(0.2, 1, 5),
            "samples": floats(0.5, 1, 2),
        },
    ),
}


def build(name):
    """Measures all cells of a task and writes its table."""
    loss, dimensions = TASKS[name]
    began = time.monotonic()
    cells = itertools.product(*(grid for _, grid in dimensions.values()))
    losses = [float(f"{loss(**dict(zip(dimensions, cell))):.6g}") for cell in cells]
    table = {
        "task": loss.__doc__,
        "scikit-learn": sklearn.__version__,
        "dimensions": {each: {**dimension, "grid": grid} for each, (dimension, grid) in dimensions.items()},
        "losses": losses,
    }
    assert len(losses) == math.prod(len(grid) for _, grid in dimensions.values())
    path = pathlib.Path(__file__).parent / "tables" / f"{name}.json"
    path.write_text(json.dumps(table, separators=(",", ":")) + "\n")
    print(f"{name}: {len(losses)} cells, {time.monotonic() - began:.0f} s, {min(losses)} to {max(losses)}", flush=True)


for task in sys.argv[1:] or TASKS:
    build(task)
