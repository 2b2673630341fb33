"""How fast pictures become vectors: `python benchmarks/embedding.py`.

From JPEG files of 1024 x 768 to unit-norm image_features, everything on the way included: reading,
decoding, resizing, the tower; for this lab also the hash and the fingerprint that a gallery keeps.
The files are the examples and held-out photos of the package, scaled up. Contenders take turns, a
run each, after one run to warm up; a ratio is one of medians over the same turns.

ViT-B/32 has its true sizes and random weights: that says how fast it is, and nothing about what it
would see. The cosine of int8 with fp32 under it is therefore no promise for a trained checkpoint.

"CPU" is the time that all threads of the process really ran, which other processes disturb less
than the clock on the wall. --openai-clip and --open-clip name checkouts of those projects, to be
measured in the same turns.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from PIL import Image  # noqa: E402
from torch import Tensor  # noqa: E402

from multimodal.images import decode  # noqa: E402
from multimodal.lab import Lab  # noqa: E402
from multimodal.models.presets import EMBEDDED, Preset  # noqa: E402

PHOTOS = ROOT / "training/data/validation_photos.zip"
EXAMPLES = ROOT / "examples"
WIDTH, HEIGHT, QUALITY = 1024, 768, 90
BATCH = 32
PLAIN = "ViT-B/32, plain transformers loop"
#: Contender -> (what it is held against, how many times as fast it should be).
ASKED = {"ViT-B/32, this lab": (PLAIN, 1.25), "ViT-B/32, this lab, int8": (PLAIN, 1.7)}
LEAST_EMBEDDED = 60  # pictures/s on two cores

#: Paths -> unit-norm features (n, d), in the order of the paths.
Embed = Callable[[list[Path]], Tensor]


def make_files(folder: Path, count: int) -> list[Path]:
    """JPEG files of real pictures: the examples, then held-out photos, evenly spread."""
    examples = [path.read_bytes() for path in sorted(EXAMPLES.glob("*.jpg"))][:count]
    paths = []
    with zipfile.ZipFile(PHOTOS) as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg")]
        wanted = max(count - len(examples), 1)
        photos = (archive.read(name) for name in names[:: max(len(names) // wanted, 1)])
        for number, data in zip(range(count), [*examples, *photos], strict=False):
            picture = decode(data).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
            paths.append(folder / f"{number:04}.jpg")
            picture.save(paths[-1], quality=QUALITY)
    return paths


def save_vit(folder: Path) -> None:
    """A CLIP ViT-B/32 with random weights, in the hub's layout."""
    from transformers import CLIPConfig, CLIPModel, CLIPProcessor, CLIPTokenizer
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    torch.manual_seed(0)
    CLIPModel(CLIPConfig()).save_pretrained(folder)
    vocab = {"<|startoftext|>": 0, "<|endoftext|>": 1, "a</w>": 2}
    tokenizer = CLIPTokenizer(vocab=vocab, merges=[])
    CLIPProcessor(CLIPImageProcessorPil(), tokenizer).save_pretrained(folder)


def in_batches(paths: list[Path], embed: Callable[[list[Path]], Tensor]) -> Tensor:
    """The features of all paths, BATCH at a time."""
    parts = [embed(paths[start : start + BATCH]) for start in range(0, len(paths), BATCH)]
    return F.normalize(torch.cat(parts), dim=-1)


def plain(folder: Path) -> Embed:
    """What one writes with transformers, without waste."""
    from transformers import CLIPModel
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    model = CLIPModel.from_pretrained(folder).eval()
    processor = CLIPImageProcessorPil.from_pretrained(folder)

    @torch.inference_mode()
    def embed(paths: list[Path]) -> Tensor:
        images = [Image.open(path).convert("RGB") for path in paths]
        pixels = processor(images=images, return_tensors="pt")["pixel_values"]
        features: Tensor = model.get_image_features(pixel_values=pixels).pooler_output
        return features

    return lambda paths: in_batches(paths, embed)


def ours(lab: Lab) -> Embed:
    """A new gallery of this lab."""

    def embed(paths: list[Path]) -> Tensor:
        gallery = lab.new_gallery()
        for _ in lab.add_to_gallery(gallery, paths, keep_thumbnails=False):
            pass
        return gallery.features

    return embed


