"""The program: arguments and environment in, an exit code out."""

import os
import sys

from mabeam._config import ConfigError, read_config
from mabeam._log import set_up_log
from mabeam._targets import TargetError, load_targets


def main(argv: list[str]) -> int:
    """Runs the program.

    Args:
        argv: Without the name of the program.

    Returns:
        0 when it was told to stop, 2 for what is wrong with arguments, environment or evaluators, 1 when no server
        answers or a worker fails.
    """
    try:
        config = read_config(argv, os.environ)
    except ConfigError as error:
        set_up_log("info").error(str(error), extra={"fields": {"code": "invalid-request"}})
        return 2
    log = set_up_log(config.log_level)
    # As the interpreter does for a program of one file; a console script would not.
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        definitions = load_targets(config.targets)
        if config.queue is not None and len(definitions) > 1:
            raise TargetError(f"--queue is for one evaluator; got {', '.join(each.name for each in definitions)}")
    except TargetError as error:
        log.error(str(error), extra={"fields": {"code": "invalid-definition"}})
        return 2
    # Large: what is wrong above is said without it.
    from mabeam._worker import run_worker

    return run_worker(config, definitions, log)
