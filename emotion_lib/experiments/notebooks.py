"""Run the numbered notebooks headlessly: every one of ``notebooks/``, found by glob, under papermill.

python -m emotion_lib.experiments.notebooks                  # all, in full
python -m emotion_lib.experiments.notebooks 01 -p EPOCHS=5   # one, with a parameter changed: the run 01_.../EPOCHS=5
python -m emotion_lib.experiments.notebooks --again RUN      # a recorded run, with the parameters of its record

:mod:`emotion_lib.experiments.pipeline` runs them as a series that knows what has changed.
"""

import argparse
import ast
import os
import re
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import nbformat

from .. import artifacts
from ..errors import EmotionError
from ..files import FolderInUseError, digest_of, exclusive
from ..paths import notebooks_dir
from .needs import PACKAGES, WEIGHTS

# What makes any notebook small; those of its parameters that have these names take these values.
SMOKE = {
    "DATASET": "synthetic", "LIMIT": 256, "EPOCHS": 2, "HEAD_EPOCHS": 2, "REMEDY_EPOCHS": 1, "WEIGHTS": None,
    "IMAGE_SIZE": 48, "SIZES": [48], "FACES": "synthetic", "FOLDS": 3, "COMPONENTS": 32, "SEARCH_IMAGES": 200,
    "DENSE": 64, "SEEDS": [0], "MEMBERS": [{"seed": 11, "epochs": 1}], "TAUGHT": [{"seed": 20}],
    "ABLATION": {"no votes": {"votes": 0}}, "TAUGHT_EPOCHS": 1, "STUDENT_EPOCHS": 1, "VIEWS": 2,
}  # fmt: skip
_LONGEST_REASON = 300
_LONGEST_VARIANT = 200  # of the 255 bytes that a folder's name may have
EMBEDDED = (
    "emoji",
    "emoji_scenes",
)  # data sets that come with the library, which a small run keeps


class NotebookError(EmotionError, ValueError):
    """A notebook that is not as the house wants it, or a parameter it does not have."""


def find(only: str = "") -> list[Path]:
    """The numbered notebooks whose name begins with ``only``, in order.

    Raises:
        NotebookError: none does.
    """
    found = sorted(p for p in notebooks_dir().glob("[0-9][0-9]_*.ipynb") if p.name.startswith(only))
    if not found:
        names = [p.stem for p in sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))]
        raise NotebookError(f"Expected the beginning of one of {names}. Received: {only!r}.")
    return found


def parameters(path: Path) -> dict:
    """Names and default values of the cell tagged ``parameters``.

    Raises:
        NotebookError: there is not exactly one such cell, or it holds more than plain values.
    """
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    if len(cells) != 1:
        raise NotebookError(
            f"Expected one cell tagged 'parameters' in {path.name}. Received: {len(cells)}."
        )
    values = {}
    for statement in ast.parse(cells[0].source).body:
        try:
            (target,) = statement.targets
            values[target.id] = ast.literal_eval(statement.value)
        except (AttributeError, ValueError):
            raise NotebookError(
                f"Expected NAME = literal in the parameters of {path.name}. Received: {ast.unparse(statement)!r}."
            ) from None
    return values


def needs_of(path: Path) -> dict[str, dict]:
    """Return what a notebook's metadata say that it needs, see :mod:`emotion_lib.experiments.needs`.

    Raises:
        NotebookError: they name a need that is not known, or a parameter that the notebook does not have.
    """
    stated = nbformat.read(path, as_version=4).metadata.get("emotion", {}).get("needs", {})
    known = [*PACKAGES, *WEIGHTS]
    for name, condition in stated.items():
        if name not in known:
            raise NotebookError(f"Expected needs of {path.name} among {known}. Received: {name!r}.")
        refuse_unknown(path, condition)
    return {name: dict(condition) for name, condition in stated.items()}


