"""How search grows with a library, from a thousand vectors to a million.

Run with `python benchmarks/search.py`; it prints three tables.

The vectors are made, not photographed: a million pictures do not fit into a clone. They follow the
real ones. The photos of the package are embedded with the embedded CLIP; a made vector is the mix
of two photos of one class plus noise with the covariance that photos have within their class. A
fixed random map takes these vectors to --dim dimensions, where isotropic noise of a tenth of their
length is added. Picture queries are further such vectors, text queries are class names through
CLIP's text encoder and the same map: they lie apart from all pictures, as text features do.

Each size is a library like any other, searched by a process of its own through `Library.nearest`:
index, exact cosines of the candidates, paths from the database; the last table is `Library.search`,
which also judges what fits and groups near-duplicates. "Memory" is what that process
grows by. Times are of one query at a time and of this machine at this moment; "CPU" is the time
that the searching thread really ran, which other processes disturb less.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from multimodal.files.fingerprint import Fingerprint  # noqa: E402
from multimodal.lab import Lab  # noqa: E402
from multimodal.search.library.reader import Library  # noqa: E402
from multimodal.search.library.refresh import refresh  # noqa: E402
from multimodal.search.library.store import Store  # noqa: E402
from multimodal.settings.jobs import SearchSettings  # noqa: E402

SIZES = (1_000, 10_000, 100_000, 200_000, 1_000_000)
CHUNK = 20_000
QUERIES = 100
MODEL = "made vectors"
PHOTOS = ROOT / "training/data/validation_photos.zip"


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1, float32."""
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class Maker:
    """Makes vectors (n, dim) like those of photos and texts; see the top of this file."""

    def __init__(self, lab: Lab, dim: int) -> None:
        from multimodal.images import decode
        from multimodal.models.features import encode_images, encode_texts

        with zipfile.ZipFile(PHOTOS) as archive:
            entries = [name for name in archive.namelist() if name.endswith(".jpg")]
            images = [decode(archive.read(name), name=name) for name in entries]
        self.real = encode_images(lab.models.clip, images, lab.models.device).cpu().numpy()
        classes = [Path(name).parent.name for name in entries]
        known = sorted(set(classes))
        self.members = [np.flatnonzero([c == one for c in classes]) for one in known]
        self.class_of = np.array([known.index(one) for one in classes])
        means = np.stack([self.real[rows].mean(0) for rows in self.members])
        residuals = self.real - means[self.class_of]
        self.spread = np.linalg.cholesky(
            np.cov(residuals.T) + 1e-6 * np.eye(self.real.shape[1])
        ).astype(np.float32)
        rng = np.random.default_rng(7)
        self.map = rng.standard_normal((self.real.shape[1], dim), dtype=np.float32)
        captions = [f"a photo of a {one.replace('_', ' ')}" for one in known]
        self.texts = self.mapped(encode_texts(lab.models.clip, captions).cpu().numpy(), rng)

    def mapped(self, vectors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        high = unit(vectors @ self.map)
        noise = unit(rng.standard_normal(high.shape, dtype=np.float32))
        return unit(high + 0.1 * noise)

    def pictures(self, num: int, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        first = rng.integers(0, len(self.real), num)
        second = np.array([rng.choice(self.members[self.class_of[row]]) for row in first])
        share = rng.random((num, 1), dtype=np.float32)
        noise = rng.standard_normal((num, self.real.shape[1]), dtype=np.float32) @ self.spread.T
        mixed = share * self.real[first] + (1 - share) * self.real[second] + noise
        return self.mapped(mixed, rng)


def fill(folder: Path, maker: Maker, num: int) -> float:
    """Make a library of `num` vectors; gives the seconds that its index took."""
    store, prints = Store.write(folder, MODEL), np.random.default_rng(8)
    for start in range(0, num, CHUNK):
        vectors = maker.pictures(min(CHUNK, num - start), seed=start)
        with store.transaction():
            store.sql.execute("UPDATE library SET dim = ?", (vectors.shape[1],))
            for number, vector in enumerate(vectors, start):
                made = Fingerprint.from_bytes(prints.bytes(40))
                picture = store.add_picture(number.to_bytes(32, "big"), vector, made)
                name = f"{number:07}.jpg"
                store.put_file(f"/photos/{name}", name, "", picture)
    began = time.perf_counter()
    refresh(store, drop_orphans=True)
    seconds = time.perf_counter() - began
    store.close()
    return seconds


def memory() -> int:
    """Resident bytes of this process."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmRSS:")[1].split()[0])


def measure(folder: Path) -> dict[str, Any]:
    """Open a library both ways and ask it everything in queries.npz."""
    queries = np.load(folder / "queries.npz")
    found: dict[str, Any] = {}
    hits: dict[str, list[set[str]]] = {}
    for kind in ("index", "exact"):
        before, began = memory(), time.perf_counter()
        with Library(folder, MODEL, exact=kind == "exact") as library:
            library.nearest(torch.from_numpy(queries["pictures"][0]), 10)
            row: dict[str, Any] = {"open": time.perf_counter() - began}
            row["memory"] = memory() - before
            for name in ("pictures", "texts"):
                wall, cpu, best = [], [], []
                for query in queries[name]:
                    began, ran = time.perf_counter(), time.thread_time()
                    answer = library.nearest(torch.from_numpy(query), 10)
                    wall.append(time.perf_counter() - began)
                    cpu.append(time.thread_time() - ran)
                    best.append({hit.item.path for hit in answer})
                if name == "pictures":
                    row["ms"], row["cpu"] = 1000 * median(wall), 1000 * median(cpu)
                    row["p95"] = 1000 * sorted(wall)[int(0.95 * len(wall))]
                hits[f"{kind} {name}"] = best
        found[kind] = row
    found["judged"] = judged(folder, queries["pictures"], queries["texts"])
    for name in ("pictures", "texts"):
        pairs = zip(hits[f"index {name}"], hits[f"exact {name}"], strict=True)
        shares = [len(a & b) / len(b) for a, b in pairs]
        found[f"recall {name}"] = sum(shares) / len(shares)
    return found


def judged(folder: Path, pictures: np.ndarray, texts: np.ndarray) -> dict[str, list[float]]:
    """Milliseconds (median, CPU) of the nearest 24 and of the 24 that fit, near-duplicates
    grouped: by words, held against all the texts, and by a picture."""
    background, settings = torch.from_numpy(texts), SearchSettings()
    with Library(folder, MODEL) as library:
        ways: dict[str, tuple[np.ndarray, Callable[[torch.Tensor], object]]] = {
            "nearest": (texts, lambda query: library.nearest(query, settings.top_k)),
            "words": (texts, lambda query: library.search(query, settings, background)),
            "picture": (pictures, lambda query: library.search(query, settings)),
        }
        times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in ways}
        for _, search in ways.values():
            search(background[0])  # reads the index, takes the sample
        for number in range(min(len(pictures), len(texts))):
            for name, (queries, search) in ways.items():
                query = torch.from_numpy(queries[number])
                began, ran = time.perf_counter(), time.thread_time()
                search(query)
                times[name][0].append(time.perf_counter() - began)
                times[name][1].append(time.thread_time() - ran)
    return {name: [1000 * median(some) for some in both] for name, both in times.items()}


JUDGED: list[str] = [
    "| vectors | nearest 24, median, CPU | that fit, by words | that fit, by a picture |",
    "|---|---|---|---|",
]


def libraries(maker: Maker, sizes: list[int]) -> Iterator[str]:
    """The rows of the table of libraries."""
    yield (
        "| vectors | index | index made | disk: database + index | memory, first answer | "
        "one query, median (p95), CPU | recall@10 pictures / texts | exact: memory, first answer "
        "| exact: median (p95), CPU |"
    )
    yield "|" + "---|" * 9
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            made = fill(folder, maker, size)
            queries = {"pictures": maker.pictures(QUERIES, seed=10**9), "texts": maker.texts}
            np.savez(folder / "queries.npz", **queries)  # type: ignore[arg-type]
            command = [sys.executable, __file__, "--measure", name]
            answer = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(answer.stdout)
            (index,) = folder.glob("*.faiss")
            database = (folder / "library.db").stat().st_size
            fast, exact = found["index"], found["exact"]
            cells = [f"{wall:.2f}, {cpu:.2f} ms" for wall, cpu in found["judged"].values()]
            JUDGED.append(f"| {size:,} | {' | '.join(cells)} |")
            yield (
                f"| {size:,} | {index.name.split('-')[0]} | {made:.1f} s | "
                f"{database / 1e6:.0f} + {index.stat().st_size / 1e6:.0f} MB | "
                f"{fast['memory'] / 1e6:.0f} MB, {fast['open']:.2f} s | "
                f"{fast['ms']:.2f} ({fast['p95']:.2f}), {fast['cpu']:.2f} ms | "
                f"{found['recall pictures']:.3f} / {found['recall texts']:.3f} | "
                f"{exact['memory'] / 1e6:.0f} MB, {exact['open']:.2f} s | "
                f"{exact['ms']:.1f} ({exact['p95']:.1f}), {exact['cpu']:.1f} ms |"
            )


def gallery(lab: Lab, maker: Maker, num: int = 1000) -> Iterator[str]:
    """From words to hits in a gallery in memory, the text encoder included."""
    from multimodal.search.hits import Item

    rng = np.random.default_rng(0)
    features = unit(
        maker.real[rng.integers(0, len(maker.real), num)]
        + 0.3 * unit(rng.standard_normal((num, maker.real.shape[1])))
    )
    full = lab.new_gallery()
    full.items = [Item(f"{n}.jpg", f"{n}.jpg", f"{n:064x}") for n in range(num)]
    full.features = torch.from_numpy(features)
    lab.search(full, "warm up")

    def timed(clock: Callable[[], float], words: str) -> float:
        began = clock()
        lab.search(full, words)
        return 1000 * (clock() - began)

    animals = ("cat", "dog", "horse", "bird", "fish", "cow", "hen", "bee", "ant", "fox")
    wall = [timed(time.perf_counter, f"a red {one} by the sea") for one in animals]
    cpu = [timed(time.process_time, f"a blue {one} in the snow") for one in animals]
    yield f"| words to hits, gallery of {num:,} in memory | median | CPU | asked for |"
    yield "|---|---|---|---|"
    yield f"| | {median(wall):.1f} ms | {median(cpu):.1f} ms | < 30 ms |"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure)))
        return
    lab = Lab.load("embedded", "cpu")
    maker = Maker(lab, arguments.dim)
    for line in gallery(lab, maker):
        print(line, flush=True)
    print()
    for line in libraries(maker, arguments.sizes):
        print(line, flush=True)
    print("\n" + "\n".join(JUDGED))


if __name__ == "__main__":
    main()
