import os

import pytest

from mabeam._config import Config, ConfigError, read_config, slots_of


def test_a_flag_counts_more_than_the_environment_and_that_more_than_the_default() -> None:
    env = {
        "TEMPORAL_ADDRESS": "there:7233",
        "MABEAM_QUEUE_PREFIX": "a-",
        "MABEAM_ACTIVITY_SLOTS": "3",
        "MABEAM_LOG_LEVEL": "",
    }
    assert read_config(["m:f", "--address", "here:1", "--namespace", ""], env) == Config(
        targets=["m:f"], address="here:1", queue_prefix="a-", activity_slots=3
    )


@pytest.mark.parametrize(
    ("argv", "env", "message"),
    [
        (["m:f", "--address", "here"], {}, '--address: expected host:port; got "here"'),
        (["m:f"], {"TEMPORAL_ADDRESS": "x y:1"}, 'TEMPORAL_ADDRESS: expected host:port; got "x y:1"'),
        (["m:f", "--activity-slots", "0"], {}, '--activity-slots: expected a whole number from 1 to 100000; got "0"'),
        (["m:f", "--log-level", "loud"], {}, "--log-level: expected one of trace, debug"),
        (
            ["m:f", "--build-id", "7"],
            {},
            "TEMPORAL_WORKER_BUILD_ID is set: expected TEMPORAL_DEPLOYMENT_NAME, too; got none",
        ),
        (["m:f", "--namespace", "n"], {"MABEAM_QUEUE_PREFIX": "/"}, "--namespace: expected the name of a namespace"),
        ([], {}, "the following arguments are required: module:function"),
        (["m:f", "--queues", "x"], {}, "unrecognized arguments: --queues x"),
    ],
)
def test_what_is_not_possible_is_refused(argv: list[str], env: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as told:
        read_config(argv, env)
    assert str(told.value).startswith(message)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError, match=r"--address: .*; MABEAM_ACTIVITY_SLOTS: "):
        read_config(["m:f", "--address", "x"], {"MABEAM_ACTIVITY_SLOTS": "many"})


def test_slots_are_those_of_the_machine_where_it_computes() -> None:
    config = Config(targets=[])
    assert [slots_of(config, where) for where in ("thread", "process", "loop")] == [os.cpu_count(), os.cpu_count(), 200]
    assert slots_of(Config(targets=[], activity_slots=9), "loop") == 9
