"""What a study and an evaluator say to each other: src/contracts/optimisation/study.ts, in Python."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from mabeam._show import show

ACTIVITY = "evaluate"
LATE_SIGNAL = "trialOutlived"
REPORTED_SIGNAL = "trialReported"
SHOULD_STOP_QUERY = "shouldStop"
# Reports of one trial that are kept, unless the study wants fewer.
MAX_REPORTS = 1_000
# Attempts of a trial that are remembered one by one.
KEPT_TRIES = 10
_PROGRESS = "mabeam:progress"


class ContractError(Exception):
    """A study that speaks another version: the text says what was expected and what came."""


@dataclass(frozen=True)
class Reporting:
    """How a study that prunes wants an attempt to report."""

    every_s: float
    keep: int
    rung: int | None
    # What ends early may go on later: the outcome has the checkpoint.
    pauses: bool = False


@dataclass(frozen=True)
class TrialInput:
    """What an evaluator is given. Fields that it does not know are left alone."""

    study: str
    trial: int
    configuration: Mapping[str, Any]
    params: Mapping[str, Any]
    seed: int
    measures: list[str]
    reporting: Reporting | None = None
    # Of a study that counts failures by kind, whose attempts are activities of their own.
    attempt: int | None = None
    progress: Any = None
    # What all attempts together may cost; infinite without a budget of cost.
    max_cost: float = math.inf
    # Whether others may go on from what the trial leaves, and what its parent has left: None for a start.
    is_interval: bool = False
    parent: Any = None


def read_input(value: object) -> TrialInput:
    """Reads the input of the activity.

    Raises:
        ContractError: It is of another shape.
    """
    if not isinstance(value, Mapping):
        raise ContractError(f"an evaluator is given a trial; got {show(value)}")

    def field(name: str, kind: type[Any] | tuple[type[Any], ...]) -> Any:
        found = value.get(name)
        if not isinstance(found, kind) or isinstance(found, bool):
            raise ContractError(f"an evaluator is given a trial with {name}; got {show(found)}")
        return found

    configuration = field("configuration", Mapping)
    interval = field("interval", Mapping) if "interval" in value else None
    return TrialInput(
        study=field("study", str),
        trial=field("trial", int),
        configuration=configuration,
        params=field("params", Mapping) if "params" in value else configuration,
        seed=field("seed", int),
        measures=field("measures", list),
        reporting=_read_reporting(value.get("reporting")),
        attempt=field("attempt", int) if "attempt" in value else None,
        progress=value.get("progress"),
        max_cost=float(field("maxCost", (int, float))) if "maxCost" in value else math.inf,
        is_interval=interval is not None,
        parent=None if interval is None else interval.get("checkpoint"),
    )


def _read_reporting(value: object) -> Reporting | None:
    if value is None:
        return None
    every, keep, rung, pauses = (
        value.get(name) if isinstance(value, Mapping) else None for name in ("everyMs", "keep", "rung", "pauses")
    )
    if not isinstance(every, (int, float)) or not isinstance(keep, int) or not isinstance(rung, (int, type(None))):
        raise ContractError(f"an evaluator is told how to report by everyMs, keep and rung; got {show(value)}")
    return Reporting(every / 1_000, keep, rung, pauses=pauses is True)


@dataclass(frozen=True)
class Progress:
    """What travels with the heartbeats of an attempt, for the next one: src/contracts/optimisation/pruning.ts.

    Reports are those that the study was not told yet; what was spent is the sum over all attempts; tries are what
    attempts left of themselves, this one last.
    """

    checkpoint: Any = None
    reports: Any = None
    spent: float | None = None
    tries: tuple[Mapping[str, Any], ...] = ()

    @property
    def details(self) -> Any:
        """As the heartbeat has it."""
        if self.reports is None and self.spent is None and not self.tries:
            return self.checkpoint
        reports = {} if self.reports is None else {"reports": self.reports}
        spent = {} if self.spent is None else {"spent": self.spent}
        tries = {"tries": list(self.tries)} if self.tries else {}
        return {_PROGRESS: 1, "checkpoint": self.checkpoint, **reports, **spent, **tries}

    def begun(self, attempt: int, worker: str, now: datetime) -> "Progress":
        """The same with an attempt that begins: it is the newest of the tries."""
        own = {"attempt": attempt, "worker": worker, "begunAt": _instant(now), "seenAt": _instant(now)}
        return replace(self, tries=(*self.tries, own)[-KEPT_TRIES:])

    def seen(self, now: datetime, *, threw: bool = False) -> "Progress":
        """The same with what is known of the newest attempt now."""
        if not self.tries:
            return self
        last = {**self.tries[-1], "seenAt": _instant(now), **({"threw": True} if threw else {})}
        return replace(self, tries=(*self.tries[:-1], last))


def _instant(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_progress(details: Any) -> Progress:
    """Reads what the attempt before has left."""
    if isinstance(details, Mapping) and _PROGRESS in details:
        tries = details.get("tries")
        known = tuple(each for each in tries if isinstance(each, Mapping)) if isinstance(tries, list) else ()
        return Progress(details.get("checkpoint"), details.get("reports"), details.get("spent"), known)
    return Progress(details)


def outcome_of(
    given: TrialInput, said: Mapping[str, Any], measures: Mapping[str, float] | None, checkpoint: Any = None
) -> dict[str, Any]:
    """What an evaluator answers; it echoes the configuration.

    Args:
        given: The trial.
        said: What the attempt says of itself: its number, its worker, and reports that were not delivered.
        measures: By name; None for a trial that was pruned.
        checkpoint: What it remembered last: goes along when others may go on from it, or the trial when it was pruned.
    """
    answer: dict[str, Any] = {**said, "trial": given.trial, "configuration": dict(given.configuration)}
    pauses = measures is None and given.reporting is not None and given.reporting.pauses
    if checkpoint is not None and (given.is_interval or pauses):
        answer["checkpoint"] = checkpoint
    return {**answer, "measures": {}, "pruned": True} if measures is None else {**answer, "measures": dict(measures)}


def reports_message(delivery: Mapping[str, Any], worker: str) -> dict[str, Any]:
    """The signal that brings reports."""
    last = delivery["reports"]["steps"][-1:]
    message_id = "/".join(["reports", str(delivery["trial"]), str(delivery["attempt"]), *map(str, last)])
    return {"id": message_id, "args": dict(delivery), "sender": worker}


def late_message(outcome: Mapping[str, Any], run: str | None = None) -> dict[str, Any]:
    """The signal of an outcome whose attempt was given up: it ends its trial, or is evidence.

    Args:
        outcome: What was found.
        run: The run of the study that had begun the evaluation; without it, it is evidence alone.
    """
    message_id = f"late/{outcome['trial']}/{outcome['attempt']}"
    of = {} if run is None else {"run": run}
    return {"id": message_id, "args": {**outcome, **of}, "sender": outcome["worker"]}


def evaluator_queue(name: str, prefix: str = "") -> str:
    """The queue on which the evaluator is polled."""
    return f"{prefix}mabeam-evaluator-{name}"