def small(path: Path) -> dict:
    """The parameters of :data:`SMOKE` that a notebook has; one whose data comes with the library keeps it."""
    known = parameters(path)
    kept = {"DATASET"} if known.get("DATASET") in EMBEDDED else set()
    return {name: value for name, value in SMOKE.items() if name in known and name not in kept}


def execute(path: Path, changes: Mapping, output: Path) -> None:
    """Run one notebook in a kernel of its own and keep the executed copy, also of a failed one.

    The kernel works where the caller does, so that relative paths, in parameters and in the environment, mean what they mean
    to the caller.

    Papermill only warns about a parameter that the notebook does not have; here that is an error.

    Args:
        path: the notebook.
        changes: parameters to replace.
        output: file of the executed copy.

    Raises:
        NotebookError: a name that is not in the parameters cell.
        papermill.PapermillExecutionError: a cell failed; its message holds the traceback.
    """
    import papermill

    refuse_unknown(path, changes)
    output.parent.mkdir(parents=True, exist_ok=True)
    if not sys.stderr.isatty():
        os.environ.setdefault(
            "TQDM_MININTERVAL", "20"
        )  # a log gets a line now and then, a terminal a bar that moves
    papermill.execute_notebook(
        str(path), str(output), dict(changes), kernel_name="python3", progress_bar=False,
        stdout_file=sys.stdout, stderr_file=sys.stderr,  # the epochs of a training as they end, and progress bars
    )  # fmt: skip


def reason_of(error: BaseException) -> str:
    """Return the type and the message of the error that a notebook failed with, on one line.

    A message of several lines is cut to its first, and its last where the first one ends in a colon, as TensorFlow's do.
    """
    name = getattr(
        error, "ename", type(error).__name__
    )  # papermill's error has those of the cell's
    message = getattr(error, "evalue", str(error))
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if not lines:
        return name
    short = f"{lines[0]} {lines[-1]}" if len(lines) > 1 and lines[0].endswith(":") else lines[0]
    return f"{name}: {short[:_LONGEST_REASON]}"


def refuse_unknown(path: Path, changes: Mapping) -> None:
    """Raise a NotebookError if a name is not in the notebook's parameters cell."""
    known = parameters(path)
    if unknown := sorted(set(changes) - set(known)):
        raise NotebookError(
            f"Expected parameters of {path.name}: {sorted(known)}. Received: {unknown}."
        )


def notebook_of(name: str) -> Path:
    """Return the notebook that a run comes from, by the run's name.

    The name begins with the notebook's, or with that and a variant's: "13_compact_residual_wide/seed-40" is a run of
    13_compact_residual.ipynb.

    Raises:
        NotebookError: there is none.
    """
    first = name.split("/")[0]
    found = [path for path in find() if first == path.stem or first.startswith(f"{path.stem}_")]
    if not found:
        raise NotebookError(
            f"Expected a run of one of {[path.stem for path in find()]}. Received: {name!r}."
        )
    return max(found, key=lambda path: len(path.stem))


def variant_of(name: str, changes: Mapping) -> str:
    """Return the name of a run with some parameters changed, such as "01_x/EPOCHS=5", which its folder has too.

    Values that would be too long, or hold what a folder's name may not, end in a digest, so that no two variants are one.
    """
    told = re.sub(
        r"[\s\[\](){}'\"]+", "_", ",".join(f"{key}={value}" for key, value in changes.items())
    )
    allowed = re.sub(r"[^A-Za-z0-9_.,=-]", "_", told)[:_LONGEST_VARIANT]
    if allowed != told:
        allowed += f"-{digest_of(repr(sorted(changes.items())), length=8)}"
    return f"{name}/{allowed}"


