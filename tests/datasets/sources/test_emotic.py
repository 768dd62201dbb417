"""EMOTIC in both of its forms, on a tiny tree in the layout of its authors and its converter."""

import csv

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from emotion_lib import datasets
from emotion_lib.datasets import DataError
from emotion_lib.datasets.sources import emotic

COLLECTIONS = ("mscoco/images", "framesdb/images", "emodb_small/images", "ade20k/images")
UNKNOWN = (np.nan, np.nan, np.nan)
HEADER = "Index,Folder,Filename,Image Size,BBox,Categorical_Labels,Continuous_Labels,Gender,Age"
# Split -> photographs -> people: box, labels, (valence, arousal, dominance).
TREE = {
    "train": [
        [
            ((2, 3, 12, 23), ["Peace"], (6, 4, 7)),
            ((20, 5, 39, 28), ["Doubt/Confusion", "Anger"], (3, 7, 5)),
        ],
        [((-5, 2, 60, 29), ["Happiness"], (8, 6, 8))],
        [((1, 1, 30, 30), ["Yearning", "Affection"], UNKNOWN)],
    ],
    "val": [[((4, 4, 20, 20), ["Fear"], (2, 8, 3))]],
    "test": [
        [
            ((4, 4, 20, 20), ["Sadness", "Pain"], (2, 3, 3)),
            ((10, 2, 30, 25), ["Surprise"], (6, 8, 5)),
        ]
    ],
}


def cell(values):
    """Return values as a MATLAB cell array."""
    array = np.empty((1, len(values)), object)
    for index, value in enumerate(values):
        array[0, index] = value
    return array


def structs(dictionaries):
    """Return dictionaries as a MATLAB array of structs."""
    array = np.empty((1, len(dictionaries)), [(name, object) for name in dictionaries[0]])
    for index, values in enumerate(dictionaries):
        array[0, index] = tuple(values.values())
    return array


def annotated_person(split, box, labels, continuous):
    """Return a person as the authors annotate one: by several annotators outside of training.

    The fields have the order in which the converter reads them, which knows no names. MATLAB
    stores whole numbers as small integers, and SciPy returns them so.
    """
    names = ("valence", "arousal", "dominance")
    values = dict(zip(names, map(whole, continuous), strict=True))
    box = np.array([box], np.int16)
    of_annotator = {"annotations_categories": structs([{"categories": cell(labels)}])}
    if split == "train":
        person = {"body_bbox": box, **of_annotator, "annotations_continuous": structs([values])}
        return {**person, "gender": "Female", "age": "Adult"}
    several = [{"categories": cell(labels[:1])}, {"categories": cell(["Engagement"])}]
    return {
        "body_bbox": box,
        "annotations_categories": structs(several),
        "combined_categories": cell(labels),
        "annotations_continuous": structs([values, values]),
        "combined_continuous": structs([values]),
        "gender": "Female",
        "age": "Adult",
    }


def whole(value):
    """Return a value as SciPy reads one that MATLAB has stored."""
    return np.uint8(value) if value == value else np.nan


def photograph():
    """Return an image of 40 x 30 px: red is 5 times the column, green 5 times the row."""
    pixels = np.zeros((30, 40, 3), np.uint8)
    pixels[..., 0] = np.arange(40) * 5
    pixels[..., 1] = np.arange(30)[:, None] * 5
    return Image.fromarray(pixels)


@pytest.fixture
def original(tmp_path):
    """The original distribution."""
    root = tmp_path / "emotic19"
    (root / "Annotations").mkdir(parents=True)
    contents = {}
    for split, photographs in TREE.items():
        entries = []
        for index, people in enumerate(photographs):
            collection = COLLECTIONS[index % 4]
            file = root / "emotic" / collection / f"{split}_{index}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            photograph().save(file)
            database = {"name": collection.split("/")[0], "info": index}
            entry = {
                "filename": file.name,
                "folder": collection,
                "image_size": structs([{"n_col": 40, "n_row": 30}]),
                "original_database": structs([database]),
                "person": structs([annotated_person(split, *person) for person in people]),
            }
            entries.append(entry)
        contents[split] = structs(entries)
    savemat(root / "Annotations" / "Annotations.mat", contents)
    return root


