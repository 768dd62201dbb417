"""Zip files that the page unpacks in the browser, stage/zip.js."""

import base64
import io
import struct
import zipfile

import pytest

CONTENT = b"pixels " * 500
CENTRAL = b"PK\x01\x02"
END = b"PK\x05\x06"
READ = """async (content) => {
  const { readZip } = await import("/stage/zip.js");
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  try {
    const found = [];
    for (const { name, size, fault, open } of await readZip(new Blob([bytes]))) {
      let text = null;
      try { text = await (await open()).text(); } catch (error) { text = "! " + error.message; }
      found.push([name, size, fault, text]);
    }
    return found;
  } catch (error) { return error.message; }
}"""


def zipped(members, method=zipfile.ZIP_DEFLATED):
    """Return a zip file of name -> content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def changed(content, marker, offset, kind, value):
    """Return a file with a number in one of its headers changed."""
    file = bytearray(content)
    struct.pack_into(kind, file, file.index(marker) + offset, value)
    return bytes(file)


@pytest.fixture(scope="module")
def read(address, browser):
    """Return a function that reads a zip file in the browser."""
    page = browser.new_page()
    page.goto(f"{address}/healthz")

    def read(content):
        return page.evaluate(READ, base64.b64encode(content).decode())

    yield read
    page.close()


def test_stored_and_deflated_files_in_folders_with_any_name(read):
    text = CONTENT.decode()
    names = {"a/": b"", "a/größe 图.jpg": CONTENT, "b.png": CONTENT, "empty.jpg": b""}
    expected = [["a/größe 图.jpg", 3500, None, text], ["b.png", 3500, None, text]]
    expected += [["empty.jpg", 0, None, ""]]
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert read(zipped(names, method)) == expected
    with_comment = zipped(names)[:-2] + b"\x05\x00PK..x"
    assert read(with_comment) == expected
    # Names without a mark, in an old code page.
    old = zipped({"gr__e.jpg": b"x"}).replace(b"gr__e", b"gr\xf6\xdfe")
    assert read(old) == [["größe.jpg", 1, None, "x"]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (zipped({"inner.zip": b"PK"}), "archive inside of a zip file"),
        (changed(zipped({"a.jpg": CONTENT}), CENTRAL, 8, "<H", 1), "encrypted"),
        (zipped({"a.jpg": CONTENT}, zipfile.ZIP_LZMA), "packed by method 14"),
        (changed(zipped({"a.jpg": CONTENT}), CENTRAL, 24, "<I", 3 * 10**8), "300 MB unpacked"),
        (changed(zipped({"a.jpg": CONTENT}), CENTRAL, 24, "<I", 2**32 - 1), "zip64 member"),
    ],
)
def test_a_member_that_is_not_read_has_a_reason(read, content, reason):
    ((_, _, fault, text),) = read(content)
    assert reason in fault and reason in text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        # A bomb: more than its entry says. It is left as soon as that is known.
        (
            changed(zipped({"a.jpg": bytes(10**7)}), CENTRAL, 24, "<I", 100),
            "more than the zip file",
        ),
        (changed(zipped({"a.jpg": CONTENT}), CENTRAL, 24, "<I", 3501), "damaged"),
        (changed(zipped({"a.jpg": CONTENT}), CENTRAL, 16, "<I", 1), "checksum"),
        (changed(zipped({"a.jpg": CONTENT}), CENTRAL, 42, "<I", 7), "damaged"),
        (zipped({"a.jpg": CONTENT}).replace(b"a.jpg", b"a.jpg\xff\xff\xff", 1), "damaged"),
        (
            zipped({"a.jpg": CONTENT}, zipfile.ZIP_STORED).replace(b"pixels", b"pixelz", 1),
            "checksum",
        ),
    ],
)
def test_a_damaged_member_has_a_reason(read, content, reason):
    found = read(content)
    text = found if isinstance(found, str) else found[0][3]
    assert reason in text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no zip file"),
        (b"not a zip file" * 9, "no zip file"),
        (zipped({"a.jpg": CONTENT})[:-30], "no zip file"),
        (zipped({"a.jpg": CONTENT})[40:], "damaged"),
        (changed(zipped({"a.jpg": CONTENT}), END, 10, "<H", 9), "damaged"),
        (changed(zipped({"a.jpg": CONTENT}), END, 12, "<I", 2**31), "damaged"),
        (changed(zipped({"a.jpg": CONTENT}), END, 10, "<H", 2**16 - 1), "zip64 file"),
        (changed(zipped({"a.jpg": CONTENT}), END, 10, "<H", 6000), "at most 5000"),
    ],
)
def test_a_file_that_is_not_read_has_a_reason(read, content, reason):
    assert reason in read(content)
