"""The series: changes, failures, the order of notebooks, the budget, interruptions."""

import csv
import json
import os
import re
import signal
import threading
import time

import pytest
from conftest import record

from emotion_lib.experiments import changes, notebook_process, pipeline, series
from emotion_lib.experiments.minutes import MinutesTable
from emotion_lib.paths import artifacts_dir

DEVICE = "a CPU, 2 cores"


@pytest.fixture(autouse=True)
def a_processor(monkeypatch):
    """Replace the machine by one that is the same everywhere."""
    monkeypatch.setattr(pipeline, "backend_and_devices", lambda: ("tensorflow", ["cpu:0"]))
    monkeypatch.setattr("emotion_lib.environment.gpus", lambda: [])
    monkeypatch.setattr("emotion_lib.environment.processor", lambda: DEVICE)


@pytest.fixture
def write_real(write_notebook, monkeypatch):
    """Return a function that writes notebooks that run in kernels."""
    monkeypatch.setattr(changes, "data_identity", lambda name: "data")
    return write_notebook


@pytest.fixture
def write(write_real, quick_runner):
    """Return a function that writes notebooks that are executed without a kernel."""
    return write_real


def statuses(capsys):
    return dict(
        re.findall(
            r"^(\d\d_\w+) +[\d.-]+  (done|unchanged|stopped|left out|FAILED)\b",
            capsys.readouterr().out,
            re.M,
        )
    )


def add_minutes(stem, minutes):
    """Add to the table that a notebook took some minutes here."""
    artifacts_dir().mkdir(parents=True, exist_ok=True)
    table = MinutesTable(artifacts_dir() / "minutes.csv")
    table.add(stem, "done", minutes, device=DEVICE, backend="tensorflow")


def rows():
    with (artifacts_dir() / "minutes.csv").open(newline="") as file:
        return {row["notebook"]: row for row in csv.DictReader(file)}


def test_only_notebooks_that_failed_or_changed_run_again(run_series, write, capsys):
    write("01_works", "print('one')")
    write("02_fails", "1 / 0")
    write("99_last", "print('last')")
    assert run_series() == 1
    assert statuses(capsys) == {"01_works": "done", "02_fails": "FAILED", "99_last": "done"}
    assert run_series() == 1
    assert statuses(capsys) == {
        "01_works": "unchanged",
        "02_fails": "FAILED",
        "99_last": "unchanged",
    }
    write("02_fails", "print('mended')")
    assert run_series() == 0
    assert statuses(capsys) == {"01_works": "unchanged", "02_fails": "done", "99_last": "unchanged"}
    assert run_series() == 0
    assert set(statuses(capsys).values()) == {"unchanged"}
    assert run_series("01", "--always") == 0
    assert statuses(capsys) == {"01_works": "done"}


def test_other_data_is_a_change_for_the_notebooks_that_read_it(
    run_series, write, capsys, monkeypatch
):
    write("01_reads", "if FACES is None:\n    datasets.load(FACES)", extra='FACES = "fer2013"')
    write("02_draws", extra='DATASET = "synthetic"')
    assert run_series() == 0
    monkeypatch.setattr(changes, "data_identity", lambda name: "other data")
    capsys.readouterr()
    assert run_series() == 0
    assert statuses(capsys) == {"01_reads": "done", "02_draws": "unchanged"}


def test_a_failure_is_in_the_summary_in_the_table_and_in_the_exit_status(
    run_series, write_real, capsys
):
    write_real("01_works", "print('one')")
    write_real("02_fails", "raise ValueError('Expected x. Received: y.\\nHow to get x')")
    assert run_series() == 1
    out = capsys.readouterr().out
    copy = artifacts_dir() / "02_fails" / "02_fails.ipynb"
    reason = f"cell [2]: ValueError: Expected x. Received: y. (executed copy: {copy})"
    assert re.search(rf"^02_fails +[\d.]+  FAILED     {re.escape(reason)}$", out, re.M)
    assert out.rstrip().endswith("1 done, 1 FAILED (02_fails)") and copy.is_file()
    found = rows()
    assert found["01_works"]["status"] == "done" and found["01_works"]["reason"] == ""
    assert found["02_fails"]["status"] == "FAILED" and found["02_fails"]["reason"] == reason
    assert {row["device"] for row in found.values()} == {DEVICE}
    assert {row["backend"] for row in found.values()} == {"tensorflow"}


