"""Hostile, odd and ordinary pictures, and the way to tensors and back."""

import io
import random
import struct
import time
import warnings
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile, PngImagePlugin

from multimodal.errors import ImageError
from multimodal.images import decode, from_pixels, png_with_settings, read_settings, to_pixels


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def photo(width: int = 96, height: int = 64) -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def near(pixel, expected, tolerance=6) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, expected, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_every_format_is_read_as_rgb(kind):
    image = decode(encoded(Image.new("RGB", (40, 24), (200, 40, 60)), kind))
    assert image.mode == "RGB"
    assert image.size == (40, 24)
    assert near(image.getpixel((20, 12)), (200, 40, 60))


def test_paths_streams_bytes_and_images_are_all_sources(tmp_path):
    data = encoded(photo(), "PNG")
    path = tmp_path / "a.png"
    path.write_bytes(data)
    for source in (path, str(path), data, io.BytesIO(data), photo()):
        assert decode(source).tobytes() == photo().tobytes()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"hello, I am no picture at all", "is not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a picture"),
        (encoded(photo(), "PPM"), "is not a picture"),
        (encoded(photo(), "JPEG")[:-400], "is damaged"),
        (encoded(photo(), "PNG")[:-900], "is damaged"),
        (encoded(photo(), "WEBP")[:-300], "is damaged"),
        (png_header(200, 200), "is damaged"),
        (png_header(9000, 9000), r"has 81.0 megapixels \(9000 x 9000\)"),
        (png_header(20_000, 20_000), "more than the 64 megapixels"),
    ],
)
def test_a_bad_picture_is_refused_with_a_sentence_that_names_it(tmp_path, data, words):
    path = tmp_path / "bad.jpg"
    path.write_bytes(data)
    for source in (path, data):
        with pytest.raises(ImageError, match=words) as caught:
            decode(source, name="bad.jpg")
        assert str(caught.value).startswith("bad.jpg ")
        assert caught.value.source == "bad.jpg"


def test_a_picture_over_the_limit_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("it was decoded"))
    with pytest.raises(ImageError, match="at most 1 are allowed"):
        decode(png_header(1001, 1000), max_megapixels=1)


def test_a_pixel_bomb_is_refused_even_where_warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageError, match="megapixels"):
            decode(png_header(10_000, 10_000))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(ImageError, match=f"^{path.name} is not a file"):
            decode(path)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damaged_files_never_raise_anything_else():
    generator = random.Random(0)
    for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"):
        good = encoded(photo(), kind)
        for _ in range(25):
            bad = bytearray(good)
            for _ in range(8):
                bad[generator.randrange(len(bad))] = generator.randrange(256)
            try:
                assert decode(bytes(bad), max_megapixels=1).mode == "RGB"
            except ImageError as error:
                assert "The picture " in str(error)


