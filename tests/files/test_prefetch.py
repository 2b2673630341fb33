"""Reading ahead of the model: in order, in threads, never too much at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from conftest import drawing

from multimodal.files import prefetch
from multimodal.files.prefetch import Broken, Read, read, read_ahead, reading_threads
from multimodal.files.sources import Source


def source(number: int, content: bytes = b"") -> Source:
    return Source(f"{number}.png", f"/{number}.png", content)


def test_entries_come_in_order_with_the_next_ones_under_way() -> None:
    begun: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        entries = read_ahead(
            pool, map(source, range(200)), lambda one: one, lambda one: begun.append(one.name),
            Event(),
        )  # fmt: skip
        seen = []
        for entry, future in entries:
            assert future is not None
            future.result()
            seen.append(entry.name)
            assert len(seen) <= len(begun) <= len(seen) + prefetch.AHEAD + 1
    assert seen == [f"{number}.png" for number in range(200)]


def test_content_in_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(prefetch, "AHEAD_BYTES", 10)
    taken = 0

    def entries():
        nonlocal taken
        for number in range(20):
            taken += 1
            yield source(number, b"12345")

    with ThreadPoolExecutor(1) as pool:
        waiting = read_ahead(pool, entries(), lambda one: one, lambda one: one.content, Event())
        for given, _ in enumerate(waiting, start=1):
            assert taken - given <= 2


def test_what_needs_no_reading_keeps_its_place_and_stop_ends_early() -> None:
    stop = Event()
    with reading_threads() as pool:
        found = list(read_ahead(pool, range(3), lambda n: None, lambda one: one, stop))
        assert found == [(0, None), (1, None), (2, None)]
        waiting = read_ahead(pool, range(500), lambda n: None, lambda one: one, stop)
        next(waiting)
        stop.set()
        assert list(waiting) == []


def test_a_file_is_read_to_pixels_a_fingerprint_and_a_thumbnail(tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    drawing("red", 300).save(path)
    entry = Source("red.png", str(path), path)
    found = read(entry, 64, 64, thumbnail=100)
    assert isinstance(found, Read) and found.pixels is not None and found.fingerprint is not None
    assert found.pixels.shape == (1, 3, 64, 64) and found.thumbnail is not None
    assert read(entry, 64, 64, lambda digest: True) == Read(found.digest, None, None)
    path.write_bytes(b"no picture")
    broken = read(entry, 64, 64)
    assert isinstance(broken, Broken) and broken.lasting
    path.unlink()
    broken = read(entry, 64, 64)
    assert isinstance(broken, Broken) and not broken.lasting
