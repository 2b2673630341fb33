"""What the tab inside VQGAN does: look, choose a code, change codes, undo; each for one visitor."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.errors import ImageError, LimitError, SettingError
from multimodal.settings.fields import MAX_SEED
from multimodal.settings.jobs import ReconstructSettings
from multimodal.ui.codes import render as inside_render
from multimodal.ui.shell import html
from multimodal.ui.shell.adapters import read_picture
from multimodal.ui.shell.language import both
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from multimodal.codes.reconstruction import Decoded, Reconstruction
    from multimodal.lab import Lab

MAX_EDITS = 100  # that can be undone
Edit = tuple[str, Mapping[str, int]]


@dataclass
class Bench:
    """A visitor's picture: `versions` are its codes as encoded, then after each of the `edits`;
    `shown` is the code looked at; `colours` and `patches` (PNGs) are those of the codes met so
    far."""

    found: Reconstruction
    versions: list[Decoded]
    shown: int
    edits: list[Edit] = field(default_factory=list)
    colours: dict[int, str] = field(default_factory=dict)
    patches: dict[int, bytes] = field(default_factory=dict)

    @property
    def now(self) -> Decoded:
        """The latest version."""
        return self.versions[-1]


class InsideJobs:
    """The handlers of the tab. What draws the bench gives values for: the bench, the panel of the
    chosen code, the maps of realness, the other picture of a swap, Undo and Reset."""

    def __init__(self, lab: Lab, visitors: Visitors) -> None:
        self.lab, self.visitors = lab, visitors

    def look(self, path: str | None, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Encode and decode a picture; gives status, the comparison, the chosen code, the bench."""
        from multimodal.codes.edits import counts_of
        from multimodal.codes.reconstruction import Decoded

        if not path:
            raise ImageError("No picture was given; choose at least one.")
        yield html.status(both("common.starting"), -1), *[gr.skip()] * 8
        found = self.lab.reconstruct(read_picture(path, self.lab.limits))
        first = Decoded(found.codes, found.image, found.realness)
        bench = Bench(found, [first], counts_of(found.codes)[0][0])
        self.visitors.of(request.session_hash).bench = bench
        line = both("inside.done", cells=found.codes.numel())
        facts = {"psnr": round(found.psnr, 3), "ssim": round(found.ssim, 4)}
        data = self._png(found.image, {"method": "reconstruct", **facts})
        compared = inside_render.compared(found, data)
        yield html.status(line), compared, bench.shown, *self._drawn(bench)

    def pick(self, request: gr.Request, event: gr.EventData) -> tuple[int, str]:
        """A cell of the grid was chosen; gives its code and the panel."""
        code = _whole(_data(event).get("code"), "code")
        return code, self.show(code, request)

    def show(self, code: int | None, request: gr.Request) -> str:
        """The panel of a code, whether it stands in the picture or not."""
        from multimodal.codes.edits import check_code

        bench = self._bench(request)
        code = _whole(code, "code")
        check_code(code, bench.found.num_codes)
        bench.shown = code
        return self._panel(bench)

    def region(self, event: gr.EventData) -> tuple[Any, ...]:
        """A region was dragged over the grid; gives its numbers and opens where they are."""
        data = _data(event)
        names = ("row", "column", "height", "width")
        return *[_whole(data.get(name), name) for name in names], gr.update(open=True)

    def replace(self, old: int | None, new: int | None, request: gr.Request) -> tuple[Any, ...]:
        """Put one code wherever another stands, and look at the new one."""
        from multimodal.codes.edits import replace_code

        bench = self._bench(request)
        old, new = _whole(old, "code"), _whole(new, "new code")
        codes = replace_code(bench.now.codes, old, new, bench.found.num_codes)
        bench.shown = new
        return new, *self._changed(bench, codes, "replace", old=old, new=new)

    def shuffle(self, seed: int | None, request: gr.Request) -> tuple[Any, ...]:
        """Put all codes in another order."""
        from multimodal.codes.edits import shuffle_codes

        bench = self._bench(request)
        seed = ReconstructSettings(seed=_whole(seed, "seed")).seed
        return self._changed(bench, shuffle_codes(bench.now.codes, seed), "shuffle", seed=seed)

    def swap(
        self,
        path: str | None,
        row: int | None,
        column: int | None,
        height: int | None,
        width: int | None,
        request: gr.Request,
    ) -> tuple[Any, ...]:
        """Swap a region with another picture; that one is shown, too."""
        from multimodal.codes.edits import swap_region
        from multimodal.settings.region import Region

        bench = self._bench(request)
        if not path:
            raise ImageError("No second picture was given; choose one to swap with.")
        numbers = {"row": row, "column": column, "height": height, "width": width}
        whole = {name: _whole(value, name) for name, value in numbers.items()}
        region = Region(**whole)
        region.slices(bench.now.codes)  # refused before the other picture is encoded
        other = self.lab.reconstruct(read_picture(path, self.lab.limits))
        mine, theirs = swap_region(bench.now.codes, other.codes, region)
        decoded = self.lab.decode_codes(theirs).image
        src = html.data_uri(self._png(decoded, {"method": "swap", **whole}), "image/png")
        link = html.download(src, "other.png")
        shown = html.figure(src, both("inside.other_now") + link)
        return self._changed(bench, mine, "swap", other=shown, **whole)

    def undo(self, request: gr.Request) -> tuple[Any, ...]:
        """Take the last change back."""
        bench = self._bench(request)
        if bench.edits:
            bench.versions.pop()
            bench.edits.pop()
        return self._drawn(bench)

    def reset(self, request: gr.Request) -> tuple[Any, ...]:
        """Take all changes back."""
        bench = self._bench(request)
        del bench.versions[1:]
        bench.edits.clear()
        return self._drawn(bench)

    def draw_random(self) -> str:
        """A picture of random codes, another at each call."""
        from multimodal.codes.edits import random_codes

        seed = secrets.randbelow(MAX_SEED + 1)
        vqgan = self.lab.models.vqgan
        side = vqgan.image_size // vqgan.factor
        codes = random_codes(side, side, len(vqgan.codebook), seed)
        image = self.lab.decode_codes(codes).image
        src = html.data_uri(self._png(image, {"method": "random_codes", "seed": seed}), "image/png")
        link = html.download(src, f"random-codes-{seed}.png")
        return html.figure(src, both("common.seed", seed=seed) + link)

    def _bench(self, request: gr.Request) -> Bench:
        bench = self.visitors.of(request.session_hash).bench
        if bench is None:
            raise ImageError("There is no picture yet; choose one and look inside it.")
        return bench

    def _changed(
        self, bench: Bench, codes: Tensor, name: str, other: str = "", **values: int
    ) -> tuple[Any, ...]:
        """Decode changed codes, remember them, draw them."""
        if len(bench.edits) >= MAX_EDITS:
            raise LimitError(
                f"There are {MAX_EDITS} changes already; undo some, or reset, before the next."
            )
        bench.versions.append(self.lab.decode_codes(codes))
        bench.edits.append((name, values))
        return self._drawn(bench, other)

    def _drawn(self, bench: Bench, other: str = "") -> tuple[Any, ...]:
        """Values for everything that follows the codes."""
        from multimodal.codes.edits import counts_of

        now, found = bench.now, bench.found
        self._meet(bench, now.codes.unique().tolist())
        edits = [{"edit": name, **values} for name, values in bench.edits]
        drawn = inside_render.bench(
            now.codes,
            self._png(now.image, {"method": "reconstruct", "edits": edits}),
            bench.colours,
            bench.patches,
            counts_of(now.codes),
            bench.edits,
            bench.shown,
        )
        realness = inside_render.realness(
            found.original, now.image, found.original_realness, now.realness
        )
        changeable = gr.update(interactive=bool(bench.edits))
        return drawn, self._panel(bench), realness, other, changeable, changeable

    def _panel(self, bench: Bench) -> str:
        from multimodal.codes.edits import places_of

        code, now = bench.shown, bench.now
        self._meet(bench, [code])
        places = places_of(now.codes, code)
        side = now.image.width // now.codes.shape[1]
        contexts = [
            now.image.crop(((c - 1) * side, (r - 1) * side, c * side, r * side))
            for r, c in places[: inside_render.MAX_CONTEXTS]
        ]
        return inside_render.code_panel(
            code, bench.patches[code], contexts, len(places), now.codes.numel()
        )

    def _meet(self, bench: Bench, codes: list[int]) -> None:
        """See to it that the colour and the patch of these codes are known."""
        import torch

        from multimodal.codes.maps import colours_of
        from multimodal.images import from_pixels

        unknown = [code for code in codes if code not in bench.patches]
        if not unknown:
            return
        patches = self.lab.code_patches(torch.tensor(unknown))
        for code, colour, patch in zip(
            unknown, colours_of(patches), from_pixels(patches), strict=True
        ):
            bench.colours[code] = "#{:02x}{:02x}{:02x}".format(*colour)
            bench.patches[code] = html.png(patch)

    def _png(self, image: Image.Image, details: Mapping[str, Any]) -> bytes:
        from multimodal.images import png_with_settings

        return png_with_settings(image, {**details, "preset": self.lab.preset.name})


def _whole(value: Any, name: str) -> int:
    """The number in a box. Raises SettingError for an empty one."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise SettingError(f"The {name} is empty; write a whole number.") from None


def _data(event: gr.EventData) -> dict[str, Any]:
    data = event._data
    return data if isinstance(data, dict) else {}