def test_exif_orientation_is_applied_and_then_forgotten():
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise
    upright = decode(encoded(image, "JPEG", exif=exif, quality=95))
    assert upright.size == (20, 40)
    assert near(upright.getpixel((10, 4)), (255, 0, 0), 12)
    assert 0x0112 not in upright.getexif()


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_broken_exif_does_not_spoil_a_good_picture():
    data = encoded(photo(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert decode(data).size == (96, 64)


def test_cmyk_becomes_rgb():
    image = decode(encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95))
    assert near(image.getpixel((8, 8)), (255, 0, 0), 12)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_and_not_clipped(kind):
    deep = np.array([[0, 257, 32896, 65535]], dtype=np.uint16)
    image = decode(encoded(Image.fromarray(deep), kind))
    assert [image.getpixel((x, 0))[0] for x in range(4)] == [0, 1, 128, 255]


def test_float_grey_in_unit_range_is_scaled():
    image = decode(encoded(Image.fromarray(np.array([[0, 0.5, 1]], dtype=np.float32)), "TIFF"))
    assert [image.getpixel((x, 0))[0] for x in range(3)] == [0, 128, 255]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_transparent_pixels_show_white(mode):
    rgba = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    rgba.paste((10, 10, 10, 255), (0, 0, 4, 8))
    if mode == "P":
        image = Image.new("P", (8, 8), 0)
        image.putpalette([0, 0, 0, 10, 10, 10])
        image.paste(1, (0, 0, 4, 8))
        data = encoded(image, "PNG", transparency=0)
    elif mode == "RGB":
        data = encoded(rgba.convert("RGB"), "PNG", transparency=(0, 0, 0))
    else:
        data = encoded(rgba.convert(mode), "PNG")
    image = decode(data)
    assert image.getpixel((1, 1)) == (10, 10, 10)
    assert image.getpixel((6, 6)) == (255, 255, 255)


def test_palette_with_partial_alpha_is_blended():
    image = Image.new("P", (4, 4), 0)
    image.putpalette([0, 0, 0])
    decoded = decode(encoded(image, "PNG", transparency=bytes([128])))
    assert near(decoded.getpixel((1, 1)), (127, 127, 127), 1)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame(kind):
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    assert near(decode(data).getpixel((8, 8)), (255, 0, 0), 12)


def test_a_draft_is_smaller_but_large_enough_and_quick():
    data = encoded(photo(1024, 768), "JPEG")
    start = time.perf_counter()
    image = decode(data, min_side=64)
    assert time.perf_counter() - start < 0.2  # 3 ms on an idle core
    assert image.size == (128, 96)
    assert decode(data).size == (1024, 768)


def test_decoding_leaves_the_callers_image_alone():
    image = Image.open(io.BytesIO(encoded(photo(512, 512), "JPEG")))
    assert decode(image, min_side=64).size == (512, 512)
    assert image.size == (512, 512)


def test_pixels_and_images_convert_both_ways_without_loss():
    image = photo()
    pixels = to_pixels([image, image])
    assert pixels.shape == (2, 3, 64, 96)
    assert pixels.dtype == torch.float32
    assert 0 <= float(pixels.min()) <= float(pixels.max()) <= 1
    assert from_pixels(pixels)[1].tobytes() == image.tobytes()


def test_pixels_are_rounded_clamped_and_never_nan():
    pixels = torch.tensor([0.6 / 255, 2.0, -1.0, float("nan")]).view(1, 1, 1, 4).expand(1, 3, 1, 4)
    image = from_pixels(pixels.clone().requires_grad_())[0]
    assert [image.getpixel((x, 0))[0] for x in range(4)] == [1, 255, 0, 0]


def test_a_size_takes_the_central_square():
    image = Image.new("RGB", (300, 100), "red")
    image.paste("lime", (100, 0, 200, 100))
    pixels = to_pixels([image, image.rotate(90, expand=True)], size=20)
    assert pixels.shape == (2, 3, 20, 20)
    inner = pixels[:, :, 2:-2, 2:-2]  # the filter reaches a little over the edge of the square
    assert torch.equal(inner[:, 1], torch.ones(2, 16, 16))
    assert torch.equal(inner[:, 0], torch.zeros(2, 16, 16))


def test_a_long_thin_picture_is_resized_without_exploding():
    assert to_pixels([Image.new("RGB", (1, 1_000_000))], size=64).shape == (1, 3, 64, 64)


def test_bad_shapes_are_refused():
    with pytest.raises(ValueError, match="need a size"):
        to_pixels([photo(), photo(64, 64)])
    with pytest.raises(ValueError, match="expected"):
        from_pixels(torch.zeros(3, 8, 8))
    assert to_pixels([], size=8).shape == (0, 3, 8, 8)


def test_settings_travel_inside_the_png(tmp_path):
    settings = {"prompt": "قطة 🐈 | café", "seed": 4_294_967_295, "steps": 150, "size": 64}
    path = tmp_path / "a.png"
    path.write_bytes(png_with_settings(photo(), settings))
    assert read_settings(path) == settings
    with Image.open(path) as image:
        assert image.text["parameters"].splitlines()[1] == "seed: 4294967295, steps: 150, size: 64"
        assert image.convert("RGB").tobytes() == photo().tobytes()


def test_a_picture_without_settings_is_refused():
    wrong = PngImagePlugin.PngInfo()
    wrong.add_text("multimodal", "[1, 2")
    for data in (
        encoded(photo(), "PNG"),
        encoded(photo(), "JPEG"),
        encoded(photo(), "PNG", pnginfo=wrong),
    ):
        with pytest.raises(ImageError, match=r"^plain.png carries no settings"):
            read_settings(data, name="plain.png")
    with pytest.raises(ImageError, match="is not a picture"):
        read_settings(b"text")
