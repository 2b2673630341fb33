"""Pictures in and out: safe decoding, and the only place where value ranges change.

An `image` is a PIL image in RGB; `pixels` are a float tensor (n, 3, h, w) in [0, 1].
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps, PngImagePlugin
from torch import Tensor

from multimodal.errors import ImageError, Message

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")
)
MAX_MEGAPIXELS = 64
SETTINGS_KEY = "multimodal"

ImageSource = str | os.PathLike[str] | bytes | BinaryIO | Image.Image


def decode(
    source: ImageSource,
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    min_side: int | None = None,
    name: str | None = None,
) -> Image.Image:
    """Read an untrusted picture as RGB: upright, over white, its first frame.

    The size in the header is checked before any pixel is decoded. `min_side` is the smallest side
    the caller needs: a larger JPEG is then decoded at a half, a quarter or an eighth, which is
    several times faster. `name` is what an error calls the picture.
    Raises ImageError.
    """
    name = name or _name_of(source)
    with _opened(source, name, max_megapixels) as image:
        if min_side and image is not source:
            image.draft("RGB", (min_side, min_side))
        image.load()
        try:
            upright = ImageOps.exif_transpose(image)
        except Exception:  # broken metadata is no reason to refuse good pixels
            upright = image
        return _to_rgb(upright)


def to_pixels(images: Sequence[Image.Image], size: int | None = None) -> Tensor:
    """Turn images into pixels (n, 3, h, w) in [0, 1].

    With `size`, the central square of each is resized to it (bicubic, antialiased); without,
    all must have the same size already, or ValueError is raised.
    """
    if size is not None:
        images = [_square(image, size) for image in images]
    elif len({image.size for image in images}) != 1:
        raise ValueError("Images of different sizes need a size to be resized to.")
    if not images:
        return torch.empty(0, 3, size or 0, size or 0)
    stacked = np.stack([np.asarray(image.convert("RGB")) for image in images])  # (n, h, w, 3)
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous().float().div_(255)


def from_pixels(pixels: Tensor) -> list[Image.Image]:
    """Turn pixels (n, 3, h, w) into n images; values are clamped to [0, 1] and rounded."""
    if pixels.ndim != 4 or pixels.shape[1] != 3:
        raise ValueError(f"Pixels have the shape {tuple(pixels.shape)}; expected (n, 3, h, w).")
    scaled = pixels.detach().float().nan_to_num(0.0).clamp(0, 1).mul(255).round()
    array = scaled.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()  # (n, h, w, 3)
    return [Image.fromarray(np.ascontiguousarray(one)) for one in array]


def png_with_settings(image: Image.Image, settings: Mapping[str, Any]) -> bytes:
    """Write a PNG that carries its settings, for `read_settings` and, as plain text, for people."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt(SETTINGS_KEY, json.dumps(dict(settings), ensure_ascii=False, default=str))
    lines = [str(settings["prompt"])] if "prompt" in settings else []
    lines.append(", ".join(f"{key}: {settings[key]}" for key in settings if key != "prompt"))
    info.add_itxt("parameters", "\n".join(lines))
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", pnginfo=info)
    return buffer.getvalue()


def film_of(frames: Sequence[Image.Image], milliseconds: int = 90, hold: int = 1500) -> bytes:
    """An animated WebP of these pictures, each shown so long and the last one for `hold`; all
    become as large as the last. Raises ImageError when there is none."""
    if not frames:
        raise ImageError("There is no film of this run; let it take at least one step.")
    size = frames[-1].size
    first, *rest = [frame if frame.size == size else frame.resize(size) for frame in frames]
    times = [*[milliseconds] * len(rest), hold]
    buffer = io.BytesIO()
    first.save(
        buffer, "WEBP", save_all=True, append_images=rest, duration=times, loop=0, quality=80
    )
    return buffer.getvalue()


