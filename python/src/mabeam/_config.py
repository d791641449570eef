"""Environment and command line of the program: the names, the rules and the defaults of src/config.ts."""

import argparse
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from mabeam._show import show

LOG_LEVELS = ("trace", "debug", "info", "warn", "error", "silent")
MAX_SLOTS = 100_000
MAX_BREAK_AFTER = 10_000
MAX_COOL_DOWN_SECONDS = 600
# An evaluation that waits in the event loop takes no processor.
SLOTS_IN_LOOP = 200

_ADDRESS = re.compile(r"[^\s/:]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")
_NAMESPACE = re.compile(r"\S{2,255}")
_WORD = re.compile(r"[A-Za-z0-9._-]{0,100}")
_QUEUE = re.compile(r"\S{1,255}")


class ConfigError(Exception):
    """Settings that are not possible: all of them, with what was expected and what came."""


@dataclass(frozen=True)
class Config:
    """The configuration of a process. What is None has no default: Temporal's environment, or the code, decides."""

    targets: list[str]
    address: str | None = None
    namespace: str | None = None
    queue_prefix: str = ""
    queue: str | None = None
    log_level: str = "info"
    activity_slots: int | None = None
    break_after: int | None = None
    cool_down_seconds: int | None = None
    deployment_name: str | None = None
    build_id: str | None = None


@dataclass(frozen=True)
class _Setting:
    flag: str
    env: str | None
    expected: str
    parse: Callable[[str], Any]
    help: str


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda text: text if pattern.fullmatch(text) else None


def _whole(least: int, most: int) -> Callable[[str], int | None]:
    return lambda text: int(text) if re.fullmatch(r"\d{1,9}", text) and least <= int(text) <= most else None


SETTINGS = {
    "address": _Setting(
        "--address",
        "TEMPORAL_ADDRESS",
        "host:port",
        _matching(_ADDRESS),
        "Temporal server; default 127.0.0.1:7233",
    ),
    "namespace": _Setting(
        "--namespace",
        "TEMPORAL_NAMESPACE",
        "the name of a namespace",
        _matching(_NAMESPACE),
        "Temporal namespace; default default",
    ),
    "queue_prefix": _Setting(
        "--queue-prefix",
        "MABEAM_QUEUE_PREFIX",
        'letters, digits, ".", "_", "-"',
        _matching(_WORD),
        "prefix of this deployment's task queues",
    ),
    "queue": _Setting(
        "--queue",
        None,
        "the name of a task queue",
        _matching(_QUEUE),
        "task queue of the one evaluator; default PREFIXmabeam-evaluator-NAME, where studies send their trials",
    ),
    "log_level": _Setting(
        "--log-level",
        "MABEAM_LOG_LEVEL",
        f"one of {', '.join(LOG_LEVELS)}",
        lambda text: text if text in LOG_LEVELS else None,
        "trace, debug, info, warn, error, silent",
    ),
    "activity_slots": _Setting(
        "--activity-slots",
        "MABEAM_ACTIVITY_SLOTS",
        f"a whole number from 1 to {MAX_SLOTS}",
        _whole(1, MAX_SLOTS),
        "evaluations at once; default one for each processor, 200 for async functions",
    ),
    "break_after": _Setting(
        "--break-after",
        "MABEAM_BREAK_AFTER",
        f"a whole number from 0 to {MAX_BREAK_AFTER}",
        _whole(0, MAX_BREAK_AFTER),
        "failures in a row until the worker is taken out, 0: never; default 5",
    ),
    "cool_down_seconds": _Setting(
        "--cool-down-seconds",
        "MABEAM_COOL_DOWN_SECONDS",
        f"a whole number from 1 to {MAX_COOL_DOWN_SECONDS}",
        _whole(1, MAX_COOL_DOWN_SECONDS),
        "until it then takes one trial; each failure doubles it, to ten minutes; default 60",
    ),
    "deployment_name": _Setting(
        "--deployment", "TEMPORAL_DEPLOYMENT_NAME", "a name", _matching(_WORD), "worker versioning, with the build id"
    ),
    "build_id": _Setting(
        "--build-id", "TEMPORAL_WORKER_BUILD_ID", "an id", _matching(_WORD), "version of this worker's code"
    ),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(message)


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m mabeam.evaluator",
        description="Evaluates trials of mabeam's studies. More of these processes share the work.",
        allow_abbrev=False,
    )
    parser.add_argument("targets", nargs="+", metavar="module:function", help="evaluators; a module alone: all it has")
    for name, each in SETTINGS.items():
        env = f" ({each.env})" if each.env else ""
        parser.add_argument(each.flag, dest=name, metavar="TEXT", help=f"{each.help}{env}")
    return parser


def read_config(argv: list[str], env: Mapping[str, str]) -> Config:
    """Reads the configuration: a flag counts more than the environment, the environment more than the default.

    An empty text is as good as none.

    Raises:
        ConfigError: Lists each setting with what was expected and what came.
    """
    flags = vars(_parser().parse_args(argv))
    problems: list[str] = []
    given: dict[str, Any] = {}
    for name, each in SETTINGS.items():
        flag = flags[name]
        text = flag or (env.get(each.env) if each.env else None)
        if not text:
            continue
        value = each.parse(text)
        if value is None:
            problems.append(f"{each.flag if text == flag else each.env}: expected {each.expected}; got {show(text)}")
        given[name] = value
    if ("deployment_name" in given) != ("build_id" in given):
        has, lacks = ("build_id", "deployment_name") if "build_id" in given else ("deployment_name", "build_id")
        problems.append(f"{SETTINGS[has].env} is set: expected {SETTINGS[lacks].env}, too; got none")
    if problems:
        raise ConfigError("; ".join(problems))
    return Config(targets=flags["targets"], **given)


def slots_of(config: Config, runs_in: str) -> int:
    """Evaluations at once."""
    if config.activity_slots is not None:
        return config.activity_slots
    return SLOTS_IN_LOOP if runs_in == "loop" else os.cpu_count() or 1
