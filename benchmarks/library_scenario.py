"""A folder's life with its library: index, kill -9 twice, search, change, search again.

Run with `python benchmarks/library_scenario.py`. The folder holds --pictures files, of which 20 are
broken and 300 are copies (fewer in a smaller folder). The pictures are the photos of the package
and the examples, each cut, turned and tinted in its own way. Every step is the command line in a
process of its own, on the embedded CLIP, and is checked; the first wrong answer ends the run.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image, ImageEnhance

ROOT = Path(__file__).resolve().parents[1]
BROKEN_SHARE, COPIED_SHARE = 20 / 5000, 300 / 5000


def originals() -> list[Image.Image]:
    """The example pictures and the photos of the package."""
    found = [Image.open(path).convert("RGB") for path in sorted((ROOT / "examples").glob("*.jpg"))]
    with zipfile.ZipFile(ROOT / "training/data/validation_photos.zip") as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".jpg"):
                found.append(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))
    return found


def varied(image: Image.Image, rng: random.Random) -> Image.Image:
    """A cut of 60 to 100 % of the sides, perhaps mirrored, with other colours."""
    width, height = (int(side * rng.uniform(0.6, 1)) for side in image.size)
    left, top = rng.randint(0, image.width - width), rng.randint(0, image.height - height)
    image = image.crop((left, top, left + width, top + height))
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for enhancer in (ImageEnhance.Color, ImageEnhance.Brightness, ImageEnhance.Contrast):
        image = enhancer(image).enhance(rng.uniform(0.6, 1.4))
    return image


def killed_at(command: list[str], pictures: int) -> tuple[int, int]:
    """Run `multimodal index` until that many pictures are indexed, and kill -9; gives how many
    were reported and the exit status."""
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    indexed = 0
    for line in process.stderr:
        indexed = int(line.split(" files, ")[1].split()[0])
        if indexed >= pictures:
            process.send_signal(signal.SIGKILL)
            break
    process.stderr.close()
    return indexed, process.wait()


class Scenario:
    """The folder, its library and the command line over them."""

    def __init__(self, base: Path, num: int) -> None:
        self.photos, self.kept, self.num = base / "photos", base / "library", num
        self.num_broken = max(2, round(BROKEN_SHARE * num))
        self.num_copies = max(4, round(COPIED_SHARE * num))
        self.distinct = num - self.num_broken - self.num_copies
        self.images, self.rng = originals(), random.Random(0)

    def make(self) -> None:
        """Write the folder: distinct pictures, copies of some of them, broken files."""
        for number in range(self.distinct):
            self.write(number)
        for number in range(self.num_copies):
            target = self.photos / "copies" / f"{number:05}.jpg"
            target.parent.mkdir(exist_ok=True)
            shutil.copy(self.path(number), target)
        for number in range(self.num_broken):
            whole = self.path(number).read_bytes()
            (self.photos / f"broken-{number}.jpg").write_bytes(whole[: len(whole) // 3])

    def path(self, number: int) -> Path:
        return self.photos / f"{number // 500:02}" / f"{number:05}.jpg"

    def write(self, number: int) -> None:
        path = self.path(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        varied(self.rng.choice(self.images), self.rng).save(path, quality=90)

    def command(self, *argv: str | Path) -> list[str]:
        return [sys.executable, "-m", "multimodal", *map(str, argv), "--json"]

    def index(self) -> dict[str, Any]:
        return self.answer("index", self.photos, "--library", self.kept)

    def answer(self, *argv: str | Path) -> dict[str, Any]:
        done = subprocess.run(self.command(*argv), cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"WRONG: {argv[0]} ended with {done.returncode}: {done.stderr}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def best(self, picture: Path) -> dict[str, Any]:
        hits = self.answer("search", self.kept, "--image", picture, "--top-k", "1")["hits"]
        found: dict[str, Any] = hits[0]
        return found

    def kill_after(self, pictures: int) -> int:
        """Index until that many are done, then kill -9; gives how many were reported."""
        command = self.command("index", self.photos, "--library", self.kept)
        indexed, status = killed_at(command, pictures)
        check("killed while it was indexing", status, -signal.SIGKILL)
        return indexed

    def play(self) -> None:
        """All of it."""
        self.make()
        say(f"{self.num} files: {self.distinct} pictures, {self.num_copies} copies of some, "
            f"{self.num_broken} broken")  # fmt: skip
        first = self.kill_after(self.distinct // 4)
        second = self.kill_after(self.distinct // 4)
        say(f"killed -9 after {first} and after {second} more pictures")
        end = self.index()
        check("pictures in the library", end["total"], self.distinct)
        check("broken files named", len(end["skipped"]), self.num_broken)
        with closing(sqlite3.connect(self.kept / "library.db")) as database:
            ever = database.execute("SELECT seq FROM sqlite_sequence").fetchone()[0]
        check("pictures ever stored: none twice", ever, self.distinct)
        say(f"third run: {end['indexed']} pictures in {end['seconds']} s")
        sample = range(1, self.distinct, self.distinct // 5)
        for number in sample:
            check("a picture finds itself", self.best(self.path(number))["path"],
                  str(self.path(number)))  # fmt: skip
        copy = self.photos / "copies" / "00000.jpg"
        check("a copy is listed with its picture", self.best(copy)["copies"], [str(copy)])
        self.change()

    def change(self) -> None:
        """Move, delete, change and add files, and look again."""
        block = max(2, self.num // 100)
        start = self.num_copies  # pictures from here on have no copies
        moved, deleted, changed = (
            range(start + i * block, start + (i + 1) * block) for i in (0, 1, 2)
        )
        (self.photos / "moved").mkdir()
        for number in moved:
            self.path(number).rename(self.photos / "moved" / f"{number}.jpg")
        kept = self.path(deleted[0]).read_bytes()
        for number in deleted:
            self.path(number).unlink()
        for number in changed:
            self.write(number)
        for number in range(self.distinct, self.distinct + block):
            self.write(number)
        end = self.index()
        counts = {name: end[name] for name in ("indexed", "changed", "moved", "deleted", "total")}
        wanted = {"indexed": 2 * block, "changed": block, "moved": block, "deleted": block}
        check("what has changed", counts, {**wanted, "total": self.distinct})
        say(f"after {block} files each were moved, deleted, changed and added: {end['seconds']} s")
        place = self.photos / "moved" / f"{moved[0]}.jpg"
        check("a moved picture is found at its place", self.best(place)["path"], str(place))
        for number in (changed[0], self.distinct):
            found = self.best(self.path(number))
            check("a changed or new picture finds itself", found["path"], str(self.path(number)))
        gone = self.photos.parent / "gone.jpg"
        gone.write_bytes(kept)
        check("a deleted picture is found no more", self.best(gone)["score"] < 0.9999, True)
        end = self.index()
        check("a run without changes", (end["indexed"], end["unchanged"]),
              (0, self.num - self.num_broken))  # fmt: skip
        say(f"a run without changes: {end['seconds']} s")


def check(what: str, found: object, wanted: object) -> None:
    """End the run where an answer is wrong."""
    if found != wanted:
        raise SystemExit(f"WRONG: {what}: {found!r}, not {wanted!r}")
    say(f"right: {what}")


def say(line: str) -> None:
    """A line with the time."""
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=5000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        Scenario(Path(base), arguments.pictures).play()


if __name__ == "__main__":
    main()
