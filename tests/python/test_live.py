"""A run says how far it is: to scripts in JSON lines, and to whoever sends SIGUSR2."""

import json
import os
import pathlib
import signal
import time

import gforbit
import pytest

FIELDS = {"done", "rate", "unit", "seconds_left", "ranks", "busy_share"}


def lines(log):
    """What the run has said so far; the last line may be on its way."""
    return [
        json.loads(line) for line in log.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")
    ]


def wait_for(log, event):
    for _ in range(1000):
        found = [line for line in lines(log) if line["event"] == event]
        if found:
            return found
        time.sleep(0.02)
    pytest.fail(f"no '{event}' within 20 s in {log.read_text(encoding='utf-8')}")


def test_sigusr2_is_answered_with_the_state(tmp_path, running_cycles):
    with running_cycles(tmp_path / "a.h5") as path:
        log = path.with_suffix(".log")
        os.kill(running_cycles.pid, signal.SIGUSR2)
        (state,) = wait_for(log, "state")
        assert set(state["fields"]) == FIELDS
        assert 0 <= state["fields"]["done"] < 1
        assert state["fields"]["rate"] >= 0 and state["fields"]["unit"] == "steps"
        assert state["fields"]["ranks"] == 1
        assert "rank" in state["message"] and "running" in state["message"]
        os.kill(running_cycles.pid, signal.SIGUSR2)
        while len(wait_for(log, "state")) < 2:
            time.sleep(0.02)
        with gforbit.open(path) as snapshot:  # the other way to ask
            assert not snapshot.complete
            assert snapshot.registers.status.tolist()[-1] == "pending"


def test_progress_of_scoring_is_json_too(tmp_path, gforbit_program):
    output = tmp_path / "s.h5"
    log = gforbit_program(
        0,
        "scoring",
        "--config",
        "configs/scoring/demo.ini",
        "--progress",
        "always",
        "--log-format",
        "json",
        "--output",
        output,
        stderr=True,
    )
    progress = [json.loads(line) for line in log.splitlines() if '"progress"' in line]
    assert progress and set(progress[-1]["fields"]) == FIELDS
    assert progress[-1]["fields"]["done"] == 1
    assert pathlib.Path(output).exists()
