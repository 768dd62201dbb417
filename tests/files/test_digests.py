"""Digests of files, texts and arrays, against values by hashlib."""

import hashlib

import numpy as np

from emotion_lib.files import digest_of, digest_of_arrays, sha256

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_digest_of_a_file(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a") == SHA256_OF_ABC


def test_digest_of_parts_is_that_of_the_joined_bytes():
    assert digest_of("a", b"bc") == SHA256_OF_ABC
    assert digest_of("abc", length=16) == SHA256_OF_ABC[:16]
    assert digest_of("a", np.array([98, 99], np.uint8)) == SHA256_OF_ABC


def test_digest_of_an_array_does_not_depend_on_its_memory_layout():
    array = np.arange(12, dtype=np.int64).reshape(3, 4)
    assert digest_of(np.asfortranarray(array)) == hashlib.sha256(array.tobytes()).hexdigest()
    assert digest_of_arrays(np.asfortranarray(array)) == digest_of_arrays(array)


def test_digest_of_arrays_depends_on_shape_and_type():
    array = np.zeros((6, 2), np.int64)
    expected = hashlib.sha256(repr(((6, 2), "<i8")).encode() + array.tobytes()).hexdigest()
    assert digest_of_arrays(array) == expected
    assert digest_of_arrays(array.reshape(2, 6)) != expected
    assert digest_of_arrays(array.view(np.float64)) != expected


def test_a_long_array_is_read_in_steps():
    array = np.arange(10_000)
    expected = hashlib.sha256(repr((array.shape, array.dtype.str)).encode() + array.tobytes())
    assert digest_of_arrays(array) == expected.hexdigest()