def recorded(name: str) -> tuple[Path, dict]:
    """The notebook that a recorded run comes from, and the parameters it was run with.

    Those that the notebook has no more are left out, those that it has got since keep their defaults, and both are printed.

    Raises:
        NotebookError: no such run, or its notebook is gone.
    """
    try:
        record = artifacts.load_run(name).record
    except artifacts.ArtifactError as error:
        raise NotebookError(str(error)) from None
    path = notebook_of(name)
    known, before = parameters(path), record["parameters"]
    for what, names in (
        ("gone", set(before) - set(known)),
        ("at their defaults", set(known) - set(before)),
    ):
        if names:
            print(
                f"Parameters {what} since commit {record['commit']}, which {name} was made at: {sorted(names)}"
            )
    return path, {key: value for key, value in before.items() if key in known}


def assignment(text: str) -> tuple[str, object]:
    """NAME=VALUE of a command line; the value as a Python literal or, failing that, as the string it is."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"Expected NAME=VALUE. Received: {text!r}.")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def main(arguments: list[str] | None = None) -> int:
    """Run notebooks one after another; the exit status is non-zero if one failed."""
    parser = argparse.ArgumentParser(
        prog="python -m emotion_lib.experiments.notebooks",
        description="Run the numbered notebooks headlessly.",
    )
    parser.add_argument(
        "only",
        nargs="?",
        default="",
        help="beginning of a notebook's name, such as 01 (default: all)",
    )
    parser.add_argument("-p", "--parameter", action="append", type=assignment, default=[], metavar="NAME=VALUE",
                        help="change a parameter; may be repeated")  # fmt: skip
    parser.add_argument(
        "--again",
        metavar="RUN",
        help="run this recorded run again, with the parameters of its record",
    )
    parser.add_argument(
        "--smoke-parameters", action="store_true", help=f"small and without data: {SMOKE}"
    )
    options = parser.parse_args(arguments)
    if options.only and options.again:
        parser.error("Expected a notebook or --again RUN. Received: both.")
    # TensorFlow's start-up notes would drown the log; its errors still show.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    failed = []
    # Whoever ends the process ends its kernel too, which is a process of its own: the cell that runs is interrupted, so
    # that a training stops between two files, and the executed copy is written.
    before_us = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        again, before = recorded(options.again) if options.again else (None, {})
        notebooks = [again] if again else find(options.only)
        for path in notebooks:  # before hours of work, not between them
            refuse_unknown(path, dict(options.parameter))
        for path in notebooks:
            known = parameters(path)
            changes = before | (small(path) if options.smoke_parameters else {})
            changes |= dict(options.parameter)
            if options.parameter and "RUN_NAME" not in dict(
                options.parameter
            ):  # a variant never replaces the run itself
                changes["RUN_NAME"] = variant_of(
                    (known | before)["RUN_NAME"], dict(options.parameter)
                )
            start = time.perf_counter()
            print(f"{path.stem}: running {changes or 'in full'}", flush=True)
            output = (
                artifacts.run_folder(str(changes.get("RUN_NAME", known["RUN_NAME"]))) / path.name
            )
            try:
                with exclusive(output.parent, f"notebook {path.stem}"):
                    execute(path, changes, output)
                print(f"{path.stem}: done in {time.perf_counter() - start:.0f} s", flush=True)
            except KeyboardInterrupt:
                print(
                    f"{path.stem}: stopped after {time.perf_counter() - start:.0f} s (executed copy: {output})",
                    flush=True,
                )
                return 130
            except NotebookError:
                raise
            except FolderInUseError as error:
                failed.append(path.stem)
                print(
                    f"{error}\n{path.stem}: FAILED {reason_of(error)}", file=sys.stderr, flush=True
                )
            except Exception as error:  # one failed notebook must not stop the others
                failed.append(path.stem)
                print(
                    f"{error}\n{path.stem}: FAILED {reason_of(error)} (executed copy: {output})",
                    file=sys.stderr,
                    flush=True,
                )
    except (NotebookError, artifacts.ArtifactError) as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        signal.signal(signal.SIGTERM, before_us)
    print(
        f"{len(notebooks) - len(failed)} done, {len(failed)} failed"
        + (f": {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
