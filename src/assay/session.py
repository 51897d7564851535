"""How pytest is started, in every process that runs cases: nothing of the surroundings may change what is run."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assay import packs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


def sessions(files: Iterable[Path]) -> list[list[Path]]:
    """Divide case files into those of one pack each, because a session takes fixtures from the folder of one."""
    found: dict[Path, list[Path]] = {}
    for file in dict.fromkeys(files):
        found.setdefault(packs.of_file(file).contracts, []).append(file)
    return list(found.values())


def arguments(files: Sequence[Path]) -> list[str]:
    """Return the arguments for a session over case files of one pack."""
    root = (packs.of_file(files[0]) if files else packs.shipped()).contracts
    # Each in one word: xdist takes a word that happens to be the name of a file for that file.
    return [
        *map(str, _by_folder(files)),
        # Nothing of the folder that the user stands in may change what is run: no configuration, cache or plugin.
        f"-c{os.devnull}", f"--rootdir={root}", f"--confcutdir={root}", "--import-mode=importlib",
        *(f"-pno:{name}" for name in _LEFT_OUT),
        # What cannot be collected is an error of its own checks, and no reason to leave the others out.
        "--continue-on-collection-errors", "--assert=plain", "-passay.plugin",
    ]  # fmt: skip


_LEFT_OUT = (
    "cacheprovider",
    "terminal",
    "logging",
    "unraisableexception",
    "threadexception",
    "doctest",
    "legacypath",
    "faulthandler",
)


def _by_folder(files: Iterable[Path]) -> list[Path]:
    """Return each file once; pytest 9.1 loses the fixtures of a folder that it leaves and enters again."""
    return sorted(set(files), key=lambda path: (path.parent, path.name))


@contextmanager
def clean_environment() -> Iterator[None]:
    """Keep the user's own pytest settings and plugins out of the run and its workers."""
    before = dict(os.environ)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ.pop("PYTEST_PLUGINS", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
