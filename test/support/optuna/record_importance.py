"""Records what Optuna 5's default evaluator makes of fixed histories. See README.md beside this file."""

import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.importance import get_param_importances
from optuna.trial import TrialState, create_trial

from record_tpe import Space, distribution, drawn, internal, real, whole

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def choice(*choices: Any, kind: str = "categorical", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "choices": list(choices), **more}


def score(values: dict[str, Any], digits: int | None) -> float:
    """Some dimensions matter more than others; the weights fall with their order."""
    total = 0.0
    for at, value in enumerate(values.values()):
        number = float(len(value)) if isinstance(value, str) else float(value)
        total += math.cos(number + at) / 2**at + 0.05 * number
    return total if digits is None else round(total, digits)


def case(name: str, space: Space, trials: int, seed: int, direction: str = "minimise", digits: int | None = None) -> dict[str, Any]:
    rng = np.random.RandomState(seed)
    study = optuna.create_study(direction="minimize" if direction == "minimise" else "maximize")
    tried: list[dict[str, Any]] = []
    values: list[float] = []
    for _ in range(trials):
        configuration = drawn(space, rng)
        value = score(configuration, digits)
        tried.append(configuration)
        values.append(value)
        params = internal(space, configuration)
        study.add_trial(
            create_trial(
                state=TrialState.COMPLETE,
                value=value,
                params=params,
                distributions={each: distribution(space[each]) for each in params},
            )
        )
    return {
        "name": name,
        "space": space,
        "direction": direction,
        "columns": {each: [configuration.get(each) for configuration in tried] for each in space},
        "values": values,
        "shares": get_param_importances(study),
    }


FLAT: Space = {"x": real(-5, 5), "y": real(-1, 3), "z": real(0, 1)}
MIXED: Space = {
    "rate": real(1e-5, 1e-1, log=True),
    "quarter": real(0, 2, step=0.25),
    "layers": whole(1, 9),
    "even": whole(0, 300, step=2),
    "width": whole(1, 1024, log=True),
    "kind": choice("a", "bb", "ccc"),
    "size": choice("small", "medium", "large", kind="ordinal"),
    "flag": {"kind": "boolean"},
}
CONDITIONAL: Space = {
    "model": choice("tree", "net", "line"),
    "depth": whole(1, 12, when={"model": "tree"}),
    "rate": real(1e-4, 1, log=True, when={"model": "net"}),
    "momentum": {"kind": "boolean", "when": {"model": "net"}},
    "beta": real(0, 1, when={"model": "net", "momentum": True}),
    "scale": real(0, 10),
}
POWERS: Space = {f"to{2**k}": whole(1, 2**k, log=True) for k in (1, 2, 3, 5, 8, 12, 20, 29)}
UNEVEN: Space = {"odd": whole(0, 10, step=3), "third": real(0, 1, step=0.3), "only": choice("a"), "x": real(0, 1)}

if __name__ == "__main__":
    cases = [
        case("flat, 100 trials", FLAT, 100, 1),
        case("flat, made large", FLAT, 83, 2, "maximise"),
        case("flat, many ties", FLAT, 60, 3, digits=0),
        case("flat, two trials", FLAT, 2, 4),
        case("flat, eleven trials", FLAT, 11, 5),
        case("all kinds", MIXED, 150, 6),
        case("all kinds, few trials", MIXED, 17, 7, "maximise"),
        case("conditions", CONDITIONAL, 150, 8),
        case("conditions, few trials", CONDITIONAL, 12, 9),
        case("logarithmic whole numbers", POWERS, 120, 10),
        case("ranges that no step ends, and a single choice", UNEVEN, 90, 11),
        case("many trials", CONDITIONAL, 400, 12, "maximise"),
    ]
    Path(sys.argv[1], "importance-optuna.json").write_text(json.dumps({"optuna": optuna.__version__, "cases": cases}))