def read_settings(
    source: str | os.PathLike[str] | bytes | BinaryIO, *, name: str | None = None
) -> dict[str, Any]:
    """Read back what `png_with_settings` wrote; raises ImageError where there is nothing."""
    name = name or _name_of(source)
    with _opened(source, name, MAX_MEGAPIXELS) as image:
        text = image.text if isinstance(image, PngImagePlugin.PngImageFile) else {}
    try:
        settings = json.loads(text[SETTINGS_KEY])
    except (KeyError, ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise ImageError(
            "{source} carries no settings; choose a PNG file that was saved by this lab.",
            source=name,
        )
    return settings


@contextmanager
def _opened(source: ImageSource, name: str, max_megapixels: float) -> Iterator[Image.Image]:
    """Open a picture whose header passes; whatever Pillow raises meanwhile becomes ImageError."""
    try:
        if isinstance(source, Image.Image):
            _check_size(source, name, max_megapixels)
            yield source
            return
        with Image.open(_readable(source, name), formats=FORMATS) as image:
            _check_size(image, name, max_megapixels)
            yield image
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(
            "{source} has more than the {most:g} megapixels allowed; scale it down first.",
            source=name,
            most=max_megapixels,
        ) from error
    except Image.UnidentifiedImageError as error:
        raise ImageError(
            "{source} is not a picture this lab can read; use {formats} or {last_format}.",
            source=name,
            formats=tuple(FORMATS[:-1]),
            last_format=FORMATS[-1],
        ) from error
    except Exception as error:  # Pillow's plugins raise nearly anything on damaged files
        raise ImageError(
            "{source} is damaged or incomplete; save it again or choose another.", source=name
        ) from error


def _readable(
    source: str | os.PathLike[str] | bytes | BinaryIO, name: str
) -> str | os.PathLike[str] | BinaryIO:
    """A path or a seekable stream that is there and not empty."""
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if not path.is_file():
            raise ImageError("{source} is not a file; check its name and folder.", source=name)
        empty = path.stat().st_size == 0
        if not empty and not os.access(path, os.R_OK):
            raise ImageError("{source} may not be read; change its permissions.", source=name)
    else:
        source = io.BytesIO(source if isinstance(source, bytes) else source.read())
        empty = not source.getbuffer().nbytes
    if empty:
        raise ImageError("{source} is empty (0 bytes); choose another file.", source=name)
    return source


def _check_size(image: Image.Image, name: str, max_megapixels: float) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise ImageError(
            "{source} has no pixels ({width} x {height}); choose another.",
            source=name,
            width=width,
            height=height,
        )
    if width * height > max_megapixels * 1e6:
        raise ImageError(
            "{source} has {megapixels:.1f} megapixels ({width} x {height}), and at most {most:g} "
            "are allowed; scale it down first.",
            source=name,
            megapixels=width * height / 1e6,
            width=width,
            height=height,
            most=max_megapixels,
        )


def _name_of(source: ImageSource) -> str:
    if isinstance(source, (str, os.PathLike)):
        return Path(source).name or str(source)
    for attribute in ("name", "filename"):
        value = getattr(source, attribute, None)
        if isinstance(value, str) and value:
            return Path(value).name
    return Message("The picture")


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return _to_8_bit(image).convert("RGB")
    if image.has_transparency_data:
        over = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")
    rgb = image.convert("RGB")
    rgb.info = {}
    return rgb


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Scale deep greyscale to 8 bits; Pillow's own conversion would clip it to white."""
    values = np.nan_to_num(np.asarray(image).astype(np.float64), posinf=0.0, neginf=0.0)
    if image.mode.startswith("I;16"):
        top = 65535.0
    else:  # the range is not stated: take the smallest usual one that holds the values
        tops = ([1.0] if image.mode == "F" else []) + [255.0, 65535.0, 2.0**31 - 1]
        top = next((t for t in tops if values.max() <= t), float(values.max()))
    return Image.fromarray((values.clip(0, top) * (255 / top)).round().astype(np.uint8))


def _square(image: Image.Image, size: int) -> Image.Image:
    # One resize of a box: a long thin picture scaled first and cropped second would explode.
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    return image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC, box=box)


def filled(image: Image.Image, height: int, width: int) -> Image.Image:
    """The largest central part of a picture that has this shape, at this size."""
    scale = min(image.width / width, image.height / height)
    box_width, box_height = width * scale, height * scale
    left, top = (image.width - box_width) / 2, (image.height - box_height) / 2
    box = (left, top, left + box_width, top + box_height)
    return image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC, box=box)