def openai_clip(checkout: Path) -> Embed:
    """The model and transform of github.com/openai/CLIP. Raises ImportError without torchvision."""
    sys.path.insert(0, str(checkout))
    from clip.clip import _transform  # type: ignore[import-not-found]
    from clip.model import CLIP  # type: ignore[import-not-found]

    torch.manual_seed(0)
    model = CLIP(512, 224, 12, 768, 32, 77, 49408, 512, 8, 12).float().eval()
    return _transformed(model, _transform(224))


def open_clip(checkout: Path) -> Embed:
    """ViT-B-32 of github.com/mlfoundations/open_clip. Raises ImportError without torchvision."""
    source = checkout / "src"
    sys.path.insert(0, str(source if source.is_dir() else checkout))
    import open_clip as package  # type: ignore[import-not-found]

    model, _, transform = package.create_model_and_transforms("ViT-B-32-quickgelu")
    return _transformed(model.eval(), transform)


def _transformed(model: torch.nn.Module, transform: Callable[[Image.Image], Tensor]) -> Embed:
    @torch.inference_mode()
    def embed(paths: list[Path]) -> Tensor:
        pixels = torch.stack([transform(Image.open(path)) for path in paths])
        features: Tensor = model.encode_image(pixels)  # type: ignore[operator]
        return features

    return lambda paths: in_batches(paths, embed)


def checkouts(arguments: argparse.Namespace) -> Iterator[tuple[str, Embed]]:
    """The other projects, where they can be imported."""
    for name, path, load in (
        ("openai/CLIP", arguments.openai_clip, openai_clip),
        ("open_clip", arguments.open_clip, open_clip),
    ):
        if path is None:
            continue
        try:
            yield f"ViT-B/32, {name}", load(path)
        except ImportError as error:
            print(f"{name} at {path} cannot be imported here ({error}); it is left out.")


def machine() -> str:
    """The processor, the cores this process may use, and its threads."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    level = torch.backends.cpu.get_cpu_capability()
    return (
        f"{model} ({level}), {cores} of {os.cpu_count()} cores, {torch.get_num_threads()} "
        f"thread(s), torch {torch.__version__}, load {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=96)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--openai-clip", type=Path, metavar="PATH")
    parser.add_argument("--open-clip", type=Path, metavar="PATH")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_vit(folder / "vit")
        (folder / "pictures").mkdir()
        paths = make_files(folder / "pictures", arguments.pictures)
        preset = Preset(
            "vit", "random ViT-B/32", str(folder / "vit"), EMBEDDED.vqgan, EMBEDDED.dalle
        )
        contenders = {
            PLAIN: plain(folder / "vit"),
            "ViT-B/32, this lab": ours(Lab.load(preset, "cpu")),
            "ViT-B/32, this lab, int8": ours(Lab.load(preset, "cpu", precision="int8")),
            "embedded CLIP, this lab": ours(Lab.load("embedded", "cpu")),
            **dict(checkouts(arguments)),
        }
        print(f"{machine()}; {len(paths)} pictures, {arguments.runs} runs", flush=True)
        report(contenders, paths, arguments.runs)


def report(contenders: dict[str, Embed], paths: list[Path], runs: int) -> None:
    """Measure the contenders in turns and print the table."""
    features = {name: embed(paths) for name, embed in contenders.items()}
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, embed in contenders.items():
            began, ran = time.perf_counter(), time.process_time()
            embed(paths)
            wall[name].append(time.perf_counter() - began)
            cpu[name].append(time.process_time() - ran)
    print("| what | pictures/s, median (range) | CPU ms a picture | times as fast | asked for |")
    print("|---|---|---|---|---|")
    num = len(paths)
    for name in contenders:
        speeds = sorted(num / seconds for seconds in wall[name])
        rival, least = ASKED.get(name, (PLAIN, None))
        ratio = f"{median(wall[rival]) / median(wall[name]):.2f}" if name.startswith("ViT") else ""
        asked = f">= {least} times" if least else ""
        if name.startswith("embedded"):
            asked = f">= {LEAST_EMBEDDED} pictures/s on two cores"
        print(
            f"| {name} | {median(speeds):.1f} ({speeds[0]:.1f} - {speeds[-1]:.1f}) | "
            f"{1000 * median(cpu[name]) / num:.1f} | {ratio} | {asked} |"
        )
    exact = features["ViT-B/32, this lab"]
    for other in (PLAIN, "ViT-B/32, this lab, int8"):
        cosine = (exact * features[other]).sum(1)
        print(
            f"cosine of this lab's fp32 with {other}: mean {float(cosine.mean()):.5f}, least "
            f"{float(cosine.min()):.5f} (random weights)"
        )


if __name__ == "__main__":
    main()
