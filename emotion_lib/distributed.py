"""Pictures by the million: Ray Data reads them, a pool of actors classifies, Parquet comes out.

Runs on this machine, or on the cluster that RAY_ADDRESS names (with this package installed on it).
"""

import importlib.util
import json
import logging
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .artifacts import sha256
from .images import PICTURE_SUFFIXES
from .paths import best_dir
from .predictor import Predictor
from .records import columns, rows

PICTURES_A_BLOCK = 256  # what is lost at most, and done again, when a run is stopped


class EngineError(RuntimeError):
    """Ray is missing, or its input or output cannot be had."""


def predict_to_parquet(
    sources: Iterable[str],
    out: str,
    *,
    model: str | None = None,
    detector: str | None = None,
    abstain: float | None = 0.0,
    workers: int | None = None,
) -> dict[str, int]:
    """Read the faces of every picture below some folders into a folder of Parquet files.

    The rows are those of :func:`emotion_lib.records.rows`, the same as the local engine's. Pictures that ``out`` holds
    already are passed over, so that a run that was stopped goes on.

    Args:
        sources: files or folders: local paths or URIs of any filesystem that PyArrow reads (s3://, gs://, hdfs://). One that
            is not there becomes a row that says so.
        out: folder to write to, path or URI; made if need be. It keeps to one model, detector and threshold.
        model, detector, abstain: of :class:`emotion_lib.predictor.Predictor`; None abstains below the model's own threshold.
        workers: actors, of one processor each; None: as many as Ray has processors.

    Returns:
        How many pictures were "found", how many of them "skipped" as done before, and how many are "ok", "no_face" and
        "error", done now or before.

    Raises:
        EngineError: Ray is not installed, a source cannot be listed, ``out`` cannot be read or written, or holds the answers
            of another model, detector or threshold.
    """
    if importlib.util.find_spec("ray") is None:
        raise EngineError(
            "Expected Ray for this engine. Received: it is not installed. In the checkout: pip install -e '.[distributed]'. "
            "Or use --engine local."
        )
    pictures = list(dict.fromkeys(path for source in sources for path in _list(source)))
    done = _done(out)
    left = [path for path in pictures if path not in done]
    if left:
        predictor = Predictor.load(model, detector=detector)  # and a wrong model fails here, not in an actor
        abstain = predictor.threshold if abstain is None else abstain
        digest = sha256(Path(model or best_dir() / "model.keras"))
        _keep_to_one(out, {"model": digest, "detector": detector, "abstain": abstain})
        load = {"model": model and os.path.abspath(model), "detector": detector}
        _run(left, out, predictor.class_names, load, abstain, workers)
        done = _done(out)
    statuses = Counter(done[path] for path in pictures if path in done)
    counts = {status: statuses[status] for status in ("ok", "no_face", "error")}
    return {"found": len(pictures), "skipped": len(pictures) - len(left), **counts}


