"""Notebooks run headlessly, one after another, each in its own kernel."""

import os
import re
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .. import artifacts
from ..files import FolderInUseError, digest_of, exclusive
from ..paths import SMOKE_FOLDER, artifacts_dir, is_smoke_run
from . import data_needs
from .log_noise import WithoutNoise
from .notebooks import NotebookError, notebook_of, parameters, refuse_unknown

INTERRUPTED = 130  # the exit status that shells expect after Ctrl-C
_LONGEST_REASON = 300
SMOKE_NOTE = "Smoke run on a few images: its tables and figures mean nothing."


def run_name(path: Path, changes: Mapping[str, object], word: str | None = None) -> str:
    """Return the name of a notebook's run with some parameters changed.

    Such a run is a variant with its own folder: it never replaces the notebook's run with
    its default parameters.

    Args:
        path: the notebook.
        changes: changed parameters; a RUN_NAME among them is the name.
        word: names the variant; None: six hexadecimal digits that depend on the changes do.

    Raises:
        NotebookError: the word is not one, or a RUN_NAME is given too.

    Example:
        >>> run_name(find("01")[0], {"EPOCHS": 5}, word="short")  # doctest: +SKIP
        '01_sequential_cnn/short'
    """
    if word is not None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", word):
            raise NotebookError(
                "Expected a word of letters, digits, '.', '_' and '-' as the name of a run. "
                f"Received: {word!r}."
            )
        if "RUN_NAME" in changes:
            raise NotebookError("Expected --name or the parameter RUN_NAME. Received: both.")
    elif "RUN_NAME" in changes:
        return str(changes["RUN_NAME"])
    elif changes:
        digest = digest_of(repr(sorted(changes.items())), length=6)
        word = f"variant-{digest}"
    own = str(parameters(path)["RUN_NAME"])
    return f"{own}/{word}" if word else own


def recorded_parameters(name: str) -> tuple[Path, dict[str, object]]:
    """Return the notebook that a recorded run comes from, and the parameters of its record.

    Parameters that the notebook no longer has are left out. Those that it has got since keep their
    defaults. Both are printed.

    Raises:
        NotebookError: there is no such run, or its notebook is gone.
    """
    try:
        record = artifacts.load_run(name).record
    except artifacts.ArtifactError as error:
        raise NotebookError(str(error)) from None
    path = notebook_of(name)
    known = parameters(path)
    recorded = record.parameters
    gone = sorted(set(recorded) - set(known))
    if gone:
        # Removed since, or set by the notebook itself for one part of the run, as 04's REMEDY.
        print(
            f"Recorded at commit {record.commit}, but not parameters of {path.name} today, so left "
            f"out: {gone}"
        )
    new = sorted(set(known) - set(recorded))
    if new:
        print(f"Parameters that {name} was not recorded with, at their defaults: {new}")
    return path, {key: value for key, value in recorded.items() if key in known}


def differences(path: Path, values: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters, except RUN_NAME, that differ from the notebook's defaults."""
    defaults = parameters(path)
    found = {}
    for name, value in values.items():
        if name != "RUN_NAME" and value != defaults[name]:
            found[name] = value
    return found


def use_smoke_folder() -> None:
    """Let this process, and those that it starts, write runs into ``smoke`` among the artifacts.

    A series has done so already when it starts the process of a notebook.
    """
    if not is_smoke_run():
        os.environ["ARTIFACTS_DIR"] = str(artifacts_dir() / SMOKE_FOLDER)


def execute(path: Path, changes: Mapping[str, object], output: Path) -> None:
    """Run one notebook in its own kernel and keep the executed copy, also of a failed one.

    The kernel's working directory is the caller's, so that relative paths, in parameters and in
    the environment, mean the same in both.

    Papermill only warns about a parameter that the notebook does not have; here that is an error.

    Args:
        path: the notebook.
        changes: parameters to replace.
        output: file of the executed copy.

    Raises:
        NotebookError: the parameters cell lacks one of the names.
        papermill.PapermillExecutionError: a cell failed; the message holds the traceback.
    """
    import papermill

    refuse_unknown(path, changes)
    output.parent.mkdir(parents=True, exist_ok=True)
    if not sys.stderr.isatty():
        # A log gets a line of progress now and then; a terminal has a bar that moves.
        os.environ.setdefault("TQDM_MININTERVAL", "20")
    try:
        papermill.execute_notebook(
            str(path),
            str(output),
            dict(changes),
            kernel_name="python3",
            progress_bar=False,
            # Epochs of a training as they end, and progress bars.
            stdout_file=sys.stdout,
            stderr_file=WithoutNoise(sys.stderr),
        )
    finally:
        if is_smoke_run() and output.is_file():
            _mark_copy(output)


def _mark_copy(executed: Path) -> None:
    """Say at the top of the executed copy of a smoke run that its numbers are no results."""
    import nbformat

    notebook = nbformat.read(executed, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"**{SMOKE_NOTE}**"))
    nbformat.write(notebook, executed)


