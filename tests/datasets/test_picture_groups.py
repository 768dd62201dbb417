"""The user's table of groups, in the forms in which spreadsheets write it."""

import pytest

from emotion_lib.datasets import DataError
from emotion_lib.datasets.picture_groups import read_groups

NAMES = ["happy/1.jpg", "happy/2.jpg", "sad/1.jpg", "sad/3.jpg"]


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a table and reads it."""

    def write_and_read(text, names=NAMES, encoding="utf-8"):
        file = tmp_path / "groups.csv"
        file.write_bytes(text.encode(encoding))
        return read_groups(file, names, len(NAMES))

    return write_and_read


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_spreadsheet_s_table(read, delimiter, encoding):
    lines = ["Place,FILE,camera", "Büro,happy/1.jpg,a", " Straße , 2.jpg ,a"]
    lines += ['"Hof, hinten",sad\\1.jpg,b', ",./sad/3.jpg,b", ",,"]
    if delimiter != ",":
        lines = [line.replace('"Hof, hinten"', "Hof").replace(",", delimiter) for line in lines]
    columns, notes = read("\r\n".join(lines), encoding=encoding)
    yard = "Hof, hinten" if delimiter == "," else "Hof"
    assert columns == {"Place": ["Büro", "Straße", yard, ""], "camera": ["a", "a", "b", "b"]}
    assert notes == ()


def test_rows_without_a_picture_and_pictures_without_a_row_are_counted(read):
    text = "file,place\nsad/3.jpg,a\nhappy/2.jpg,b\n"
    text += "".join(f"happy/gone_{number}.jpg,a\n" for number in range(5))
    columns, (unknown, without) = read(text)
    assert columns == {"place": ["", "b", "", "a"]}
    assert unknown.startswith("5 rows of ")
    assert unknown.endswith("happy/gone_0.jpg, happy/gone_1.jpg, happy/gone_2.jpg")
    assert without.startswith("2 pictures have no row in ")


def test_rows_by_number(read):
    columns, notes = read("row;place\n0;a\n3;b\n2;b\n1;a", names=None)
    assert columns == {"place": ["a", "a", "b", "b"]} and notes == ()
    with pytest.raises(DataError, match=r"Number the 4 pictures from 0"):
        read("file,place\n1.jpg,a", names=None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,place\nhappy/1.jpg,a", r"Expected one column `file` or `row`.*'image', 'place'"),
        ("file\nhappy/1.jpg", r"Expected one column `file` or `row`"),
        ("file,row,place\nhappy/1.jpg,0,a", r"Expected one column `file` or `row`"),
        ("file,place,place\nhappy/1.jpg,a,b", r"of different names"),
        ("file,\nhappy/1.jpg,a", r"of different names"),
        ("file,place\nhappy/1.jpg,a\n./happy/1.jpg,b", r"1 pictures several times"),
        ("file,place\n2.jpg,a\nhappy/2.jpg,a", r"\['2.jpg', 'happy/2.jpg'\]"),
        ("file,place\n1.jpg,a\n2.jpg,a", r"their folder, such as happy/1\.jpg"),
        (
            "file,place\na.jpg,x\nb.jpg,y",
            r"2 rows, none of a picture.*The first picture is happy/1",
        ),
        ("file,place", r"0 rows, none of a picture"),
        ("file,place\nhappy/1.jpg,a,b", r"Received: 3 in line 2"),
        ("", "an empty file"),
    ],
)
def test_what_is_no_table_of_groups(read, text, message):
    with pytest.raises(DataError, match=f"(?s){message}"):
        read(text)


def test_a_table_in_another_encoding_and_a_missing_one(read, tmp_path):
    with pytest.raises(DataError, match=r"Expected a CSV \(UTF-8\)"):
        read("file,place\nhappy/1.jpg,Büro", encoding="cp1252")
    with pytest.raises(DataError, match="no such file"):
        read_groups(tmp_path / "gone.csv", NAMES, 4)