def test_a_runner_that_dies_is_a_failure(run_series, write, capsys):
    write("01_is_killed", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    write("02_exits", "import os\nprint('no memory', flush=True)\nos._exit(3)")
    assert run_series() == 1
    out = capsys.readouterr().out
    assert re.search(r"^01_is_killed .*FAILED     its process was killed by SIGKILL$", out, re.M)
    assert re.search(r"^02_exits .*FAILED     exit status 3: no memory$", out, re.M)


def test_a_notebook_that_doit_cannot_run_is_a_failure(run_series, write, capsys, monkeypatch):
    write("01_a", "print('a')")
    write("02_b", "print('b')", name="01_a")  # its run would be the other's
    assert run_series() == 1
    assert set(statuses(capsys).values()) == {"FAILED"}
    write("02_b", "print('b')")
    monkeypatch.setattr(notebook_process.subprocess, "Popen", lambda *_, **__: 1 / 0)
    assert run_series("02") == 1
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_changed_parameters_make_another_run(run_series, write, capsys):
    write("01_a", "print('hours', HOURS)", extra="HOURS = None")
    own = ["01", "-p", "HOURS=0.5", "--name", "half-an-hour"]
    for arguments, status in (([], "done"), (own, "done"), ([], "unchanged"), (own, "unchanged")):
        assert run_series(*arguments) == 0
        out = capsys.readouterr().out
        assert re.search(rf"^01_a +[\d.-]+  {status}$", out, re.M)
        assert ("hours 0.5\n" in out) == (arguments == own and status == "done")
    with (artifacts_dir() / "minutes.csv").open(newline="") as file:
        assert [row["parameters"] for row in csv.DictReader(file)] == [
            "",
            "HOURS=0.5",
        ]


def test_a_notebook_runs_after_those_whose_runs_it_reads(run_series, write, capsys):
    place = "import json, os, pathlib\n"
    place += "f = pathlib.Path(os.environ['ARTIFACTS_DIR'], RUN_NAME, 'run.json')"
    place += f"\nrecord = {record('?')!r} | {{'name': RUN_NAME, 'commit': str(os.getpid())}}"
    place += "\nf.parent.mkdir(exist_ok=True)\nf.write_text(json.dumps(record))"
    write("02_reads", place, extra='MEMBER_RUNS = ["03_trains"]')
    write("03_trains", place)
    assert run_series() == 0
    assert list(statuses(capsys)) == ["02_reads", "03_trains"]
    kept, later = (artifacts_dir() / name / "run.json" for name in ("03_trains", "02_reads"))
    assert kept.stat().st_mtime_ns < later.stat().st_mtime_ns
    assert run_series() == 0
    assert set(statuses(capsys).values()) == {"unchanged"}
    assert run_series("03", "--always") == 0
    capsys.readouterr()
    assert run_series() == 0
    assert statuses(capsys) == {"02_reads": "done", "03_trains": "unchanged"}


def test_a_notebook_runs_again_for_another_served_model_but_not_for_its_own(
    run_series, write, capsys, tmp_path, monkeypatch
):
    best = tmp_path / "best"
    best.mkdir()
    monkeypatch.setattr(changes, "best_dir", lambda: best)
    write("01_other")
    write("02_trains", "print('best_dir')")
    served = ["01_other", "02_trains/student", "02_trains/hours-3/student", "01_other/short"]
    found = []
    for name in served:
        (best / "model.keras").write_text(name)
        (best / "run.json").write_text(json.dumps(record(name)))
        assert run_series("02") == 0
        found.append(statuses(capsys)["02_trains"])
    assert found == ["done", "unchanged", "unchanged", "done"]


def order(out):
    return re.findall(r"^\d of \d · (\d\d)_\w+ · (?:done|FAILED)", out, re.M)


def test_the_longest_come_first_and_the_comparison_last(run_series, write, capsys):
    """01 comes before 03, which reads its run; 99 comes last, although it takes longest."""
    write("01_short")
    write("02_long", "1 / 0")
    write("03_reads", extra='RUNS = ["01_short"]')
    write("04_middle")
    write("99_compares")
    for stem, minutes in {
        "01_short": 1,
        "02_long": 60,
        "03_reads": 70,
        "04_middle": 30,
        "99_compares": 90,
    }.items():
        add_minutes(stem, minutes)
    assert run_series("--always") == 1
    assert order(capsys.readouterr().out) == ["01", "03", "02", "04", "99"]


def test_the_order_of_new_notebooks_follows_their_recorded_trainings(run_series, write, capsys):
    for stem, seconds in {"01_short": 60, "02_long": 5400, "03_middle": 600}.items():
        write(stem)
        (artifacts_dir() / stem).mkdir(parents=True)
        content = record(stem, training={"epochs": 1, "seconds": seconds, "precision": "float32"})
        (artifacts_dir() / stem / "run.json").write_text(json.dumps(content))
    add_minutes("03_middle", 20)
    assert run_series("--always") == 0
    assert order(capsys.readouterr().out) == ["02", "03", "01"]


def test_progress_shows_how_many_have_ended_and_the_time_left(run_series, write, capsys):
    for stem, minutes in {"01_a": 30, "02_b": 9, "03_c": 4}.items():
        write(stem)
        add_minutes(stem, minutes)
    write("04_d")
    assert run_series("--always", "--except", "04") == 0
    lines = []
    for line in capsys.readouterr().out.splitlines():
        if re.match(r"\d of 4 · ", line):
            lines.append(re.sub(r"\b0:\d\d\b", "0:00", line))
    assert lines == [
        "1 of 4 · 04_d · left out: as asked by --except 04",
        "2 of 4 · 01_a · starts, expected 30 min · 0:00 so far · about 43 min left",
        "2 of 4 · 01_a · done in 0:00 · 0:00 so far · about 13 min left",
        "3 of 4 · 02_b · starts, expected 9 min · 0:00 so far · about 13 min left",
        "3 of 4 · 02_b · done in 0:00 · 0:00 so far · about 4 min left",
        "4 of 4 · 03_c · starts, expected 4 min · 0:00 so far · about 4 min left",
        "4 of 4 · 03_c · done in 0:00 · 0:00 so far",
    ]
    add_minutes("01_a", 30)
    assert run_series() == 0
    out = capsys.readouterr().out  # nobody has run 04
    assert re.search(r"· 01_a · unchanged · 0:\d\d so far · 1 min left, beside 1 of unknown", out)
    assert "4 of 4 · 04_d · starts · " in out and " · time left unknown" in out


def test_small_runs_that_nobody_has_timed_take_as_long_as_those_before(run_series, write, capsys):
    for stem in ("01_a", "02_b"):
        write(stem, smoke={"RUN_NAME": stem})
    assert run_series("--smoke") == 0
    out = capsys.readouterr().out
    assert re.search(r"^1 of 2 · 01_a · starts · 0:00 so far · time left unknown$", out, re.M)
    assert re.search(r"^1 of 2 · 01_a · done in .* · about 1 min left$", out, re.M)
    assert re.search(r"^In 0:\d\d: 2 done$", out, re.M)
    assert "mean nothing" in out.splitlines()[-1]


def test_no_notebook_starts_that_exceeds_the_budget(run_series, write, capsys):
    for stem, minutes in {"01_a": 0.1, "02_long": 50}.items():
        write(stem)
        add_minutes(stem, minutes)
    write("03_unknown")
    assert run_series("--always", "--budget", "5") == 0
    out = capsys.readouterr().out
    assert re.search(
        r"^02_long +-  left out   it is expected to take 50 min, "
        r"and \d:\d\d of the budget are left$",
        out,
        re.M,
    )
    assert out.rstrip().endswith("2 done, 1 left out (02_long)")
    assert rows()["02_long"]["status"] == "left out"
    assert run_series() == 0  # it is not done, whatever the budget was
    assert statuses(capsys) == {"01_a": "unchanged", "02_long": "done", "03_unknown": "unchanged"}


WAITS = """import os, pathlib, time
started = pathlib.Path(os.environ["ARTIFACTS_DIR"], "started")
started.touch()
try:
    time.sleep(600)
finally:
    started.with_name("cleaned").touch()"""


def when_started(action):
    """Call a function as soon as the notebook runs."""

    def wait():
        while not (artifacts_dir() / "started").exists():
            time.sleep(0.05)
        action()

    threading.Thread(target=wait, daemon=True).start()


def test_at_the_end_of_the_budget_notebooks_are_interrupted(
    run_series, write_real, capsys, monkeypatch
):
    write_real("01_waits", WAITS)
    write_real("02_later")
    add_minutes("01_waits", 0.01)

    class Alarm(threading.Timer):
        """Timer whose budget ends when the notebook runs, however fast the machine is."""

        def run(self):
            if self.function.__name__ == "stop":
                when_started(lambda: self.function(*self.args))

    monkeypatch.setattr(series.threading, "Timer", Alarm)
    assert run_series("--always", "--budget", "5") == 0
    out = capsys.readouterr().out
    assert (artifacts_dir() / "cleaned").exists()
    assert "Stopping what runs: the budget is spent." in out
    assert re.search(r"^01_waits +[\d.]+  stopped    the budget is spent$", out, re.M)
    assert re.search(r"^02_later +-  left out   the budget is spent$", out, re.M)
    assert out.rstrip().endswith("1 stopped (01_waits), 1 left out (02_later)")
    assert rows()["01_waits"]["status"] == "stopped"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_notebooks_and_the_summary_is_printed(run_series, write, capsys, number):
    write("01_waits", WAITS)
    write("02_later")
    before = signal.getsignal(number)
    when_started(lambda: os.kill(os.getpid(), number))
    assert pipeline.run_series() == 130
    assert (artifacts_dir() / "cleaned").exists()
    assert statuses(capsys) == {"01_waits": "stopped", "02_later": "left out"}
    assert signal.getsignal(number) is before


def test_ctrl_c_reaches_the_series_alone(run_series, write, capsys):
    """A terminal sends it to every process of its session, which would interrupt twice."""
    write("01_a", "import os\nprint('its own session:', os.getsid(0) == os.getpid())")
    assert run_series() == 0
    assert "its own session: True" in capsys.readouterr().out
