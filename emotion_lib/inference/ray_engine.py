"""Prediction of millions of pictures by Ray Data, into a folder of Parquet files.

Ray runs on this machine, or on the cluster that RAY_ADDRESS names (with this package installed on
it).
"""

import os
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..environment import require
from ..files import sha256
from ..paths import best_dir
from .compiled_file import compiled_file
from .model_choice import model_choice
from .parquet_folder import ParquetFolder, table_schema
from .picture_sources import EngineError, Picture, fetch, list_pictures
from .predictor import Predictor
from .ray_session import ray_session
from .tables import rows

if TYPE_CHECKING:
    import pyarrow as pa

# Pictures of a block, which is read again if a run is stopped before it is written.
PICTURES_PER_BLOCK = 256


def predict_to_parquet(
    sources: Iterable[str],
    out: str,
    *,
    model: str | None = None,
    detector: str | None = None,
    abstain: float | None = 0.0,
    workers: int | None = None,
) -> dict[str, int]:
    """Predict all pictures of some folders and write the results to a folder of Parquet files.

    The rows are those of :func:`emotion_lib.inference.tables.rows`, the same as of the local
    engine. Pictures that ``out`` already holds are skipped, so that a run that was stopped can be
    continued. No existing file is deleted or replaced.

    Args:
        sources: files or folders, as local paths or URIs of any filesystem that PyArrow reads
            (s3://, gs://, hdfs://). A file that does not exist gives a row with the reason.
        out: folder to write to, path or URI. It is new or empty, or that of an earlier run with the
            same model, detector and threshold.
        model: see :meth:`emotion_lib.inference.predictor.Predictor.load`.
        detector: the same.
        abstain: see :meth:`emotion_lib.inference.predictor.Predictor.predict`; None: the model's
            own threshold.
        workers: number of actors, each on one processor; None: one per processor of Ray.

    Returns:
        The number of pictures that were "found", of those "skipped" as done before, and of those
        that are "ok", "no_face" and "error", done now or before.

    Raises:
        MissingPackageError: Ray is not installed.
        EngineError: Ray has failed, a source cannot be listed, or ``out``
            cannot be read or written, is of another program, or holds the results of another
            model, detector or threshold.
        FolderInUseError: another process writes to ``out``.

    Example:
        >>> predict_to_parquet(["photos/"], "results")  # doctest: +SKIP
        {'found': 1000, 'skipped': 0, 'ok': 950, 'no_face': 45, 'error': 5}
    """
    require("ray")
    pictures = list_pictures(sources)
    output = ParquetFolder(out)
    output.check()  # before the model is loaded, which takes seconds
    # Loaded here too, so that a wrong model fails now and not in an actor.
    predictor = Predictor.load(model, detector=detector)
    abstain = predictor.threshold if abstain is None else abstain
    choice = model_choice(model)
    is_int8 = choice.runtime == "int8"
    digest = sha256(compiled_file(choice.file, "int8") if is_int8 else choice.file)
    made_by = {"model": digest, "detector": detector, "abstain": abstain}
    output.check(made_by)
    with output.exclusive():
        output.claim(made_by)
        done = output.done()
        left = [picture for name, picture in pictures.items() if name not in done]
        if left:
            # The shipped model of another machine may lie elsewhere.
            is_shipped = choice.file == best_dir() / "model.keras"
            file = None if is_shipped else os.path.abspath(choice.file)
            load = {"model": file, "detector": detector, "runtime": choice.runtime}
            _run(left, output, predictor.class_names, load, abstain, workers)
            done = output.done()
    statuses = Counter(done[name] for name in pictures if name in done)
    counts = {"found": len(pictures), "skipped": len(pictures) - len(left)}
    for status in ("ok", "no_face", "error"):
        counts[status] = statuses[status]
    return counts


def _run(
    pictures: list[Picture],
    output: ParquetFolder,
    class_names: tuple[str, ...],
    load: dict[str, Any],
    abstain: float,
    workers: int | None,
) -> None:
    """Predict pictures and write their rows.

    Args:
        pictures: at least one.
        output: folder of the results.
        class_names: of the model.
        load: arguments of :meth:`Predictor.load`.
        abstain: threshold of the label.
        workers: number of actors; None: one per processor of Ray.

    Raises:
        EngineError: Ray does not start, or fails.
    """
    items = []
    for picture in pictures:
        # Paths as bytes: Arrow's strings are UTF-8, file names need not be.
        path = os.fsencode(picture.path)
        items.append({"name": picture.name, "path": path, "uri": picture.uri})
    with ray_session(workers) as ray:
        try:
            context = ray.data.DataContext.get_current()
            context.enable_progress_bars = os.isatty(2)
            processors = ray.cluster_resources()["CPU"]
            pool = workers or int(processors)
            blocks = max(pool, -(-len(items) // PICTURES_PER_BLOCK))
            dataset = ray.data.from_items(items, override_num_blocks=blocks)
            fetched = dataset.map_batches(fetch, batch_size=16, num_cpus=0.1)
            predicted = fetched.map_batches(
                BatchPredictor,
                batch_size=Predictor.PICTURES_PER_BATCH,
                fn_constructor_args=(load, abstain, table_schema(class_names)),
                compute=ray.data.ActorPoolStrategy(size=pool),
                # A pool of all processors leaves a part of each to reading and writing.
                num_cpus=1 if pool < processors else 0.8,
            )
            predicted.write_datasink(_datasink(output))
        except ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None) or error
            raise EngineError(
                f"Expected to read all pictures into {output}. "
                f"Received: {type(cause).__name__}: {cause} "
                "What was read is written; the same command continues from there."
            ) from error


def _datasink(output: ParquetFolder) -> Any:
    """Return a sink of Ray Data that writes whole files: Ray's own are torn if it is killed."""
    from ray.data import Datasink
    from ray.data.block import BlockAccessor

    class WholeFiles(Datasink):
        def write(self, blocks, ctx) -> None:
            import pyarrow as pa

            tables = [BlockAccessor.for_block(block).to_arrow() for block in blocks]
            if any(table.num_rows for table in tables):
                output.add(pa.concat_tables(tables))

    return WholeFiles()


class BatchPredictor:
    """An actor that loads the model once and predicts batches of pictures.

    Args:
        load: arguments of :meth:`Predictor.load`.
        abstain: threshold of the label.
        schema: types of the columns.
    """

    def __init__(self, load: dict[str, Any], abstain: float, schema: "pa.Schema"):
        self._predictor = Predictor.load(**load, threads=1)
        self._abstain = abstain
        self._schema = schema

    def __call__(self, batch: dict) -> "pa.Table":
        """Return the rows of a batch from :func:`emotion_lib.inference.picture_sources.fetch`."""
        import pyarrow as pa

        pictures = []
        for path, uri, content in zip(batch["path"], batch["uri"], batch["content"], strict=True):
            pictures.append(content if uri else os.fsdecode(path))
        results = self._predictor.predict(pictures, abstain=self._abstain)
        table = []
        for name, unreadable, result in zip(batch["name"], batch["error"], results, strict=True):
            for row in rows(str(name), result):
                if result.status == "error":
                    # Bytes have no name: the picture's own takes its place in the message.
                    row["error"] = unreadable or row["error"].replace("the bytes given", str(name))
                table.append(row)
        return pa.Table.from_pylist(table, schema=self._schema)
