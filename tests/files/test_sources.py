"""Files, folders and hostile zips: the good pictures come through, the rest is named."""

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from multimodal.errors import ImageError
from multimodal.files.sources import Skipped, Source, pictures_in
from multimodal.images import decode
from multimodal.settings.limits import Limits


def picture(color: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(buffer, format="PNG")
    return buffer.getvalue()


def write_zip(path: Path, entries, method=zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def read(*paths, limits: Limits | None = None):
    found = list(pictures_in(paths, limits))
    sources = [one for one in found if isinstance(one, Source)]
    skipped = {one.name: one.reason for one in found if isinstance(one, Skipped)}
    return sources, skipped


def names(sources) -> list[str]:
    return [source.name for source in sources]


def test_files_folders_and_zips_are_read_in_a_stable_order(tmp_path):
    folder = tmp_path / "album"
    (folder / "b").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name in ("z.png", "a.JPG", "b/c.webp", ".dot.png", ".hidden/d.png"):
        (folder / name).write_bytes(picture())
    (folder / "notes.txt").write_text("hello")
    archive = write_zip(tmp_path / "more.zip", [("x/2.png", picture()), ("1.png", picture())])
    single = tmp_path / "single.png"
    single.write_bytes(picture())
    sources, skipped = read(folder, archive, single)
    assert names(sources) == [
        "album/a.JPG",
        "album/z.png",
        "album/b/c.webp",
        "more.zip/1.png",
        "more.zip/x/2.png",
        "single.png",
    ]
    assert skipped == {"album/notes.txt": "is not a picture file"}
    assert all(decode(source.read(), name=source.name).size == (8, 8) for source in sources)
    assert len({source.path for source in sources}) == 6


def test_a_zip_in_a_folder_is_read(tmp_path):
    write_zip(tmp_path / "in.zip", [("a.png", picture())])
    assert names(read(tmp_path)[0]) == [f"{tmp_path.name}/in.zip/a.png"]


def test_an_upload_without_a_suffix_is_known_by_its_content(tmp_path):
    path = write_zip(tmp_path / "upload", [("a.png", picture())])
    assert names(read(path)[0]) == ["upload/a.png"]


def test_a_missing_file_is_skipped_and_the_rest_survives(tmp_path):
    good = tmp_path / "good.png"
    good.write_bytes(picture())
    sources, skipped = read(tmp_path / "none.png", good)
    assert names(sources) == ["good.png"]
    assert "does not exist" in skipped["none.png"]


def test_a_name_that_is_no_utf8_can_be_printed(tmp_path):
    path = os.fsencode(tmp_path) + b"/bad\xff.png"
    Path(os.fsdecode(path)).write_bytes(picture())
    (source,) = read(tmp_path)[0]
    assert (source.name + source.path).encode("utf-8")
    assert decode(source.read()).size == (8, 8)


@pytest.mark.parametrize(
    "name",
    ["../evil.png", "a/../../evil.png", "/etc/evil.png", "C:\\evil.png", "..\\evil.png", "C:x.png"],
)
def test_a_path_out_of_the_archive_is_refused(tmp_path, name):
    path = write_zip(tmp_path / "a.zip", [(name, picture()), ("good.png", picture())])
    sources, skipped = read(path)
    assert names(sources) == ["a.zip/good.png"]
    assert list(skipped.values()) == ["has a path that leads out of the archive"]
    assert sorted(os.listdir(tmp_path)) == ["a.zip"]


def test_links_archives_and_other_files_inside_a_zip_are_refused(tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = write_zip(
        tmp_path / "a.zip",
        [
            (link, "/etc/passwd"),
            ("inner.zip", b"PK\x03\x04"),
            ("run.sh", b"#!"),
            ("__MACOSX/._good.png", b"x"),
            ("good.png", picture()),
        ],
    )
    sources, skipped = read(path)
    assert names(sources) == ["a.zip/good.png"]
    assert skipped == {
        "a.zip/link.png": "is a symbolic link",
        "a.zip/inner.zip": "is an archive inside an archive",
        "a.zip/run.sh": "is not a picture file",
    }


def test_an_encrypted_entry_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("a.png", picture()), ("b.png", picture())])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag of the first entry in the directory
    path.write_bytes(data)
    sources, skipped = read(path)
    assert names(sources) == ["a.zip/b.png"]
    assert skipped == {"a.zip/a.png": "is encrypted"}


def test_an_unusual_compression_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("a.png", bytes(10**6))], zipfile.ZIP_BZIP2)
    assert read(path) == ([], {"a.zip/a.png": "is compressed in an unusual way"})


