"""What 8 bits would do to the embedded image tower: `python benchmarks/int8.py`.

The lab refuses `--precision int8` for this tower; this measures why. Its shipped weights embed all
held-out photos of the package, and image_features are compared with those in fp32. A 1x1
convolution is a Linear over the pixels of its input, so it can have the 8-bit product that
`--precision int8` gives to vision transformers (`fast.rounded`: a scale for each row of weights
and for each pixel). --least-channels says from how many input channels on; the other
convolutions stay as they are shipped, in fp32.

Times are of the tower alone, from pixels to unit-norm image_features, without reading and
decoding. They are processor time of one thread, medians of runs in which all rows take turns,
after one run to warm up; --batch pictures at a time.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from embedding import machine  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from multimodal.images import to_pixels  # noqa: E402
from multimodal.models.checkpoints import load_clip  # noqa: E402
from multimodal.models.clip import EmbeddedCLIP  # noqa: E402
from multimodal.models.fast.linear import FusedConv, can_pack, fused_weights, rounded  # noqa: E402
from multimodal.models.placement import to_device  # noqa: E402
from multimodal.models.presets import EMBEDDED  # noqa: E402
from training.data.photos import validation_photos  # noqa: E402

AS_TRAINED, SHIPPED = "fp32, as trained", "fp32, fused (shipped)"
LEAST_CHANNELS = (0, 192, 1152)
ASKED_COSINE, ASKED_SPEED = 0.999, 1.7

#: pixels (n, 3, h, w) in [0, 1] -> unit-norm image_features (n, d)
Encode = Callable[[Tensor], Tensor]


class RoundedConv:
    """A frozen 1x1 convolution in 8 bits, with the norm after it and perhaps a ReLU6."""

    def __init__(self, convolution: nn.Conv2d, norm: nn.BatchNorm2d, clamped: bool) -> None:
        weight, bias = fused_weights(convolution, norm)
        self._multiply, self._clamped = rounded(weight.flatten(1), bias), clamped

    def __call__(self, x: Tensor) -> Tensor:
        """x (n, c, h, w) -> (n, c_out, h, w), both channels-last in memory."""
        out = self._multiply(x.permute(0, 2, 3, 1))  # (n, h, w, c_out)
        return (out.clamp_(0, 6) if self._clamped else out).permute(0, 3, 1, 2)


def in_8_bits(clip: EmbeddedCLIP, least_channels: int) -> tuple[Encode, int, int]:
    """The shipped tower with its 1x1 convolutions of so many input channels or more in 8 bits;
    how many those are, and how many 1x1 convolutions there are."""
    sizes: list[int] = []

    def make(convolution: nn.Conv2d, norm: nn.BatchNorm2d, clamped: bool) -> Encode:
        if convolution.kernel_size != (1, 1):
            return FusedConv(convolution, norm, clamped)
        sizes.append(convolution.in_channels)
        kind = RoundedConv if convolution.in_channels >= least_channels else FusedConv
        return kind(convolution, norm, clamped)

    tower = clip.image_tower.fused(make)

    def encode(pixels: Tensor) -> Tensor:
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        return F.normalize(clip.image_projection(tower(pixels)), dim=-1)

    return encode, sum(size >= least_channels for size in sizes), len(sizes)


def load() -> EmbeddedCLIP:
    """The embedded CLIP as it is on a CPU before `hasten`."""
    return to_device(load_clip(Path(EMBEDDED.clip)), torch.device("cpu")).requires_grad_(False)


def rows(least_channels: list[int]) -> dict[str, Encode]:
    """Every row of the table."""
    found: dict[str, Encode] = {
        AS_TRAINED: load().encode_images,
        SHIPPED: load().optimize_for_inference().encode_images,
    }
    for least in least_channels:
        encode, num, total = in_8_bits(load(), least)
        which = f"the {num} with {least} input channels or more" if num < total else f"all {num}"
        found[f"1x1 layers in 8 bits: {which}"] = encode
    return found


@torch.inference_mode()
def features(encode: Encode, batches: tuple[Tensor, ...]) -> Tensor:
    """image_features (n, d) of all batches."""
    return torch.cat([encode(batch) for batch in batches])


def report(contenders: dict[str, Encode], batches: tuple[Tensor, ...], runs: int) -> None:
    """Measure the contenders in turns and print the table."""
    found = {name: features(encode, batches) for name, encode in contenders.items()}
    ran: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, encode in contenders.items():
            began = time.process_time()
            features(encode, batches)
            ran[name].append(time.process_time() - began)
    exact = found[SHIPPED].double()
    print("| image tower | CPU ms a picture, median (range) | times as fast | cosine with shipped, "
          f"mean | least | pictures under {ASKED_COSINE} |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    for name, times in ran.items():
        low, middle, high = (1000 * t / len(exact) for t in (min(times), median(times), max(times)))
        cosine = F.cosine_similarity(exact, found[name].double())
        print(
            f"| {name} | {middle:.2f} ({low:.2f} - {high:.2f}) | "
            f"{median(ran[SHIPPED]) / median(times):.2f} | {float(cosine.mean()):.6f} | "
            f"{float(cosine.min()):.5f} | {int((cosine < ASKED_COSINE).sum())} |"
        )
    print(f"Asked for: {ASKED_SPEED} times as fast with a cosine of {ASKED_COSINE}.")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--least-channels", type=int, nargs="+", default=list(LEAST_CHANNELS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    arguments = parser.parse_args()
    if not can_pack():
        raise SystemExit("This torch computes without oneDNN, which the shipped tower needs.")
    torch.set_num_threads(1)
    images, _, _ = validation_photos()
    pixels = to_pixels(images, load().image_size)
    print(
        f"{machine()}; {len(pixels)} photos of {pixels.shape[-1]} px, {arguments.batch} at a "
        f"time, {arguments.runs} runs",
        flush=True,
    )
    report(rows(arguments.least_channels), pixels.split(arguments.batch), arguments.runs)


if __name__ == "__main__":
    main()