def _run(pictures: list[str], out: str, class_names, load: dict, abstain: float, workers: int | None) -> None:
    # No usage reports, and of Ray's many notes only what went wrong.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import ray

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    started_here = not ray.is_initialized()
    if started_here:
        ray.init(num_cpus=None if os.environ.get("RAY_ADDRESS") else workers, log_to_driver=False, logging_level="error")
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = os.isatty(2)
        pool = workers or int(ray.cluster_resources()["CPU"])
        blocks = max(pool, -(-len(pictures) // PICTURES_A_BLOCK))
        (
            ray.data.from_items([{"file": path} for path in pictures], override_num_blocks=blocks)
            .map_batches(_read, batch_size=16, num_cpus=0.1)
            .map_batches(
                _Reader,
                batch_size=Predictor.PICTURES_A_BATCH,
                fn_constructor_args=(load, abstain, _schema(class_names)),
                compute=ray.data.ActorPoolStrategy(size=pool),
                num_cpus=1 if pool < ray.cluster_resources()["CPU"] else 0.8,  # what is left over reads and writes
            )
            .write_parquet(out)
        )
    finally:
        if started_here:
            ray.shutdown()


def _read(batch: dict) -> dict:
    """File names -> their bytes, or why there are none."""
    from pyarrow import fs

    contents, errors = [], []
    for path in batch["file"]:
        content, error = b"", ""
        try:
            filesystem, inside = fs.FileSystem.from_uri(_uri(path))
            with filesystem.open_input_file(inside) as file:
                content = file.read()
        except (OSError, ValueError) as problem:
            error = f"Expected a picture at {path}. Received: it cannot be read ({problem})."
        contents.append(content)
        errors.append(error)
    return {"file": batch["file"], "content": contents, "error": errors}


class _Reader:
    """An actor: loads the model once, then classifies."""

    def __init__(self, load: dict, abstain: float, schema):
        self._predictor, self._abstain, self._schema = Predictor.load(**load, threads=1), abstain, schema

    def __call__(self, batch: dict):
        import pyarrow as pa

        results = self._predictor.predict(list(batch["content"]), abstain=self._abstain)
        table = []
        for path, unreadable, result in zip(batch["file"], batch["error"], results, strict=True):
            for row in rows(str(path), result):
                if result.status == "error":
                    # The bytes have no name of their own.
                    row["error"] = unreadable or row["error"].replace("the bytes given", str(path))
                table.append(row)
        return pa.Table.from_pylist(table, schema=self._schema)


def _schema(class_names: tuple[str, ...]):
    """Types of the columns, the same for a block in which nobody has a face."""
    import pyarrow as pa

    text, whole = dict.fromkeys(("file", "status", "error", "label"), pa.string()), {"face": pa.int32()}
    return pa.schema([(name, (text | whole).get(name, pa.float64())) for name in columns(class_names)])


def _list(source: str) -> Iterable[str]:
    """Pictures below a folder, or the file itself; local ones as paths, others as URIs."""
    from pyarrow import fs

    try:
        filesystem, inside = fs.FileSystem.from_uri(_uri(source))
        info = filesystem.get_file_info(inside)
        prefix = source.split("://")[0] + "://" if "://" in source else ""
        if info.type in (fs.FileType.File, fs.FileType.NotFound):  # reading what is not there gives a row with the reason
            return [prefix + inside]
        found = filesystem.get_file_info(fs.FileSelector(inside, recursive=True))
    except (OSError, ValueError) as error:
        raise EngineError(f"Expected a folder or URI that PyArrow reads. Received: {source}: {error}") from error
    return sorted(
        prefix + item.path
        for item in found
        if item.type == fs.FileType.File and Path(item.path).suffix.lower() in PICTURE_SUFFIXES
    )


def _keep_to_one(out: str, made_by: dict) -> None:
    """Note in a new output what its answers were made by; refuse to add others to an old one."""
    from pyarrow import fs

    try:
        filesystem, inside = fs.FileSystem.from_uri(_uri(out))
        note = f"{inside}/_made_by.json"  # readers of Parquet pass over names with a leading underscore
        if filesystem.get_file_info(note).type == fs.FileType.File:
            with filesystem.open_input_file(note) as file:
                before = json.loads(file.read())
            if before != made_by:
                raise EngineError(
                    f"Expected the model, detector and threshold that {out} was begun with: {before}. Received: {made_by}. "
                    "Choose another --out."
                )
            return
        filesystem.create_dir(inside, recursive=True)
        with filesystem.open_output_stream(note) as file:
            file.write(json.dumps(made_by).encode())
    except OSError as error:
        raise EngineError(f"Expected a folder to write to. Received: {out}: {error}") from error


def _done(out: str) -> dict[str, str]:
    """Pictures that the output holds, and their status. A part that a killed run left half written is removed."""
    import pyarrow.parquet as pq
    from pyarrow import fs

    try:
        filesystem, inside = fs.FileSystem.from_uri(_uri(out))
        info = filesystem.get_file_info(inside)
        if info.type == fs.FileType.NotFound:
            return {}
        if info.type == fs.FileType.File:
            raise EngineError(f"Expected a folder for --out, of Parquet files. Received: the file {out}. Choose another.")
        parts = [part.path for part in filesystem.get_file_info(fs.FileSelector(inside)) if part.path.endswith(".parquet")]
        done: dict[str, str] = {}
        for part in parts:
            try:
                table = pq.read_table(part, columns=["file", "status"], filesystem=filesystem)
            except (OSError, ValueError):  # ArrowInvalid is a ValueError: no footer
                filesystem.delete_file(part)
                continue
            done.update(zip(table["file"].to_pylist(), table["status"].to_pylist(), strict=True))
        return done
    except OSError as error:
        raise EngineError(f"Expected a folder to write to. Received: {out}: {error}") from error


def _uri(path: str) -> str:
    return path if "://" in path else Path(path).expanduser().absolute().as_uri()