def test_a_damaged_entry_is_skipped_and_the_rest_survives(tmp_path):
    path = write_zip(
        tmp_path / "a.zip", [("a.png", b"x" * 999), ("b.png", picture())], zipfile.ZIP_STORED
    )
    data = path.read_bytes().replace(b"xxxx", b"xyxx", 1)
    path.write_bytes(data)
    sources, skipped = read(path)
    assert names(sources) == ["a.zip/b.png"]
    assert skipped == {"a.zip/a.png": "is damaged"}


def test_a_corrupt_zip_is_skipped_and_the_rest_survives(tmp_path):
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\x03\x04 this is no zip")
    good = tmp_path / "good.png"
    good.write_bytes(picture())
    sources, skipped = read(bad, good)
    assert names(sources) == ["good.png"]
    assert skipped == {"bad.zip": "is not a readable zip archive"}


def test_an_entry_that_grows_too_much_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("bomb.png", bytes(3_000_000)), ("ok.png", picture())])
    sources, skipped = read(path, limits=Limits(max_archive_ratio=500))
    assert names(sources) == ["a.zip/ok.png"]
    assert skipped == {"a.zip/bomb.png": "unpacks to more than 500 times its size"}


def test_a_zip_that_unpacks_to_too_much_is_cut_short(tmp_path):
    noise = os.urandom(400_000)
    path = write_zip(tmp_path / "a.zip", [(f"{i}.png", noise) for i in range(5)])
    sources, skipped = read(path, limits=Limits(max_archive_mb=1))
    assert names(sources) == ["a.zip/0.png", "a.zip/1.png"]
    assert "unpacks to more than 1 MB" in skipped["a.zip"]


def test_the_size_in_the_header_is_not_believed(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("bomb.png", bytes(3_000_000))])
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + 24
    assert struct.unpack_from("<I", data, at) == (3_000_000,)
    for claim in (10, 4_000_000_000):
        struct.pack_into("<I", data, at, claim)
        path.write_bytes(data)
        sources, skipped = read(path)
        assert sources == []
        assert skipped


def test_overlapping_entries_are_held_against_the_size_of_the_file(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("0.png", os.urandom(1000) + bytes(400_000))])
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    directory = data[start:end] * 9
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9, 9, len(directory), start, 0)
    path.write_bytes(data[:start] + directory + tail)
    sources, _ = read(path, limits=Limits(max_archive_ratio=400))
    assert 1 <= len(sources) <= 2  # newer Pythons refuse overlaps by themselves


def test_an_archive_of_countless_entries_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", [(f"{i}.txt", b"") for i in range(41)])
    assert read(path, limits=Limits(max_pictures=2)) == (
        [],
        {"a.zip": "holds 41 entries, far too many for pictures"},
    )


def test_pictures_beyond_the_limit_are_left_out_and_named(tmp_path):
    path = write_zip(tmp_path / "a.zip", [(f"{i}.png", picture()) for i in range(5)])
    sources, skipped = read(path, limits=Limits(max_pictures=3))
    assert len(sources) == 3
    assert skipped == {"a.zip/3.png": "and all after it are beyond the limit of 3 pictures"}


def test_a_file_larger_than_an_upload_may_be_is_skipped(tmp_path):
    path = tmp_path / "big.png"
    with path.open("wb") as file:
        file.truncate(2_000_000)
    assert "over the limit of 1 MB" in read(path, limits=Limits(max_upload_mb=1))[1]["big.png"]


def test_a_file_that_only_looks_like_a_picture_fails_when_decoded(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("a.png", b"no picture")])
    (source,) = read(path)[0]
    with pytest.raises(ImageError, match=r"^a.zip/a.png is not a picture"):
        decode(source.read(), name=source.name)