@pytest.fixture
def converted(original):
    """The converter's tables, in a folder inside of its input, written as it writes them.

    It clips each box to the photograph, keeps the spelling of the labels and leaves out people
    without valence, arousal and dominance.
    """
    root = original / "emotic_pre"
    root.mkdir()
    for split, photographs in TREE.items():
        rows = []
        for index, people in enumerate(photographs):
            for (left, top, right, bottom), labels, continuous in people:
                if continuous == UNKNOWN:
                    continue
                box = [max(0, left), max(0, top), min(40, right), min(30, bottom)]
                row = [len(rows), COLLECTIONS[index % 4], f"{split}_{index}.png", [40, 30], box]
                rows.append([*row, labels, list(continuous), "Female", "Adult"])
        with (root / f"{split}.csv").open("w", newline="") as file:
            writer = csv.writer(file, dialect="excel")
            writer.writerow(HEADER.split(","))
            writer.writerows(rows)
    return root


def counts(people):
    return {split: len(found) for split, found in people.items()}


def test_annotations_of_the_original_distribution(original):
    people = emotic.read(original)
    assert counts(people) == {"train": 4, "val": 1, "test": 2}
    second = people["train"][1]
    assert second.box == (20, 5, 39, 28)
    assert second.labels == ("doubt/confusion", "anger")
    assert second.continuous == (3, 7, 5)
    assert (second.gender, second.age) == ("Female", "Adult")
    assert people["train"][2].file.parts[-3:-1] == ("framesdb", "images")


def test_combined_labels_are_taken_instead_of_one_annotators(original):
    people = emotic.read(original)
    assert people["val"][0].labels == ("fear",)
    assert people["test"][0].labels == ("sadness", "pain")


def test_the_data_set(original):
    dataset = datasets.load("emotic", source=original, image_size=20)
    assert dataset.class_names == emotic.CLASS_NAMES
    assert len(emotic.CLASS_NAMES) == 26
    assert dataset.multi_label
    assert not dataset.full
    assert "7 people; EMOTIC has 34320" in dataset.notes
    assert dataset.train.images.shape == (4, 20, 20, 3)
    assert dataset.train.labels.sum() == 6


def test_people_are_cut_from_their_photographs(original):
    images = datasets.load("emotic", source=original, image_size=20).train.images.astype(int)
    # The box of the second person begins at column 20 and row 5.
    assert images[1, 10, 0, 0] == pytest.approx(100, abs=5)
    assert images[1, 0, 10, 1] == pytest.approx(25, abs=5)
    # The box of the third person reaches beyond the left and the right edge.
    assert images[2, 10, 0, 0] == pytest.approx(0, abs=5)
    assert images[2, 10, -1, 0] == pytest.approx(195, abs=5)


def test_continuous_annotations(original):
    people, _ = emotic.people(original, image_size=20)
    assert people["test"].continuous.tolist() == [[2, 3, 3], [6, 8, 5]]
    assert np.isnan(people["train"].continuous[3]).all()


def test_the_context_is_the_whole_photograph(original):
    images = emotic.load(original, crop="context", image_size=20, color="gray").train.images
    assert images.shape == (4, 20, 20)
    assert (images[0] == images[1]).all()  # two people in one photograph


def test_tables_of_the_converter(original, converted):
    """They hold the same people, but for those without valence, arousal and dominance."""
    from_mat, _ = emotic.people(original, image_size=20)
    from_csv, _ = emotic.people(converted, image_size=20)
    for split in emotic.SPLITS:
        expected = from_mat[split]
        found = from_csv[split]
        kept = ~np.isnan(expected.continuous).any(axis=1)
        np.testing.assert_array_equal(found.images, expected.images[kept])
        np.testing.assert_array_equal(found.labels, expected.labels[kept])
        np.testing.assert_array_equal(found.continuous, expected.continuous[kept])
    assert counts(from_csv) == {"train": 3, "val": 1, "test": 2}


def test_tables_that_were_written_on_windows(converted):
    """The converter opens its file without newline="", which doubles the ends of lines there."""
    before = emotic.read(converted)
    for split in emotic.SPLITS:
        file = converted / f"{split}.csv"
        file.write_bytes(file.read_bytes().replace(b"\r\n", b"\r\r\n"))
    assert emotic.read(converted) == before


def test_a_table_with_unknown_values(converted):
    """Converters that keep such people write nan, which is no literal of Python."""
    table = converted / "train.csv"
    table.write_text(table.read_text().replace("[8, 6, 8]", "[nan, nan, nan]"))
    people, _ = emotic.people(converted, image_size=20)
    assert np.isnan(people["train"].continuous[2]).all()


def test_tables_without_gender_and_age(converted):
    before = emotic.read(converted)
    for split in emotic.SPLITS:
        file = converted / f"{split}.csv"
        file.write_text(file.read_text().replace(",Gender,Age", "").replace(",Female,Adult", ""))
    assert counts(emotic.read(converted)) == counts(before)


