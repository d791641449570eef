import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from mabeam import RequestError, Study, Told

TRIAL = {"trial": 3, "attempt": 2, "configuration": {"x": 1}, "seed": 7, "measures": ["loss"], "until": "2026-11-30"}


class Facade(HTTPServer):
    """Answers one after the other what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, Any]] = []
        self.asked: list[tuple[str, str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Facade

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, self.headers["idempotency-key"], body))
        status, answer = self.server.answers.pop(0)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        if status == 503:
            self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


@pytest.fixture
def facade() -> Iterator[Facade]:
    server = Facade()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def study(facade: Facade) -> Study:
    return Study("bread", client="oven-1", url=facade.url, space="lab")


def test_a_trial_is_asked_for_and_told_with_its_attempt(facade: Facade) -> None:
    facade.answers = [
        (200, {"trials": [TRIAL], "state": "running", "waitingFor": "others", "retryAfterMs": 1_500}),
        (200, {"told": [{"verdict": "accepted"}], "state": "running"}),
        (200, {"told": [{"verdict": "returned"}, {"verdict": "late"}], "state": "running"}),
    ]
    asked = study(facade).ask(4, lease_seconds=60)
    assert (asked.state, asked.waiting_for, asked.retry_after_s, asked.is_over) == ("running", "others", 1.5, False)
    (trial,) = asked.trials
    assert (trial.number, trial.attempt, trial.params, trial.measures) == (3, 2, {"x": 1}, ("loss",))
    assert study(facade).tell(trial, 0.5, attributes={"oven": "left"}) == "accepted"
    assert study(facade).tell_all([Told(trial, failed="spilt"), Told(trial, {"loss": 1})]) == ["returned", "late"]
    assert [(path, body) for path, _, body in facade.asked] == [
        ("/v1/spaces/lab/studies/bread:ask", {"client": "oven-1", "count": 4, "leaseSeconds": 60}),
        (
            "/v1/spaces/lab/studies/bread:tell",
            {"outcomes": [{"trial": 3, "attempt": 2, "attributes": {"oven": "left"}, "value": 0.5}]},
        ),
        (
            "/v1/spaces/lab/studies/bread:tell",
            {
                "outcomes": [
                    {"trial": 3, "attempt": 2, "failed": "spilt"},
                    {"trial": 3, "attempt": 2, "measures": {"loss": 1.0}},
                ]
            },
        ),
    ]


def test_a_facade_that_says_to_wait_is_asked_again_with_the_same_key(facade: Facade) -> None:
    facade.answers = [
        (503, {"code": "temporal-unavailable", "detail": "no server"}),
        (200, {"trials": [], "state": "finished"}),
    ]
    assert study(facade).ask().is_over
    first, second = facade.asked
    assert first == second


def test_trials_come_one_after_the_other_until_the_study_has_ended(facade: Facade) -> None:
    facade.answers = [
        (200, {"trials": [TRIAL], "state": "running"}),
        (200, {"trials": [], "state": "running", "retryAfterMs": 1}),
        (200, {"trials": [{**TRIAL, "trial": 4, "params": {"x": 1, "y": 2}}], "state": "running"}),
        (200, {"trials": [], "state": "stopped"}),
    ]
    assert [(each.number, each.params) for each in study(facade).trials()] == [(3, {"x": 1}), (4, {"x": 1, "y": 2})]


@pytest.mark.parametrize(
    ("status", "answer", "code", "message"),
    [
        (409, {"code": "trial-not-held", "detail": "oven-2 has it"}, "trial-not-held", "trial-not-held: oven-2 has it"),
        (500, "broken", "unexpected-answer", "unexpected-answer: HTTP 500: Internal Server Error"),
        (200, "broken", "unexpected-answer", 'unexpected-answer: the facade answers with an object; got "broken"'),
    ],
)
def test_a_refusal_says_its_code(facade: Facade, status: int, answer: Any, code: str, message: str) -> None:
    facade.answers = [(status, answer)]
    with pytest.raises(RequestError) as told:
        study(facade).ask()
    assert (told.value.code, str(told.value)) == (code, message)


def test_a_facade_that_is_not_there_is_said_so() -> None:
    with pytest.raises(RequestError) as told:
        Study("bread", client="a", url="http://127.0.0.1:1").ask(patience_s=0)
    assert told.value.code == "unreachable"
    assert "nobody answers at http://127.0.0.1:1/v1/spaces/" in str(told.value)


def test_what_is_no_outcome_is_refused_before_it_is_sent(facade: Facade) -> None:
    facade.answers = [(200, {"trials": [TRIAL], "state": "running"})]
    (trial,) = study(facade).ask().trials
    for measures, failed in ((None, None), (0.5, "spilt"), (float("nan"), None)):
        with pytest.raises(ValueError):  # noqa: PT011 - of three kinds
            study(facade).tell(trial, measures, failed=failed)
    assert len(facade.asked) == 1
