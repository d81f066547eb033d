"""Versions of readers follow their source and their libraries, and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import made_files as made
import pytest

from leadline.sources.read import read_sources
from leadline.sources.versions import CHOICE, DISTRIBUTIONS, PACKAGE, as_now, installed, stamps, version

PDF, MARKDOWN, NOTEBOOK = (f"leadline.sources.types.{name}" for name in ("pdf", "markdown", "notebook"))
OCR = "leadline.models.ocr"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The rooms of readers, to be changed."""
    for room in ("sources", "models", "evidence"):
        shutil.copytree(PACKAGE / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def edited(package: Path, file: str, old: str, new: str) -> dict[str, bool]:
    """Which versions differ after a change of that file."""
    names = (CHOICE, PDF, MARKDOWN, NOTEBOOK, OCR)
    text = (package / file).read_text()
    assert old in text
    (package / file).write_text(text.replace(old, new, 1))
    return {name.rpartition(".")[2]: version(name, package) != version(name) for name in names}


def changed(*names: str) -> dict[str, bool]:
    return {name: name in names for name in ("parse", "pdf", "markdown", "notebook", "ocr")}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("sources/types/pdf.py", "FEW", "FEWER", changed("pdf", "parse")),  # FEW stands before `read`
        ("sources/types/pdf.py", "def _title(", "def _titled(", changed("pdf")),
        ("sources/types/markdown.py", "def headings(", "def headed(", changed("markdown", "notebook")),
        ("sources/compose.py", "class Composer", "class Composed", changed("pdf", "markdown", "notebook")),
        ("sources/limits.py", "3_000", "3_001", changed("parse", "pdf", "markdown", "notebook")),
        ("models/ocr.py", "MIN_SCORE = 0.5", "MIN_SCORE = 0.6", changed("ocr")),
        ("evidence/model.py", "class Document", "class Paper", changed()),
        ("sources/pool.py", "class Pool", "class Pond", changed()),
        ("sources/types/pdf.py", '"""PDF', '"""Portable documents', changed()),
        ("sources/types/pdf.py", "def _title(", "# A title.\ndef _title(", changed()),
    ],
)
def test_a_version_follows_the_code_of_its_reader(package, file, old, new, expected):
    assert edited(package, file, old, new) == expected


def test_a_new_reader_asks_for_the_choice_to_be_made_again_and_one_that_is_gone_has_no_version(package):
    (package / "sources" / "types" / "zine.py").write_text('READS = (Type("text/zine", (".zine",)),)\n')
    assert version(CHOICE, package) != version(CHOICE)
    assert version(PDF, package) == version(PDF)
    assert version("leadline.sources.types.gone") == version("no_such_library.reader") == ""
    assert not as_now(["leadline.sources.types.gone 0123456789ab"])


def test_a_version_follows_the_libraries_of_its_reader(tmp_path):
    for name in ("pypdfium2-99.0", "Python_DOCX-99.0", "numpy-99.0"):
        (tmp_path / f"{name}.dist-info").mkdir()
    names = (PDF, "leadline.sources.types.docx", MARKDOWN)
    ask = f"from leadline.sources.versions import version; print(*map(version, {names!r}))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    said = subprocess.run(
        [sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True
    )
    assert [there == version(name) for there, name in zip(said.stdout.split(), names, strict=True)] == [
        False,
        False,
        True,
    ]


def test_every_library_of_a_reader_is_known_by_the_name_of_its_distribution():
    sources = [*(PACKAGE / "sources").rglob("*.py"), PACKAGE / "models" / "ocr.py"]
    needed = {name for path in sources for name in re.findall(r'need\("(\w+)', path.read_text())}
    assert {"pypdfium2", "docx", "rapidocr"} <= needed
    for library in needed:
        for name in DISTRIBUTIONS.get(library, (library.replace("_", "-"),)):
            assert installed()[name][0].isdigit()


def test_a_reading_names_all_that_had_a_part_in_it(tmp_path):
    members = {"a.md": "# A\nText.", "b.pdf": b"%PDF-1.4 nothing"}
    (tmp_path / "mixed.zip").write_bytes(made.zipped(members, zipfile.ZIP_STORED))
    (tmp_path / "plain.txt").write_text("Text.")
    mixed, failed, plain = read_sources([tmp_path / "mixed.zip", tmp_path / "plain.txt"], workers=1)
    types = "leadline.sources.types"
    assert mixed.read_by == stamps([CHOICE, f"{types}.archive", f"{types}.markdown", f"{types}.pdf"])
    assert plain.read_by == stamps([CHOICE, f"{types}.text"])
    assert as_now(mixed.read_by)
    assert failed.failure is not None
