"""Measure what a visitor waits for, on the embedded preset: `python benchmarks/bench.py`.

Prints one table. Times are of this machine and this moment; each row says what it was asked to
reach on two cores. `--threads` fixes the number of CPU threads.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

Row = tuple[str, float, str, str]


def page() -> Iterator[Row]:
    """Start `app.py` in a process of its own; until the page answers, then its memory idle."""
    port = 7999
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() - began > 120:
                    raise SystemExit("the page did not start") from None
                time.sleep(0.1)
        yield "page served after `python app.py`", time.monotonic() - began, "s", "< 8"
        time.sleep(10)
        status = Path(f"/proc/{process.pid}/status").read_text()
        kilobytes = int(status.split("VmRSS:")[1].split()[0])
        yield "resident memory, idle", kilobytes / 1000, "MB", "< 900"
    finally:
        process.terminate()
        process.wait()


def painting() -> Iterator[Row]:
    """First preview and steps a second of VQGAN+CLIP with 16 cutouts at 64 px and at 96 px."""
    from multimodal import Lab, Progress, VQGANCLIPSettings, last

    lab = Lab.load("embedded", "cpu")
    last(lab.generate("warm up", VQGANCLIPSettings(steps=1)))
    began = time.monotonic()
    events = lab.generate("a red apple", VQGANCLIPSettings(steps=60, cutout_size=64))
    first = next(events)
    assert isinstance(first, Progress)
    yield "VQGAN+CLIP, first preview when loaded", time.monotonic() - began, "s", "< 1"
    result = last(events)
    yield "VQGAN+CLIP, 16 cutouts at 64 px", result.steps / result.seconds, "steps/s", ">= 4"
    result = last(lab.generate("a red apple", VQGANCLIPSettings(steps=60)))
    yield "VQGAN+CLIP, 16 cutouts at 96 px", result.steps / result.seconds, "steps/s", ""


def tokens() -> Iterator[Row]:
    """One token picture and four, as they are by default, with guidance and with a draft, and how
    soon their first row is seen."""
    from multimodal import DalleSettings, Lab, last

    lab = Lab.load("embedded", "cpu")
    last(lab.generate("warm up", DalleSettings(num_candidates=1)))
    plain, drafted = "a red apple", "a red apple on a blue background"
    for what, prompt, count, guidance, asked in (
        ("1 picture", plain, 1, 1.0, "< 2"),
        ("4 pictures", plain, 4, 1.0, "< 4"),
        ("4 pictures, guidance on", plain, 4, 1.5, "< 4"),
        ("4 pictures, with a draft", drafted, 4, 1.0, ""),
    ):
        began = time.monotonic()
        settings = DalleSettings(num_candidates=count, guidance_scale=guidance)
        events = lab.generate(prompt, settings)
        next(events)
        first = time.monotonic() - began
        yield f"DALL-E tokens, {what}", last(events).seconds, "s", asked
        if what == "4 pictures":
            yield f"DALL-E tokens, {what}, first row", first, "s", "< 0.5"


def indexing() -> Iterator[Row]:
    """CLIP over 1024 x 768 JPEG files, decoding included."""
    import numpy as np
    from PIL import Image

    from multimodal import Lab

    lab = Lab.load("embedded", "cpu")
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(200):
            coarse = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
            picture = Image.fromarray(coarse).resize((1024, 768), Image.Resampling.BICUBIC)
            picture.save(Path(folder) / f"{number:03}.jpg", quality=88)
        lab.index([Path(folder) / "000.jpg"])
        gallery = lab.new_gallery()
        *_, end = lab.add_to_gallery(gallery, [folder])
    yield "CLIP, 1024 x 768 JPEG files indexed", end.pictures_per_second, "pictures/s", ">= 40"


BENCHMARKS: dict[str, Callable[[], Iterator[Row]]] = {
    "page": page,
    "painting": painting,
    "tokens": tokens,
    "indexing": indexing,
}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="all by default")
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.threads:
        import torch

        os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
        torch.set_num_threads(arguments.threads)
    print("| what | measured | asked for |\n|---|---|---|")
    for name in arguments.names or BENCHMARKS:
        for what, value, unit, asked in BENCHMARKS[name]():
            print(f"| {what} | {value:.2f} {unit} | {asked} |", flush=True)


if __name__ == "__main__":
    main()
