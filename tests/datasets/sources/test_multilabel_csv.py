"""Pictures with several labels: both forms of the table, the split, and wrong tables."""

import numpy as np
import pytest
from PIL import Image

from emotion_lib.datasets import DataError
from emotion_lib.datasets.sources.multilabel_csv import load, read_table, stratified
from emotion_lib.datasets.sources.multilabel_csv import table as table_module

NAMES = ("boat", "bus", "cycle")
# Labels of the pictures 000.png to 011.png; the last one has none.
LABELS = [{NAMES[i % 3], NAMES[(i // 2) % 3]} for i in range(11)] + [set()]
# The same labels in both forms of the table.
ONE_HOT = "image,boat,bus,cycle\n"
DELIMITED = "Filename,labels\n"
for number, chosen in enumerate(LABELS):
    marks = ",".join(str(int(name in chosen)) for name in NAMES)
    ONE_HOT += f"{number:03d}.png,{marks}\n"
    DELIMITED += f"{number:03d}.png, {'|'.join(sorted(chosen))}\n"


@pytest.fixture
def write_folder(tmp_path):
    """A function that writes pictures and a table; half of the pictures are in ``images/``."""

    def write(text, n=12):
        root = tmp_path / "mine"
        (root / "images").mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(0)
        for index in range(n):
            pixels = rng.integers(0, 256, (30 + index, 40, 3)).astype(np.uint8)
            folder = root / "images" if index % 2 else root
            Image.fromarray(pixels).save(folder / f"{index:03d}.png")
        (root / "labels.csv").write_text(text)
        return root

    return write


@pytest.fixture
def read(tmp_path):
    """A function that writes a table and reads it."""

    def read(text, **options):
        file = tmp_path / "table.csv"
        file.write_text(text)
        return read_table(file, **options)

    return read


@pytest.mark.parametrize("text", [ONE_HOT, DELIMITED], ids=["one-hot", "delimited"])
def test_both_forms_give_the_same_data_set(write_folder, text):
    dataset = load(write_folder(text), image_size=16, seed=1)
    assert dataset.class_names == NAMES
    assert dataset.multi_label
    assert not dataset.full
    rows = set()
    for split, n in ((dataset.train, 8), (dataset.val, 2), (dataset.test, 2)):
        assert split.images.shape == (n, 16, 16, 3)
        assert split.labels.dtype == bool
        rows |= {tuple(row) for row in split.labels.tolist()}
    assert rows == {tuple(name in chosen for name in NAMES) for chosen in LABELS}
    assert dataset.counts().to_numpy().sum() == sum(map(len, LABELS))


def labels_by_pixels(dataset):
    found = {}
    for split in (dataset.train, dataset.val, dataset.test):
        for image, row in zip(split.images, split.labels.tolist(), strict=True):
            found[image.tobytes()] = row
    return found


def test_each_picture_keeps_its_labels_in_any_order_of_rows(write_folder):
    root = write_folder(DELIMITED)
    first = labels_by_pixels(load(root, image_size=16))
    header, *lines = DELIMITED.splitlines()
    (root / "labels.csv").write_text("\n".join([header, *reversed(lines)]) + "\n")
    assert labels_by_pixels(load(root, image_size=16)) == first
    assert len(first) == 12


@pytest.mark.parametrize("delimiter", ["|", ";", ","])
def test_the_delimiter_is_found(read, delimiter):
    found = read(f'image,tags\na.png,"boat{delimiter}bus"\nb.png,bus\n')
    assert found.names == ["a.png", "b.png"]
    assert found.class_names == ("boat", "bus")
    assert found.targets.tolist() == [[1, 1], [0, 1]]


def test_a_blank_is_part_of_a_name_unless_it_is_the_delimiter(read):
    text = "image,label\n1.jpg,hot dog\n2.jpg,ice cream\n"
    assert read(text).class_names == ("hot dog", "ice cream")
    assert read(text, delimiter=" ").class_names == ("cream", "dog", "hot", "ice")
    with pytest.raises(DataError, match=r"(?s)Received: \['dog'\].*pass delimiter="):
        read(text, labels=["dog"])


def test_names_with_a_blank_are_noted_unless_the_delimiter_is_given(write_folder):
    rows = [f"{number:03d},hot dog\n" for number in range(12)]
    root = write_folder("image,label\n" + "".join(rows))
    assert any("['hot dog']" in note for note in load(root, image_size=16).notes)
    assert not load(root, image_size=16, delimiter="|").notes


@pytest.mark.parametrize(
    "cells",
    [
        ("['boat', 'bird\\'s nest']", "['bus']", "[]"),
        ("['boat', \"bird's nest\"]", "['bus']", "[]"),  # pandas, from a column of lists
        ('["boat", "bird\'s nest"]', '["bus"]', "[]"),  # JSON
        ("['boat' \"bird's nest\"]", "['bus']", "[]"),  # NumPy
        ("('boat', \"bird's nest\")", "('bus',)", ""),
        ("{'boat', \"bird's nest\"}", "{'bus'}", ""),
        ("[boat, bird's nest]", "[bus]", "[]"),
    ],
)
def test_cells_may_be_lists(read, cells):
    lines = ["image,labels\n"]
    for number, cell in enumerate(cells):
        escaped = cell.replace('"', '""')
        lines.append(f'{number}.jpg,"{escaped}"\n')
    found = read("".join(lines))
    assert found.class_names == ("bird's nest", "boat", "bus")
    assert found.targets.tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_names_in_parentheses_are_not_lists(read):
    found = read("image,labels\n1.jpg,(unknown)\n2.jpg,(other)\n")
    assert found.class_names == ("(other)", "(unknown)")


@pytest.mark.parametrize(
    "text", ["1.jpg,boat\n2.jpg,bus\n3.jpg,bus\n", "boat,1.jpg\nbus,2.jpg\nbus,3.jpg\n"]
)
def test_the_first_line_may_be_a_row(read, text):
    found = read(text)
    assert found.names == ["1.jpg", "2.jpg", "3.jpg"]
    assert found.class_names == ("boat", "bus")
    assert found.targets.tolist() == [[1, 0], [0, 1], [0, 1]]


def test_a_label_may_have_the_name_of_a_picture(write_folder):
    root = write_folder(ONE_HOT.replace("000.png", "bus.png"))
    (root / "000.png").rename(root / "bus.png")
    assert load(root, image_size=16).class_names == NAMES


def test_columns_of_true_and_false(read):
    found = read("image,boat,bus\n1.jpg,True,False\n2.jpg,1,0.0\n")
    assert found.class_names == ("boat", "bus")
    assert found.targets.tolist() == [[1, 0], [1, 0]]


def test_the_reading_time_grows_linearly_with_the_rows(read, monkeypatch):
    """Measured by the number of comparisons of names, not in seconds."""

    class CountedName(str):
        comparisons = 0
        __hash__ = str.__hash__

        def __eq__(self, other):
            CountedName.comparisons += 1
            return str.__eq__(self, other)

    read_cells = table_module.read_cells

    def read_counted(file, how_to_get):
        header, rows = read_cells(file, how_to_get)
        return header, [[CountedName(row[0]), *row[1:]] for row in rows]

    monkeypatch.setattr(table_module, "read_cells", read_counted)
    n = 2000
    lines = [f"img_{number:07d}.jpg,1,0\n" for number in range(n)]
    assert len(read("image,a,b\n" + "".join(lines)).names) == n
    assert CountedName.comparisons < 10 * n


def test_another_delimiter_is_another_data_set(write_folder):
    """Even if the names of the labels stay the same."""
    lines = ["image,label\n"]
    for number in range(12):
        lines.append(f"{number:03d},{'boat;bus' if number % 2 else 'boat'}\n")
    root = write_folder("".join(lines))
    options = {"labels": ["boat"], "image_size": 16}
    assert load(root, delimiter=";", **options).counts().to_numpy().sum() == 12
    assert load(root, delimiter="|", **options).counts().to_numpy().sum() == 6


def test_pictures_that_the_table_lacks_are_counted(write_folder):
    root = write_folder(ONE_HOT, n=14)
    (root / "clip.mp4").write_bytes(b"video")
    (note,) = load(root, image_size=16).notes
    assert note == "skipped: 1 .mp4, 2 pictures that are not in the table"


def test_labels_can_be_chosen_and_ordered(write_folder):
    labels = ("cycle", "boat")
    dataset = load(write_folder(ONE_HOT), labels=labels, color="gray", image_size=16)
    assert dataset.class_names == labels
    assert dataset.train.images.shape[1:] == (16, 16)
    assert dataset.counts().sum(axis=1)["boat"] == sum("boat" in chosen for chosen in LABELS)


def test_missing_and_broken_pictures_are_named(write_folder):
    root = write_folder(ONE_HOT + "nowhere.png,1,0,0\n")
    (root / "000.png").write_bytes(b"not a picture")
    dataset = load(root, image_size=16)
    assert len(dataset.train) + len(dataset.val) + len(dataset.test) == 11
    assert "nowhere.png: no such file" in dataset.notes[0]
    assert "000.png" in dataset.notes[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,boat,bus\na.png,1,yes\n", r"columns of 0 and 1.*\['bus'\] hold"),
        ("image,boat\na.png,1\na.png,0\n", r"once.*\['a.png'\]"),
        ("image\na.png\n", "Received: 0 columns"),
        ("000.png,1\n001.png,0\n", "Expected a header.*000.png"),
        ("000,1,0\n001,0,0\n", "Expected a header.*000"),
        ("image,boat,boat\n000.png,1,0\n", r"different name.*\['boat'\]"),
        (",image,boat\n0,000.png,1\n", r"different name.*\[''\]"),
        ("image,labels\n000.png,boat,bus\n", "2 cells.*Received: 3 in line 2"),
        ("image,labels\n000.png\n", "2 cells.*Received: 1 in line 2"),
        ("image,labels\n000.png,['boat' bus]\n", "Expected lists.*'bus' in"),
        ("image,labels\n000.png,boat\n./000.png,bus\n", "several names of.*000.png"),
        ("", "Expected a CSV"),
        ("image,boat\nnone.png,1\n", "at least three pictures"),
    ],
)
def test_wrong_tables_are_refused(write_folder, text, message):
    with pytest.raises(DataError, match=f"(?s){message}"):
        load(write_folder(text))


def test_a_missing_folder_or_table_is_refused(write_folder, tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        load(tmp_path / "none")
    with pytest.raises(DataError, match="no such file"):
        load(write_folder(ONE_HOT), csv="other.csv")


def test_one_of_several_tables_must_be_named(write_folder):
    root = write_folder(ONE_HOT)
    (root / "second.csv").write_text(ONE_HOT)
    with pytest.raises(DataError, match=r"one CSV.*labels\.csv.*second\.csv"):
        load(root)
    assert load(root, csv="second.csv", image_size=16).class_names == NAMES


def test_an_unknown_label_is_refused(write_folder):
    message = r"among \['boat', 'bus', 'cycle'\].*Received: \['boot'\]"
    with pytest.raises(DataError, match=message):
        load(write_folder(ONE_HOT), labels=["boot"])


def test_shares_without_a_rest_for_training_are_refused(write_folder):
    with pytest.raises(ValueError, match="together below 1"):
        load(write_folder(ONE_HOT), val_share=0.6, test_share=0.4, image_size=24)


def test_every_label_gets_its_share_of_each_split():
    labels = np.random.default_rng(0).random((1000, 10)) < np.linspace(0.02, 0.5, 10)
    rows = stratified(labels, (0.15, 0.15), seed=3)
    assert sorted(np.concatenate(list(rows.values())).tolist()) == list(range(1000))
    for name in ("val", "test"):
        counts = labels[rows[name]].sum(axis=0)
        np.testing.assert_allclose(counts, 0.15 * labels.sum(axis=0), atol=4)
    again = stratified(labels, (0.15, 0.15), seed=3)
    for name in ("train", "val", "test"):
        assert np.array_equal(rows[name], again[name])
