"""Trials for evaluations that run elsewhere: a study is asked for them, and told what came of each."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mabeam._http import post
from mabeam._notes import read_attributes

_URL = "http://127.0.0.1:7411"
_PATIENCE_S = 60.0
# Nothing tells a client that a trial came back before its lease ended: it looks again after so long.
_LOOK_S = 5.0
_MIN_LOOK_S = 0.2


@dataclass(frozen=True)
class AskedTrial:
    """A trial that this client has, until its lease ends.

    Attributes:
        number: Of the trial in its study, from 1.
        attempt: From 1; it fences: what an earlier one tells later is kept, and counts once.
        params: A value for everything that the set has, or for each active dimension of the study's own space.
        seed: 0 to 2^32 - 1; the same for each attempt of a trial.
        measures: Names that an outcome must have, the objective first.
        until: When the lease ends, ISO 8601. Asking again puts it off.
    """

    number: int
    attempt: int
    params: Mapping[str, Any]
    seed: int
    measures: tuple[str, ...]
    until: str


@dataclass(frozen=True)
class Asked:
    """What an ask answers.

    Attributes:
        trials: This client's open trials, and new ones.
        state: Of the study, such as ``"running"``.
        waiting_for: Why there are fewer than were asked for.
        retry_after_s: When the nearest lease of another client ends; None when nothing is out.
    """

    trials: tuple[AskedTrial, ...]
    state: str
    waiting_for: str | None
    retry_after_s: float | None

    @property
    def is_over(self) -> bool:
        """Whether the study has ended: there will be no more trials."""
        return self.state in ("finished", "stopped")


@dataclass(frozen=True)
class Told:
    """What is told of one trial: measures by name or the objective alone, or why there are none; and what is noted."""

    trial: AskedTrial
    measures: Mapping[str, float] | float | None = None
    failed: str | None = None
    attributes: Mapping[str, Any] | None = None


class Study:
    """A study without an evaluator, asked from outside over HTTP. It may be used from several threads.

    Example:
        >>> study = Study("bread", client="oven-1")
        >>> for trial in study.trials():
        ...     study.tell(trial, bake(**trial.params))
    """

    def __init__(self, name: str, *, client: str, url: str | None = None, space: str | None = None) -> None:
        """Asks nothing yet.

        Args:
            name: Of the study.
            client: This client's own name: under the same one it gets its open trials again, after a crash, too.
            url: Of the facade. Default: ``MABEAM_URL``, else that of ``mabeam dev``.
            space: Default: ``MABEAM_SPACE``, else ``default``.
        """
        base = (url or os.environ.get("MABEAM_URL") or _URL).rstrip("/")
        space = space or os.environ.get("MABEAM_SPACE") or "default"
        self._url = f"{base}/v1/spaces/{quote(space, safe='')}/studies/{quote(name, safe='')}"
        self._client = client

    def ask(self, count: int = 1, *, lease_seconds: int | None = None, patience_s: float = _PATIENCE_S) -> Asked:
        """Asks for trials: this client's open ones first, so asking is always safe to repeat.

        Args:
            count: Trials at most, 1 to 50.
            lease_seconds: How long it may take. Default: the study's.
            patience_s: Seconds for which a facade that does not answer is tried again.

        Raises:
            RequestError: Such as ``study-not-found``, or ``evaluated-inside`` for a study with an evaluator.
        """
        lease = {} if lease_seconds is None else {"leaseSeconds": lease_seconds}
        answer = post(f"{self._url}:ask", {"client": self._client, "count": count, **lease}, patience_s)
        retry_ms = answer.get("retryAfterMs")
        return Asked(
            trials=tuple(map(_trial, answer["trials"])),
            state=answer["state"],
            waiting_for=answer.get("waitingFor"),
            retry_after_s=None if retry_ms is None else retry_ms / 1_000,
        )

    def tell(
        self,
        trial: AskedTrial,
        measures: Mapping[str, float] | float | None = None,
        *,
        failed: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        patience_s: float = _PATIENCE_S,
    ) -> str:
        """Tells what came of a trial.

        Args:
            trial: As it was asked for.
            measures: By name, or the objective alone.
            failed: In their place, why there are none: the trial is given out again until its attempts are used up.
            attributes: What is noted beside the measures, at most 20 by name: texts, finite numbers, truth values or
                ``None``. Of an attempt that failed they count when it ends the trial.
            patience_s: Seconds for which a facade that does not answer is tried again.

        Returns:
            ``accepted``, ``adopted``, ``late``, ``returned`` or ``failed`` (docs/reference/studies.md).

        Raises:
            RequestError: Such as ``invalid-message`` for a measure that is missing; the trial stays this client's.
            ValueError: A measure is NaN or infinite, both or none of `measures` and `failed` are given, or the
                attributes have a name or a number that is none, or are too many.
            TypeError: An attribute is none that can be noted.
        """
        return self.tell_all([Told(trial, measures, failed, attributes)], patience_s=patience_s)[0]

    def tell_all(self, told: Iterable[Told], *, patience_s: float = _PATIENCE_S) -> list[str]:
        """Tells what came of up to 50 trials: all are taken, or none.

        Returns:
            What became of each, as for `tell`.

        Raises:
            RequestError: As for `tell`.
            ValueError: As for `tell`.
        """
        answer = post(f"{self._url}:tell", {"outcomes": [_outcome(each) for each in told]}, patience_s)
        return [each["verdict"] for each in answer["told"]]

    def trials(self, *, lease_seconds: int | None = None, patience_s: float = _PATIENCE_S) -> Iterator[AskedTrial]:
        """Trials one after the other until the study has ended; waits while all are with others.

        A trial that was not told when the next one is wanted comes again.

        Raises:
            RequestError: As for `ask`.
        """
        while True:
            asked = self.ask(lease_seconds=lease_seconds, patience_s=patience_s)
            yield from asked.trials
            if asked.is_over:
                return
            if not asked.trials:
                time.sleep(max(_MIN_LOOK_S, min(asked.retry_after_s or _LOOK_S, _LOOK_S)))


def _trial(value: dict[str, Any]) -> AskedTrial:
    return AskedTrial(
        number=value["trial"],
        attempt=value["attempt"],
        params=value.get("params", value["configuration"]),
        seed=value["seed"],
        measures=tuple(value["measures"]),
        until=value["until"],
    )


def _outcome(told: Told) -> dict[str, Any]:
    if (told.measures is None) == (told.failed is None):
        raise ValueError("of a trial either measures are told, or why it has failed")
    about: dict[str, Any] = {"trial": told.trial.number, "attempt": told.trial.attempt}
    if told.attributes:
        about["attributes"] = read_attributes(told.attributes)
    if told.failed is not None:
        return {**about, "failed": told.failed}
    if isinstance(told.measures, Mapping):
        return {**about, "measures": {name: float(value) for name, value in told.measures.items()}}
    return {**about, "value": float(told.measures)}  # type: ignore[arg-type]
