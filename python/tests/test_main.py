import json

import pytest

from mabeam import _main, _worker


def test_a_server_that_never_answers_ends_the_program_with_1(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_worker, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(_worker, "_RETRY_S", 0.0)
    assert _main.main(["sample:plain", "--address", "127.0.0.1:1"]) == 1
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["level"] for line in lines][-1] == "error"
    assert lines[-1]["code"] == "temporal-unavailable"
    assert lines[-1]["msg"] == (
        "no Temporal server answers at 127.0.0.1:1 (namespace default); start one with: npx mabeam dev"
    )


def test_help_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        _main.main(["--help"])
    assert end.value.code == 0
    told = capsys.readouterr().out
    for name in ("--address", "TEMPORAL_NAMESPACE", "MABEAM_QUEUE_PREFIX", "--queue TEXT", "MABEAM_ACTIVITY_SLOTS"):
        assert name in told
