"""Files and folders: atomic writes, digests, locks, names and listings of images."""

from .digests import digest_of, digest_of_arrays, sha256
from .folder_lock import LOCK_NAME, FolderInUseError, exclusive
from .names import printable, same_file
from .replacing import replace_folder, restore_folder
from .writing import atomic_file, atomic_folder, write_text

__all__ = [
    "LOCK_NAME",
    "FolderInUseError",
    "atomic_file",
    "atomic_folder",
    "digest_of",
    "digest_of_arrays",
    "exclusive",
    "printable",
    "replace_folder",
    "restore_folder",
    "same_file",
    "sha256",
    "write_text",
]
