"""EMOTIC in both of its forms, on a tiny tree written as its authors and its converter write theirs."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from emotion_lib import datasets
from emotion_lib.datasets import DataError
from emotion_lib.datasets.sources import emotic

COLLECTIONS = ("mscoco/images", "framesdb/images", "emodb_small/images", "ade20k/images")
# split -> photographs -> people: box, labels, valence-arousal-dominance
TREE = {
    "train": [
        [
            ((2, 3, 12, 23), ["Peace"], (6, 4, 7)),
            ((20, 5, 39, 28), ["Doubt/Confusion", "Anger"], (3, 7, 5)),
        ],
        [((-5, 2, 60, 29), ["Happiness"], (8, 6, 8))],
        [((1, 1, 30, 30), ["Yearning", "Affection"], (np.nan, np.nan, np.nan))],
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
    array = np.empty((1, len(values)), object)
    for index, value in enumerate(values):
        array[0, index] = value
    return array


def structs(dictionaries):
    array = np.empty((1, len(dictionaries)), [(name, object) for name in dictionaries[0]])
    for index, values in enumerate(dictionaries):
        array[0, index] = tuple(values.values())
    return array


def person(split, box, labels, continuous):
    values = dict(zip(("valence", "arousal", "dominance"), map(float, continuous), strict=True))
    common = {"gender": "Female", "age": "Adult"}
    one = structs([{"categories": cell(labels)}])
    if split == "train":
        return {
            "body_bbox": np.array([box], float), "annotations_categories": one,
            "annotations_continuous": structs([values]), **common,
        }  # fmt: skip
    several = structs([{"categories": cell(labels[:1])}, {"categories": cell(["Engagement"])}])
    return {
        "body_bbox": np.array([box], float), "annotations_categories": several, "combined_categories": cell(labels),
        "annotations_continuous": structs([values, values]), "combined_continuous": structs([values]), **common,
    }  # fmt: skip


@pytest.fixture
def original(tmp_path):
    """The original distribution: photographs of 40 x 30 px whose pixels tell column and row."""
    root = tmp_path / "emotic19"
    (root / "Annotations").mkdir(parents=True)
    contents, photograph = {}, np.zeros((30, 40, 3), np.uint8)
    photograph[..., 0], photograph[..., 1] = np.arange(40) * 5, np.arange(30)[:, None] * 5
    for split, photographs in TREE.items():
        entries = []
        for index, people in enumerate(photographs):
            collection = COLLECTIONS[index % 4]
            file = root / "emotic" / collection / f"{split}_{index}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(photograph).save(file)
            entries.append(
                {
                    "filename": file.name,
                    "folder": collection,
                    "image_size": structs([{"n_col": 40, "n_row": 30}]),
                    "original_database": structs(
                        [{"name": collection.split("/")[0], "info": index}]
                    ),
                    "person": structs([person(split, *p) for p in people]),
                }
            )
        contents[split] = structs(entries)
    savemat(root / "Annotations" / "Annotations.mat", contents)
    return root


@pytest.fixture
def converted(original):
    """What the converter makes of it, beside its source: tables, arrays."""
    root = original / "emotic_pre"
    root.mkdir()
    for split, people in emotic.read(original).items():
        lines = [
            "Index,Folder,Filename,Image Size,BBox,Categorical_Labels,Continuous_Labels,Gender,Age"
        ]
        for index, p in enumerate(people):
            folder = p.file.parent.relative_to(original / "emotic").as_posix()
            labels = [name.title() for name in p.labels]
            lines.append(
                f'{index},{folder},{p.file.name},"[40, 30]","{list(p.box)}","{labels}","{list(p.continuous)}",Female,Adult'
            )
        (root / f"{split}.csv").write_text("\n".join(lines) + "\n")
    return root


def test_the_original_distribution(original):
    people = emotic.read(original)
    assert {split: len(found) for split, found in people.items()} == {
        "train": 4,
        "val": 1,
        "test": 2,
    }
    second = people["train"][1]
    assert second.box == (20, 5, 39, 28) and second.labels == ("doubt/confusion", "anger")
    assert second.continuous == (3, 7, 5) and (second.gender, second.age) == ("Female", "Adult")
    assert people["val"][0].labels == ("fear",)  # the combined label, not one annotator's
    assert people["test"][0].labels == ("sadness", "pain")
    assert people["train"][2].file.parts[-3:-1] == ("framesdb", "images")


def test_crops_labels_and_values(original):
    dataset = datasets.load("emotic", source=original, image_size=20)
    assert dataset.class_names == emotic.CLASS_NAMES and len(emotic.CLASS_NAMES) == 26
    assert (
        dataset.multi_label and not dataset.full and "7 people; EMOTIC has 34320" in dataset.notes
    )
    assert dataset.train.images.shape == (4, 20, 20, 3) and dataset.train.labels.sum() == 6
    # Columns 20 to 38, rows 5 to 27 of the photograph, by its pixels; a box beyond the edge is cut there.
    first, beyond = dataset.train.images[1], dataset.train.images[2]
    assert abs(int(first[10, 0, 0]) - 100) < 6 and abs(int(first[0, 10, 1]) - 25) < 6
    assert beyond[10, 0, 0] < 6 and abs(int(beyond[10, -1, 0]) - 195) < 6
    people, _ = emotic.people(original, image_size=20)
    assert (
        people["test"].continuous.tolist() == [[2, 3, 3], [6, 8, 5]]
        and np.isnan(people["train"].continuous[3]).all()
    )
    context = emotic.load(original, crop="context", image_size=20, color="gray")
    assert (
        context.train.images.shape == (4, 20, 20)
        and (context.train.images[0] == context.train.images[1]).all()
    )


def test_the_converters_tables(original, converted):
    from_mat, from_csv = emotic.load(original, image_size=20), emotic.load(converted, image_size=20)
    for split in emotic.SPLITS:
        np.testing.assert_array_equal(
            getattr(from_csv, split).images, getattr(from_mat, split).images
        )
        np.testing.assert_array_equal(
            getattr(from_csv, split).labels, getattr(from_mat, split).labels
        )
    assert np.isnan(emotic.people(converted, image_size=20)[0]["train"].continuous[3]).all()


def test_the_converters_arrays(converted):
    rng = np.random.default_rng(0)
    for split, n in (("train", 4), ("val", 1), ("test", 2)):
        for kind, side in (("body", 128), ("context", 224)):
            np.save(
                converted / f"{split}_{kind}_arr.npy",
                rng.integers(0, 256, (n, side, side, 3)).astype(np.uint8),
            )
        np.save(converted / f"{split}_cat_arr.npy", np.eye(26)[:n])
        np.save(converted / f"{split}_cont_arr.npy", rng.uniform(1, 10, (n, 3)))
    dataset = emotic.load(converted, image_size=128)
    np.testing.assert_array_equal(dataset.test.images, np.load(converted / "test_body_arr.npy"))
    assert dataset.test.labels.tolist() == np.eye(26, dtype=bool)[:2].tolist()
    assert emotic.load(converted, crop="context", image_size=32).val.images.shape == (1, 32, 32, 3)
    np.save(converted / "val_cat_arr.npy", np.eye(7)[:1])
    with pytest.raises(DataError, match=r"labels \(n, 26\).*\(1, 7\)"):
        emotic.load(converted)


def test_mended_annotations_are_read_again(converted):
    """Labels, boxes and values of the tables, while every photograph stays as it is."""
    before = emotic.load(converted, image_size=20)
    table = converted / "test.csv"
    for old, new in (
        ("Surprise", "Peace"),
        ("[10, 2, 30, 25]", "[50, 2, 60, 25]"),
        ("[2.0, 3.0, 3.0]", "[9.0, 3.0, 3.0]"),
    ):
        text = table.read_text()
        assert old in text
        table.write_text(text.replace(old, new))
        if old == "Surprise":
            labels = emotic.load(converted, image_size=20).test.labels[1]
            assert [name for name, has in zip(emotic.CLASS_NAMES, labels, strict=True) if has] == [
                "peace"
            ]
    after = emotic.load(converted, image_size=20)
    assert (
        len(after.test) == len(before.test) - 1
        and "the box (50, 2, 60, 25) holds nothing" in after.notes[0]
    )
    assert emotic.people(converted, image_size=20)[0]["test"].continuous.tolist() == [[9, 3, 3]]


def test_tables_without_gender_and_age(converted):
    before = emotic.read(converted)
    for split in emotic.SPLITS:
        file = converted / f"{split}.csv"
        file.write_text(file.read_text().replace(",Gender,Age", "").replace(",Female,Adult", ""))
    assert {split: len(people) for split, people in emotic.read(converted).items()} == {
        split: len(people) for split, people in before.items()
    }


def test_missing_photographs_are_named(original):
    next((original / "emotic" / "mscoco" / "images").glob("train_0*")).unlink()
    dataset = emotic.load(original, image_size=20)
    assert len(dataset.train) == 2 and "train_0.png" in dataset.notes[0]
    for file in (original / "emotic").rglob("val_*"):
        file.write_bytes(b"broken")
    with pytest.raises(DataError, match=r"(?s)none that can be read for \['val'\].*by request"):
        emotic.load(original, image_size=20)


def test_without_data_the_error_says_where_to_ask(tmp_path, monkeypatch):
    with pytest.raises(
        DataError, match=r"(?s)no such folder.*by request, for research only.*EMOTIC_PATH"
    ):
        datasets.load("emotic")
    monkeypatch.setenv("EMOTIC_PATH", str(tmp_path))
    with pytest.raises(DataError, match=r"Annotations\.mat, or train\.csv"):
        datasets.load("emotic")
    with pytest.raises(ValueError, match="context"):
        emotic.people(tmp_path, crop="face")


def test_damaged_annotations(original, converted):
    table = converted / "val.csv"
    table.write_text(table.read_text().replace("Fear", "Fright"))
    with pytest.raises(DataError, match=r"26 labels.*\['fright'\] for mscoco"):
        emotic.read(converted)
    table.write_text("Index,Folder\n0,x\n")
    with pytest.raises(DataError, match="no columns"):
        emotic.read(converted)
    savemat(original / "Annotations" / "Annotations.mat", {"train": np.zeros(3)})
    with pytest.raises(DataError, match="as EMOTIC's authors send it"):
        emotic.read(original)
    (original / "Annotations" / "Annotations.mat").write_bytes(b"nothing")
    with pytest.raises(DataError, match="as EMOTIC's authors send it"):
        emotic.read(original)
