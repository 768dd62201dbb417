"""Faces that this library and its peers find in the same photographs, and their time."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from ...errors import EmotionError
from ...faces.detection import Box
from ..marked import Photograph, count_centered, marked_photographs
from ..turns import Say

_FOLDER = Path(__file__).parent
# Peer -> the environment that it needs, and the script with its first argument. "{}" stands for the
# environment's folder.
PEERS = {
    "human": ("human", "human_worker.cjs", "{}"),
    "fer, Haar": ("fer", "fer_worker.py", "haar"),
    "fer, MTCNN": ("fer", "fer_worker.py", "mtcnn"),
}
_OURS = {"ours": "default", "ours, thorough": "thorough"}
ENVIRONMENTS = tuple(dict.fromkeys(environment for environment, _, _ in PEERS.values()))


class PeerError(EmotionError, RuntimeError):
    """An environment of a peer that does not exist."""


def peers(photographs: Path, environments: Mapping[str, Path], say: Say) -> pd.DataFrame:
    """Return what this library and its peers find in the marked photographs.

    Each reads the same decoded pixels twice, in a process of its own, and the second time is
    measured: detection and expression of every face. Peers frame faces differently, so a box finds
    a mark here if each holds the other's centre.

    Args:
        photographs: folder with the pictures of ``marked_faces.csv``, recognised by their content.
        environments: "human": a folder in which `npm install` has put ``@vladmandic/human``,
            ``@tensorflow/tfjs`` and ``@tensorflow/tfjs-backend-wasm``; "fer": a virtual
            environment. Peers without one are left out, and so are peers that fail.
        say: prints progress.

    Returns:
        One row each: peer, version, photographs, faces, found, missed, false_faces,
        cpu_milliseconds (processor time, median over the photographs), times_ours (median over the
        photographs of the ratio to the first row).

    Raises:
        PeerError: there is no such peer, or its folder does not exist.
        PhotographsError: a photograph is missing or has other content.
    """
    for name, folder in environments.items():
        if name not in ENVIRONMENTS or not folder.is_dir():
            raise PeerError(
                f"Expected NAME=FOLDER with a name of {', '.join(ENVIRONMENTS)} and the folder of "
                f"its environment. Received: {name}={folder}. Install it there, or leave it out."
            )
    own = [sys.executable, "-m", f"{__package__}.own_worker"]
    commands = {variant: [*own, detector] for variant, detector in _OURS.items()}
    for peer, (environment, script, argument) in PEERS.items():
        if environment in environments:
            folder = environments[environment].resolve()
            program = "node" if script.endswith(".cjs") else str(folder / "bin" / "python")
            commands[peer] = [program, str(_FOLDER / script), argument.format(folder)]
        else:
            say(f"  {peer}: left out. Name its environment: --peer {environment}=FOLDER")
    marked = marked_photographs(photographs)
    rows: list[dict] = []
    first_times = None
    with tempfile.TemporaryDirectory(prefix="emotion-bench-") as temporary:
        files = []
        for index, photograph in enumerate(marked):
            # A format that needs no decoder, so that reading is no part of the comparison.
            files.append(f"{temporary}/{index:02d}.ppm")
            Image.fromarray(photograph.image).save(files[-1])
        for peer, command in commands.items():
            answer = _ask([*command, *files])
            if isinstance(answer, str):
                say(f"  {peer}: left out. {answer}")
                continue
            found = answer["photographs"]
            times = np.array([photograph["cpu_milliseconds"] for photograph in found])
            first_times = times if first_times is None else first_times
            row = {
                "peer": peer,
                "version": answer["version"],
                **_counts([photograph["boxes"] for photograph in found], marked),
                "cpu_milliseconds": float(np.median(times)),
                "times_ours": float(np.median(times / first_times)),
            }
            rows.append(row)
            say(f"  {peer:16s} found {row['found']} of {row['faces']}, {np.median(times):.0f} ms")
    return pd.DataFrame(rows)


def _ask(command: list[str]) -> dict | str:
    """Return the answer of a worker, or the last line of its error message."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    except OSError as error:
        return str(error)
    if done.returncode:
        return done.stderr.strip().rpartition("\n")[2] or f"exit status {done.returncode}"
    return json.loads(done.stdout.strip().rpartition("\n")[2])


def _counts(boxes: list[list[Box]], photographs: list[Photograph]) -> dict[str, int]:
    """Return the faces that are found, missed and false, all photographs together."""
    faces = 0
    found = 0
    boxes_found = 0
    for in_photograph, photograph in zip(boxes, photographs, strict=True):
        faces += len(photograph.marks)
        found += count_centered(in_photograph, photograph.marks)
        boxes_found += len(in_photograph)
    return {
        "photographs": len(photographs),
        "faces": faces,
        "found": found,
        "missed": faces - found,
        "false_faces": boxes_found - found,
    }