def test_arrays_of_the_converter(converted):
    rng = np.random.default_rng(0)
    for split, n in (("train", 3), ("val", 1), ("test", 2)):
        for kind, side in (("body", 128), ("context", 224)):
            images = rng.integers(0, 256, (n, side, side, 3)).astype(np.uint8)
            np.save(converted / f"{split}_{kind}_arr.npy", images)
        np.save(converted / f"{split}_cat_arr.npy", np.eye(26)[:n])
        np.save(converted / f"{split}_cont_arr.npy", rng.uniform(1, 10, (n, 3)))
    dataset = emotic.load(converted, image_size=128)
    np.testing.assert_array_equal(dataset.test.images, np.load(converted / "test_body_arr.npy"))
    assert dataset.test.labels.tolist() == np.eye(26, dtype=bool)[:2].tolist()
    assert emotic.load(converted, crop="context", image_size=32).val.images.shape == (1, 32, 32, 3)
    np.save(converted / "val_cat_arr.npy", np.eye(7)[:1])
    with pytest.raises(DataError, match=r"labels \(n, 26\).*\(1, 7\)"):
        emotic.load(converted)


@pytest.fixture
def correct_table(converted):
    """A function that changes the converter's test table and keeps all photographs."""
    emotic.load(converted, image_size=20)  # into the cache
    table = converted / "test.csv"

    def correct(old, new):
        text = table.read_text()
        assert old in text
        table.write_text(text.replace(old, new))

    return correct


def test_corrected_labels_are_read_again(converted, correct_table):
    correct_table("Surprise", "Peace")
    labels = emotic.load(converted, image_size=20).test.labels[1]
    assert np.flatnonzero(labels).tolist() == [emotic.CLASS_NAMES.index("peace")]


def test_corrected_values_are_read_again(converted, correct_table):
    correct_table("[2, 3, 3]", "[9, 3, 3]")
    people, _ = emotic.people(converted, image_size=20)
    assert people["test"].continuous.tolist() == [[9, 3, 3], [6, 8, 5]]


def test_a_box_outside_of_its_photograph_is_left_out(converted, correct_table):
    correct_table("[10, 2, 30, 25]", "[50, 2, 60, 25]")
    dataset = emotic.load(converted, image_size=20)
    assert len(dataset.test) == 1
    assert "the box (50, 2, 60, 25) holds nothing" in dataset.notes[0]


def test_missing_photographs_are_named(original):
    next((original / "emotic" / "mscoco" / "images").glob("train_0*")).unlink()
    dataset = emotic.load(original, image_size=20)
    assert len(dataset.train) == 2
    assert "train_0.png" in dataset.notes[0]
    for file in (original / "emotic").rglob("val_*"):
        file.write_bytes(b"broken")
    with pytest.raises(DataError, match=r"(?s)none that can be read for \['val'\].*by request"):
        emotic.load(original, image_size=20)


def test_without_data_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    message = r"(?s)no such folder.*by request, for research only.*EMOTIC_PATH"
    with pytest.raises(DataError, match=message):
        datasets.load("emotic")
    monkeypatch.setenv("EMOTIC_PATH", str(tmp_path))
    with pytest.raises(DataError, match=r"Annotations\.mat, or train\.csv"):
        datasets.load("emotic")


def test_an_unknown_crop_is_refused(tmp_path):
    with pytest.raises(ValueError, match="context"):
        emotic.people(tmp_path, crop="face")


def test_damaged_tables_are_refused(converted):
    table = converted / "val.csv"
    table.write_text(table.read_text().replace("Fear", "Fright"))
    with pytest.raises(DataError, match=r"26 labels.*\['fright'\] for mscoco"):
        emotic.read(converted)
    table.write_text("Index,Folder\n0,x\n")
    with pytest.raises(DataError, match="no columns"):
        emotic.read(converted)


def test_the_first_release_is_refused(original):
    """Annotations of 2017: one array of photographs, which are in no split."""
    file = original / "Annotations" / "Annotations.mat"
    savemat(file, {"Annotations": structs([{"filename": "x.jpg", "folder": "mscoco/images"}])})
    with pytest.raises(DataError, match=r"Expected train, val and test.*KeyError: 'train'"):
        emotic.read(original)


def test_damaged_annotations_are_refused(original):
    file = original / "Annotations" / "Annotations.mat"
    savemat(file, {"train": np.zeros(3)})
    with pytest.raises(DataError, match="as EMOTIC's authors send it"):
        emotic.read(original)
    file.write_bytes(b"nothing")
    with pytest.raises(DataError, match="as EMOTIC's authors send it"):
        emotic.read(original)
