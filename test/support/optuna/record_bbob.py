"""Records values of functions of the BBOB suite that IOHexperimenter computes (pip install ioh). See README.md beside this file."""

import json
import random
from importlib.metadata import version
from pathlib import Path

import ioh

FUNCTIONS = (1, 2, 6, 8, 10, 15, 20, 21, 24)


def main() -> None:
    rng = random.Random(1)
    cases = []
    for number in FUNCTIONS:
        for instance, dimensions in ((1, 5), (2, 5), (7, 3), (31, 5), (3, 10)):
            problem = ioh.get_problem(number, instance, dimensions, ioh.ProblemClass.BBOB)
            points = [[round(rng.uniform(-5, 5), 3) for _ in range(dimensions)] for _ in range(3)]
            points.append([round(each, 3) for each in problem.optimum.x])
            values = [problem(point) - problem.optimum.y for point in points]
            cases.append({"number": number, "instance": instance, "points": points, "values": values})
    path = Path(__file__).parents[2] / "unit/bench/bbob.json"
    path.write_text(json.dumps({"ioh": version("ioh"), "cases": cases}, indent=1) + "\n")


main()