def reason_of(error: BaseException) -> str:
    """Return where and why a notebook failed, on one line: the cell, the type and the message.

    The cell's number is the one beside it in the executed copy. Only the first line of a message
    is kept, and the last one too if the first ends in a colon, as TensorFlow's messages do.
    """
    # Papermill's error carries the name and the message of the cell's error.
    name = getattr(error, "ename", type(error).__name__)
    message = getattr(error, "evalue", str(error))
    count = getattr(error, "exec_count", None)
    if count is not None:
        name = f"cell [{count}]: {name}"
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if not lines:
        return name
    short = lines[0]
    if len(lines) > 1 and short.endswith(":"):
        short = f"{short} {lines[-1]}"
    return f"{name}: {short[:_LONGEST_REASON]}"


def run_notebooks(planned: Sequence[tuple[Path, Mapping[str, object]]]) -> int:
    """Run notebooks one after another and print how each ended; one that fails stops no other.

    SIGTERM interrupts the running cell as Ctrl-C does, so that a training stops between two
    files, the kernel ends and the executed copy is written.

    Args:
        planned: notebooks, each with the parameters to replace.

    Returns:
        Exit status: 0, 1 if a notebook failed, or 130 if the run was interrupted.

    Raises:
        NotebookError: a notebook lacks one of the parameters; nothing has run then.
        ArtifactError: a RUN_NAME is not the name of a run.
    """
    for path, changes in planned:
        refuse_unknown(path, changes)
        _output(path, changes)
    # TensorFlow's start-up notes would drown the log; its errors are still shown.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    handler = signal.signal(signal.SIGTERM, signal.default_int_handler)
    failed = []
    try:
        for path, changes in planned:
            if not _run(path, changes):
                failed.append(path.stem)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, handler)
    if len(planned) > 1:
        names = f": {', '.join(failed)}" if failed else ""
        print(f"{len(planned) - len(failed)} done, {len(failed)} failed{names}")
    if is_smoke_run():
        print(SMOKE_NOTE)
    return 1 if failed else 0


def _run(path: Path, changes: Mapping[str, object]) -> bool:
    """Run one notebook, print how it ended, and return whether it succeeded."""
    output = _output(path, changes)
    print(f"{path.stem}: running {dict(changes) or 'in full'}", flush=True)
    start = time.perf_counter()
    try:
        with exclusive(output.parent, f"notebook {path.stem}"):
            execute(path, changes, output)
    except KeyboardInterrupt:
        seconds = time.perf_counter() - start
        print(
            f"{path.stem}: stopped after {seconds:.0f} s (executed copy: {output})",
            flush=True,
        )
        raise
    except FolderInUseError as error:
        _print_failure(path, changes, error, "")
        return False
    except Exception as error:  # one failed notebook must not stop the others
        _print_failure(path, changes, error, f" (executed copy: {output})")
        return False
    print(f"{path.stem}: done in {time.perf_counter() - start:.0f} s", flush=True)
    return True


def _output(path: Path, changes: Mapping[str, object]) -> Path:
    """Return the file of a notebook's executed copy."""
    name = (parameters(path) | dict(changes))["RUN_NAME"]
    return artifacts.run_folder(str(name)) / path.name


def _print_failure(path: Path, changes: Mapping[str, object], error: Exception, note: str) -> None:
    """Print the message of an error, and its traceback unless the message says what to do."""
    text = str(error)
    if getattr(error, "ename", "") == "DataError":
        message = getattr(error, "evalue", text)
        advice = data_needs.without(path, parameters(path) | dict(changes))
        text = f"{message}\n{advice}".rstrip()
    print(f"{text}\n{path.stem}: FAILED {reason_of(error)}{note}", file=sys.stderr, flush=True)
