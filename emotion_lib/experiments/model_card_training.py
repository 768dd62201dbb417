"""Origin of a model, for its card: data, training, teachers, time and energy."""

import re
import textwrap
from collections.abc import Mapping

from .. import artifacts
from ..artifacts import Record
from ..models.heads import PERCEIVED
from ..paths import ROOT
from .markdown import item, paragraph
from .model_convention import is_perceived

# Watts per processor core under load, with its share of memory and cooling: a bound from below and
# one from above. Server processors are rated at 4 to 8 W per core.
WATTS_PER_CORE = (3, 15)


def data_lines(record: Record) -> list[str]:
    """Return list items on the training data."""
    data = record.data
    images = f"{data.images['train']:,} training images"
    name = "FER-2013 with the votes of FER+" if is_perceived(record) else "FER-2013"
    lines = [item("Data", f"{name}, {images} (fingerprint {data.fingerprint}).")]
    for note in data.notes:
        lines.append(f"  - {textwrap.shorten(note, 94, placeholder=' ...')}")
    return lines


def origin(record: Record) -> list[str]:
    """Return list items on what made the model: notebook, training and teachers."""
    model = record.model
    training = record.training
    lines = [
        item(
            "Made by",
            f"notebook run {record.name}, commit {record.commit}, seed {record.seed}, "
            f"{record.date[:10]}; initial weights: {model.weights}; {training.epochs} "
            f"epochs in {training.seconds / 60:.0f} minutes on {training.device} "
            f"({training.backend}, {training.precision}). Checkpoint: "
            f"{training.chosen_by}.",
        )
    ]
    made_of = model.made_of
    missing = artifacts.missing_parents(record, ROOT / "artifacts")
    if missing:
        teachers = "one teacher is" if len(missing) == 1 else f"{len(missing)} teachers are"
        lines.append(
            item(
                "Not reproducible exactly",
                f"{teachers} not a recorded run ({', '.join(missing)}), so that this very model "
                "cannot be made again. Promotion refuses such a model since.",
            )
        )
    if made_of:
        lines.append("- **Teachers** (SHA-256 of their files):")
    for name, digest in made_of.items():
        note = ", not a recorded run" if name in missing else ""
        lines.append(f"  - {name} ({digest[:10]}{note})")
    return lines


def impact(record: Record) -> str:
    """Return a paragraph on the time of all trainings that led to a model, and on their energy."""
    trainings = _trainings(record)
    seconds = sum(made.training.seconds for made in trainings.values())
    devices = sorted({made.training.device for made in trainings.values()})
    count = "One training" if len(trainings) == 1 else f"{len(trainings)} trainings"
    sentences = [
        f"{count} led to this model, its teachers included: {seconds / 60:.0f} minutes on "
        f"{' and '.join(devices)}. Trials that led to nothing are not in this sum."
    ]
    energy = [_kilowatt_hours(made) for made in trainings.values()]
    if all(energy):
        low = sum(bounds[0] for bounds in energy if bounds)
        high = sum(bounds[1] for bounds in energy if bounds)
        sentences.append(
            f"The energy was not measured. At {WATTS_PER_CORE[0]} to {WATTS_PER_CORE[1]} W per "
            f"core with its share of memory and cooling, an assumption, it is {low:.2g} to "
            f"{high:.2g} kWh."
        )
    return paragraph(sentences)


def _trainings(record: Record) -> Mapping[str, Record]:
    """Return one record per training: that of the model, and those of its teachers, by name.

    The two heads of a network have a record each, and were trained together.
    """
    known = {run.name: run.record for run in artifacts.runs(ROOT / "artifacts")}
    found: dict[str, Record] = {}
    waiting = [record]
    while waiting:
        made = waiting.pop()
        name = made.name.removesuffix(f"/{PERCEIVED}")
        if name in found:
            continue
        if made.training.epochs:
            found[name] = made
        waiting += [known[parent] for parent in made.model.made_of if parent in known]
    return found


def _kilowatt_hours(record: Record) -> tuple[float, float] | None:
    """Return bounds of the energy of a training; None if not on processor cores alone."""
    cores = re.search(r", (\d+) cores?$", record.training.device)
    if cores is None:
        return None
    hours = int(cores[1]) * record.training.seconds / 3600
    low, high = (watts * hours / 1000 for watts in WATTS_PER_CORE)
    return low, high
