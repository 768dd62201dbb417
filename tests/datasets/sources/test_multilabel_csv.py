"""Pictures with several labels: both forms of the table, the split, and what is said of bad ones."""

import numpy as np
import pytest
from PIL import Image

from emotion_lib import datasets, paths
from emotion_lib.datasets import DataError
from emotion_lib.datasets.sources import emoji_scenes
from emotion_lib.datasets.sources.multilabel_csv import load, read_table, stratified
from emotion_lib.datasets.sources.multilabel_csv import table as table_module

NAMES = ("boat", "bus", "cycle")


def folder(tmp_path, table, n=12, file="labels.csv"):
    root = tmp_path / "mine"
    (root / "images").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for index in range(n):
        size = (30 + index, 40)
        place = root / "images" if index % 2 else root
        Image.fromarray(rng.integers(0, 256, (*size, 3)).astype(np.uint8)).save(
            place / f"{index:03d}.png"
        )
    (root / file).write_text(table)
    return root


LABELS = [{NAMES[i % 3], NAMES[(i // 2) % 3]} for i in range(11)] + [set()]
ONE_HOT = "image,boat,bus,cycle\n" + "".join(
    f"{i:03d}.png,{','.join(str(int(name in chosen)) for name in NAMES)}\n"
    for i, chosen in enumerate(LABELS)
)
DELIMITED = "Filename,labels\n" + "".join(
    f"{i:03d}.png, {'|'.join(sorted(chosen))}\n" for i, chosen in enumerate(LABELS)
)


@pytest.mark.parametrize("table", [ONE_HOT, DELIMITED], ids=["one-hot", "delimited"])
def test_both_forms_mean_the_same(tmp_path, table):
    dataset = load(folder(tmp_path, table), image_size=16, seed=1)
    assert dataset.class_names == NAMES and dataset.multi_label and not dataset.full
    splits = (dataset.train, dataset.val, dataset.test)
    assert [len(s) for s in splits] == [8, 2, 2]
    assert all(s.images.shape[1:] == (16, 16, 3) and s.labels.dtype == bool for s in splits)
    rows = {tuple(row) for s in splits for row in s.labels.tolist()}
    assert rows == {tuple(name in chosen for name in NAMES) for chosen in LABELS}
    assert dataset.counts().to_numpy().sum() == sum(map(len, LABELS))


def test_each_picture_keeps_its_labels(tmp_path):
    """Whatever the order of rows: told by the pixels."""
    root = folder(tmp_path, DELIMITED)
    lines = DELIMITED.splitlines()
    first = load(root, image_size=16)
    (root / "labels.csv").write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n")
    second = load(root, image_size=16)

    def by_pixels(dataset):
        return {
            image.tobytes(): tuple(row)
            for s in (dataset.train, dataset.val, dataset.test)
            for image, row in zip(s.images, s.labels.tolist(), strict=True)
        }

    assert by_pixels(first) == by_pixels(second) and len(by_pixels(first)) == 12


def table(tmp_path, text):
    file = tmp_path / "table.csv"
    file.write_text(text)
    return file


@pytest.mark.parametrize("delimiter", ["|", ";", ","])
def test_the_delimiter_is_found(tmp_path, delimiter):
    file = table(tmp_path, f'image,tags\na.png,"boat{delimiter}bus"\nb.png,bus\n')
    found = read_table(file)
    assert found.names == ["a.png", "b.png"]
    assert found.class_names == ("boat", "bus")
    assert found.targets.tolist() == [[1, 1], [0, 1]]


def test_a_blank_is_part_of_a_name_unless_told(tmp_path):
    file = table(tmp_path, "image,label\n1.jpg,hot dog\n2.jpg,ice cream\n")
    assert read_table(file).class_names == ("hot dog", "ice cream")
    assert read_table(file, delimiter=" ").class_names == ("cream", "dog", "hot", "ice")
    with pytest.raises(DataError, match=r"(?s)Received: \['dog'\].*pass delimiter="):
        read_table(file, labels=["dog"])
    root = folder(tmp_path, "image,label\n" + "".join(f"{i:03d},hot dog\n" for i in range(12)))
    assert any("['hot dog']" in note for note in load(root, image_size=16).notes)
    assert not load(root, image_size=16, delimiter="|").notes


@pytest.mark.parametrize(
    "cells",
    [
        ("['boat', 'bird\\'s nest']", "['bus']", "[]"),
        ("['boat', \"bird's nest\"]", "['bus']", "[]"),  # as pandas writes a column of lists
        ('["boat", "bird\'s nest"]', '["bus"]', "[]"),  # JSON
        ("['boat' \"bird's nest\"]", "['bus']", "[]"),  # NumPy
        ("('boat', \"bird's nest\")", "('bus',)", ""),
        ("{'boat', \"bird's nest\"}", "{'bus'}", ""),
        ("[boat, bird's nest]", "[bus]", "[]"),
    ],
)
def test_cells_that_are_lists(tmp_path, cells):
    text = "".join(
        f'{i}.jpg,"{cell.replace(chr(34), 2 * chr(34))}"\n' for i, cell in enumerate(cells)
    )
    found = read_table(table(tmp_path, "image,labels\n" + text))
    assert found.class_names == ("bird's nest", "boat", "bus")
    assert found.targets.tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_names_in_parentheses_are_no_lists(tmp_path):
    file = table(tmp_path, "image,labels\n1.jpg,(unknown)\n2.jpg,(other)\n")
    assert read_table(file).class_names == ("(other)", "(unknown)")


@pytest.mark.parametrize(
    "text", ["1.jpg,boat\n2.jpg,bus\n3.jpg,bus\n", "boat,1.jpg\nbus,2.jpg\nbus,3.jpg\n"]
)
def test_a_first_line_that_is_a_row(tmp_path, text):
    found = read_table(table(tmp_path, text))
    assert found.names == ["1.jpg", "2.jpg", "3.jpg"]
    assert found.class_names == ("boat", "bus")
    assert found.targets.tolist() == [[1, 0], [0, 1], [0, 1]]


def test_a_label_may_be_called_like_a_picture(tmp_path):
    root = folder(tmp_path, ONE_HOT)
    (root / "000.png").rename(root / "bus.png")
    (root / "labels.csv").write_text(ONE_HOT.replace("000.png", "bus.png"))
    assert load(root, image_size=16).class_names == NAMES


def test_columns_of_true_and_false(tmp_path):
    found = read_table(table(tmp_path, "image,boat,bus\n1.jpg,True,False\n2.jpg,1,0.0\n"))
    assert found.class_names == ("boat", "bus")
    assert found.targets.tolist() == [[1, 0], [1, 0]]


def test_the_table_is_read_in_a_time_that_grows_with_its_rows(tmp_path, monkeypatch):
    """Counted in comparisons of names, not in seconds."""

    class Name(str):
        compared = 0
        __hash__ = str.__hash__

        def __eq__(self, other):
            Name.compared += 1
            return str.__eq__(self, other)

    read_cells = table_module._read_cells

    def read_names(file):
        header, rows = read_cells(file)
        return header, [[Name(row[0]), *row[1:]] for row in rows]

    monkeypatch.setattr(table_module, "_read_cells", read_names)
    n = 2000
    lines = [f"img_{i:07d}.jpg,1,0\n" for i in range(n)]
    found = read_table(table(tmp_path, "image,a,b\n" + "".join(lines)))
    assert len(found.names) == n and Name.compared < 10 * n


def test_another_delimiter_is_another_data_set(tmp_path):
    """Where the names of the labels stay the same."""
    rows = "".join(f"{i:03d},{'boat;bus' if i % 2 else 'boat'}\n" for i in range(12))
    root = folder(tmp_path, "image,label\n" + rows)
    counts = [
        load(root, labels=["boat"], delimiter=d, image_size=16).counts().to_numpy().sum()
        for d in (";", "|")
    ]
    assert counts == [12, 6]


def test_what_the_table_does_not_list_is_counted(tmp_path):
    root = folder(tmp_path, ONE_HOT, n=14)
    (root / "clip.mp4").write_bytes(b"video")
    assert load(root, image_size=16).notes == (
        "passed over: 1 .mp4, 2 pictures that are not in the table",
    )


def test_labels_chosen_and_ordered(tmp_path):
    dataset = load(folder(tmp_path, ONE_HOT), labels=("cycle", "boat"), color="gray", image_size=16)
    assert dataset.class_names == ("cycle", "boat") and dataset.train.images.shape[1:] == (16, 16)
    assert dataset.counts().sum(axis=1)["boat"] == sum("boat" in chosen for chosen in LABELS)


def test_missing_and_broken_pictures_are_named(tmp_path):
    root = folder(tmp_path, ONE_HOT + "nowhere.png,1,0,0\n")
    (root / "000.png").write_bytes(b"not a picture")
    dataset = load(root, image_size=16)
    assert sum(map(len, (dataset.train, dataset.val, dataset.test))) == 11
    assert "nowhere.png: no such file" in dataset.notes[0] and "000.png" in dataset.notes[0]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("image,boat,bus\na.png,1,yes\n", r"columns of 0 and 1.*\['bus'\] hold"),
        ("image,boat\na.png,1\na.png,0\n", r"once.*\['a.png'\]"),
        ("image\na.png\n", "Received: 0 columns"),
        ("000.png,1\n001.png,0\n", "Expected a header.*000.png"),
        ("000,1,0\n001,0,0\n", "Expected a header.*000"),
        ("image,boat,boat\n000.png,1,0\n", r"name of its own.*\['boat'\]"),
        (",image,boat\n0,000.png,1\n", r"name of its own.*\[''\]"),
        ("image,labels\n000.png,boat,bus\n", "2 cells.*Received: 3 in line 2"),
        ("image,labels\n000.png\n", "2 cells.*Received: 1 in line 2"),
        ("image,labels\n000.png,['boat' bus]\n", "Expected lists.*'bus' in"),
        ("image,labels\n000.png,boat\n./000.png,bus\n", "several names of.*000.png"),
        ("", "Expected a CSV"),
        ("image,boat\nnone.png,1\n", "at least three pictures"),
    ],
)
def test_bad_tables(tmp_path, table, message):
    with pytest.raises(DataError, match=f"(?s){message}"):
        load(folder(tmp_path, table))


def test_bad_folders_and_labels(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        load(tmp_path / "none")
    root = folder(tmp_path, ONE_HOT)
    with pytest.raises(DataError, match=r"among \['boat', 'bus', 'cycle'\].*Received: \['boot'\]"):
        load(root, labels=["boot"])
    with pytest.raises(DataError, match="no such file"):
        load(root, csv="other.csv")
    (root / "second.csv").write_text(ONE_HOT)
    with pytest.raises(DataError, match=r"one CSV.*labels\.csv.*second\.csv"):
        load(root)
    assert load(root, csv="second.csv", image_size=16).class_names == NAMES
    with pytest.raises(ValueError, match="together below 1"):
        load(root, csv="second.csv", val_share=0.6, test_share=0.4, image_size=24)


def test_every_label_gets_its_share():
    labels = np.random.default_rng(0).random((1000, 10)) < np.linspace(0.02, 0.5, 10)
    parts = stratified(labels, (0.15, 0.15), seed=3)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(1000))
    for name in ("val", "test"):
        np.testing.assert_allclose(labels[parts[name]].sum(0), 0.15 * labels.sum(0), atol=4)
    assert all(
        np.array_equal(a, b)
        for a, b in zip(parts.values(), stratified(labels, (0.15, 0.15), 3).values(), strict=True)
    )


# ---- the scenes that come with the library --------------------------------------------------------------------------


def test_scenes_show_what_their_labels_say():
    split = emoji_scenes.scenes(60, ["google", "twitter"], seed=1)
    assert split.images.shape == (60, 64, 64, 3) and split.labels.shape == (60, 10)
    count = split.labels.sum(1)
    assert set(count) == {1, 2, 3, 4}
    np.testing.assert_array_equal(
        split.images, emoji_scenes.scenes(60, ["google", "twitter"], seed=1).images
    )
    # A thing more covers more of a ground that is smooth but for its noise.
    edges = np.abs(np.diff(split.images.astype(float), axis=2)).mean((1, 2, 3))
    assert np.corrcoef(edges, count)[0, 1] > 0.5


def test_scenes_as_a_data_set(tmp_path):
    dataset = datasets.load("emoji_scenes", n=60, leave_out="google")
    assert not dataset.full and dataset.class_names == emoji_scenes.CLASS_NAMES
    assert 6 <= len(dataset.test) <= 12
    assert "google" not in dataset.notes[0] and "accordion" in dataset.notes[0]
    assert set(emoji_scenes.vendors()) == {"fluent", "google", "openmoji", "twitter"}
    with pytest.raises(ValueError, match="apple"):
        datasets.load("emoji_scenes", leave_out="apple")


def test_only_scenes_as_they_were_composed_are_the_full_data_set(monkeypatch):
    monkeypatch.setattr(emoji_scenes, "WHOLE", 40)
    assert datasets.load("emoji_scenes", n=40).full and not datasets.load("emoji_scenes", n=41).full
    assert datasets.load("emoji_scenes", n=40).full  # from the cache
    (folder,) = (paths.data_dir() / "emoji_scenes").glob("40-*")
    Image.new("RGB", (64, 64)).save(folder / "00007.png")
    altered = datasets.load("emoji_scenes", n=40)
    assert not altered.full and "no longer as they were composed" in altered.notes[1]
    (folder / "00008.png").unlink()
    assert not datasets.load("emoji_scenes", n=40).full
    monkeypatch.setattr(
        emoji_scenes, "_code", lambda: "other"
    )  # other drawings, or composed in another way
    assert datasets.load("emoji_scenes", n=40).full
