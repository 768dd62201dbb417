"""Load on the page's server: many clients at once, each of which checks every answer."""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from .app_client import Client, analyse, analyse_before
from .app_pictures import Sent, pictures
from .app_server import PageServer
from .turns import Say

CLIENTS = 50
SECONDS = 60.0
# Of load before the measurement, after which the memory is one that stays.
WARM_UP_S = 10.0
# Kind of picture -> how often clients send it.
SCENARIOS = {
    "one face": {"one face": 1},
    "mixed": {
        "one face": 12,
        "six faces": 3,
        "no face": 2,
        "broken": 1,
        "no picture": 1,
        "too large": 1,
    },
}


@dataclass
class Outcome:
    """What clients saw.

    Attributes:
        latencies: seconds of each answer.
        statuses: HTTP status -> how often; 0: the connection broke.
        wrong: answers that were not right.
    """

    latencies: list[float] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    wrong: int = 0


def load(
    say: Say,
    before: Path | None = None,
    *,
    clients: int = CLIENTS,
    seconds: float = SECONDS,
    warm_up: float = WARM_UP_S,
) -> pd.DataFrame:
    """Return how the page's server answers many clients at once, on this machine.

    The clients run in a process of their own.

    Args:
        say: prints progress.
        before: checkout of version 0.3, whose page is measured too, through the protocol of
            gradio_client.
        clients: number of clients, each of which sends as soon as it has an answer.
        seconds: of load per scenario.
        warm_up: seconds of load before that.

    Returns:
        One row per server and scenario: server, scenario, clients, seconds, per_second (right
        answers), p50_ms, p95_ms, p99_ms, right, wrong, refused (503), failed (all other statuses
        but 200), ready_s (from the start of the process to the first answer), start_mib, warm_mib,
        end_mib (resident memory of the server before, after the warm-up and after the load),
        server_cpu and client_cpu (processors in use).
    """
    rows = []
    for name, checkout in _servers(before):
        for scenario in SCENARIOS:
            with PageServer(checkout) as server:
                row = {"server": name, "scenario": scenario, "clients": clients}
                row["seconds"] = seconds
                row |= _measure(server, scenario, checkout is not None, clients, seconds, warm_up)
            rows.append(row)
            say(
                f"  {name}, {scenario}: {row['per_second']:.1f} /s, p95 {row['p95_ms']:.0f} ms, "
                f"{row['wrong']} wrong, {row['refused']} refused, {row['failed']} failed"
            )
    return pd.DataFrame(rows)


def _servers(before: Path | None) -> Iterator[tuple[str, Path | None]]:
    yield "this page", None
    if before is not None:
        yield "page of version 0.3", before


def _measure(
    server: PageServer,
    scenario: str,
    is_before: bool,
    clients: int,
    seconds: float,
    warm_up: float,
) -> dict:
    start = server.memory_mib()
    options = {
        "host": server.host,
        "port": server.port,
        "scenario": scenario,
        "is_before": is_before,
        "clients": clients,
    }
    _in_a_process(options, warm_up)
    warm = server.memory_mib()
    cpu = server.cpu_seconds()
    answer = _in_a_process(options, seconds)
    row = {key: answer[key] for key in ("per_second", "p50_ms", "p95_ms", "p99_ms", "right")}
    row |= {key: answer[key] for key in ("wrong", "refused", "failed")}
    return row | {
        "ready_s": server.ready_s,
        "start_mib": start,
        "warm_mib": warm,
        "end_mib": server.memory_mib(),
        "server_cpu": (server.cpu_seconds() - cpu) / answer["seconds"],
        "client_cpu": answer["client_cpu"],
    }


def _in_a_process(options: dict, seconds: float) -> dict:
    """Run the clients in a process of their own, as they would hold up nobody else's work."""
    command = [sys.executable, "-m", __name__, json.dumps(options | {"seconds": seconds})]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout)


async def _run(
    host: str,
    port: int,
    sent: list[Sent],
    weights: list[int],
    is_before: bool,
    clients: int,
    seconds: float,
) -> tuple[Outcome, float]:
    """Return what the clients saw, and for how many seconds they sent."""
    outcome = Outcome()
    start = time.perf_counter()
    end = start + seconds
    visitors = []
    for number in range(clients):
        choices = random.Random(number)
        client = Client(host, port)
        visitors.append(_visit(client, choices, sent, weights, is_before, end, outcome))
    await asyncio.gather(*visitors)
    return outcome, time.perf_counter() - start


async def _visit(
    client: Client,
    choices: random.Random,
    sent: list[Sent],
    weights: list[int],
    is_before: bool,
    end: float,
    outcome: Outcome,
) -> None:
    """Send pictures one after the other, and check each answer."""
    while time.perf_counter() < end:
        (picture,) = choices.choices(sent, weights)
        start = time.perf_counter()
        try:
            if is_before:
                status, text = await analyse_before(client, picture.content)
                is_right = text is not None and picture.is_right_before(text)
            else:
                status, answer = await analyse(client, picture.content)
                is_right = answer is not None and picture.is_right(answer)
        except (OSError, EOFError):
            client.close()
            status, is_right = 0, False
        outcome.statuses[status] += 1
        if status == 200:
            outcome.latencies.append(time.perf_counter() - start)
            outcome.wrong += not is_right
        else:
            await asyncio.sleep(0.5)  # as Retry-After asks for, or a broken server gets no rest
    client.close()


def _main(options: dict) -> None:
    """Print as JSON what the clients saw."""
    from ..inference.predictor import Predictor

    found = pictures(Predictor.load())
    weights = SCENARIOS[options.pop("scenario")]
    sent = [found[name] for name in weights]
    cpu = time.process_time()
    outcome, seconds = asyncio.run(_run(sent=sent, weights=list(weights.values()), **options))
    right = len(outcome.latencies) - outcome.wrong
    milliseconds = 1000 * np.percentile(outcome.latencies or [float("nan")], [50, 95, 99])
    answer = {
        "seconds": seconds,
        "per_second": right / seconds,
        "right": right,
        "wrong": outcome.wrong,
        "refused": outcome.statuses[503],
        "failed": outcome.statuses.total() - outcome.statuses[503] - outcome.statuses[200],
        "client_cpu": (time.process_time() - cpu) / seconds,
    }
    for name, value in zip(("p50_ms", "p95_ms", "p99_ms"), milliseconds, strict=True):
        answer[name] = float(value)
    print(json.dumps(answer))


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
