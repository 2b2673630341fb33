"""What the tab inside VQGAN does: look, choose a code, change codes, undo; each for one visitor."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from multimodal.errors import ImageError, LimitError, Message, SettingError
from multimodal.settings.fields import MAX_SEED
from multimodal.settings.jobs import ReconstructSettings
from multimodal.settings.region import NAMES, Region
from multimodal.ui.codes import render as codes_render
from multimodal.ui.codes.editor import CodeEditor
from multimodal.ui.shell import html
from multimodal.ui.shell.adapters import event_data, read_picture
from multimodal.ui.shell.language import both
from multimodal.ui.shell.visitors import Visitors

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from multimodal.lab import Lab

MAX_EDITS = 100  # that can be undone


class CodesJobs:
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
        editor = CodeEditor(found, [first], counts_of(found.codes)[0][0])
        self.visitors.of(request.session_hash).editor = editor
        line = both("inside.done", cells=found.codes.numel())
        facts = {"psnr": round(found.psnr, 3), "ssim": round(found.ssim, 4)}
        data = self._png(found.image, {"method": "reconstruct", **facts})
        compared = codes_render.compared(found, data)
        yield html.status(line), compared, editor.shown, *self._drawn(editor)

    def pick(self, request: gr.Request, event: gr.EventData) -> tuple[int, str]:
        """A cell of the grid was chosen; gives its code and the panel."""
        code = _whole(event_data(event).get("code"), Message("code"))
        return code, self.show(code, request)

    def show(self, code: int | None, request: gr.Request) -> str:
        """The panel of a code, whether it stands in the picture or not."""
        from multimodal.codes.edits import check_code

        editor = self._editor(request)
        code = _whole(code, Message("code"))
        check_code(code, editor.found.num_codes)
        editor.shown = code
        return self._panel(editor)

    def region(self, event: gr.EventData) -> tuple[Any, ...]:
        """A region was dragged over the grid; gives its numbers and opens where they are."""
        data = event_data(event)
        return *[_whole(data.get(name), name) for name in NAMES], gr.update(open=True)

    def replace(self, old: int | None, new: int | None, request: gr.Request) -> tuple[Any, ...]:
        """Put one code wherever another stands, and look at the new one."""
        from multimodal.codes.edits import replace_code

        editor = self._editor(request)
        old, new = _whole(old, Message("code")), _whole(new, Message("new code"))
        codes = replace_code(editor.now.codes, old, new, editor.found.num_codes)
        editor.shown = new
        return new, *self._changed(editor, codes, "replace", old=old, new=new)

    def shuffle(self, seed: int | None, request: gr.Request) -> tuple[Any, ...]:
        """Put all codes in another order."""
        from multimodal.codes.edits import shuffle_codes

        editor = self._editor(request)
        seed = ReconstructSettings(seed=_whole(seed, Message("seed"))).seed
        return self._changed(editor, shuffle_codes(editor.now.codes, seed), "shuffle", seed=seed)

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

        editor = self._editor(request)
        if not path:
            raise ImageError("No second picture was given; choose one to swap with.")
        numbers = zip(NAMES, (row, column, height, width), strict=True)
        whole = {str(name): _whole(value, name) for name, value in numbers}
        region = Region(**whole)
        region.slices(editor.now.codes)  # refused before the other picture is encoded
        other = self.lab.reconstruct(read_picture(path, self.lab.limits))
        mine, theirs = swap_region(editor.now.codes, other.codes, region)
        decoded = self.lab.decode_codes(theirs).image
        src = html.data_uri(self._png(decoded, {"method": "swap", **whole}), "image/png")
        link = html.download(src, "other.png")
        shown = html.figure(src, both("inside.other_now") + link)
        return self._changed(editor, mine, "swap", other=shown, **whole)

    def undo(self, request: gr.Request) -> tuple[Any, ...]:
        """Take the last change back."""
        editor = self._editor(request)
        if editor.edits:
            editor.versions.pop()
            editor.edits.pop()
        return self._drawn(editor)

    def reset(self, request: gr.Request) -> tuple[Any, ...]:
        """Take all changes back."""
        editor = self._editor(request)
        del editor.versions[1:]
        editor.edits.clear()
        return self._drawn(editor)

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

    def _editor(self, request: gr.Request) -> CodeEditor:
        editor = self.visitors.of(request.session_hash).editor
        if editor is None:
            raise ImageError("There is no picture yet; choose one and look inside it.")
        return editor

    def _changed(
        self, editor: CodeEditor, codes: Tensor, name: str, other: str = "", **values: int
    ) -> tuple[Any, ...]:
        """Decode changed codes, remember them, draw them."""
        if len(editor.edits) >= MAX_EDITS:
            raise LimitError(
                "There are {count} changes already; undo some, or reset, before the next.",
                count=MAX_EDITS,
            )
        editor.versions.append(self.lab.decode_codes(codes))
        editor.edits.append((name, values))
        return self._drawn(editor, other)

    def _drawn(self, editor: CodeEditor, other: str = "") -> tuple[Any, ...]:
        """Values for everything that follows the codes."""
        from multimodal.codes.edits import counts_of

        now, found = editor.now, editor.found
        self._meet(editor, now.codes.unique().tolist())
        edits = [{"edit": name, **values} for name, values in editor.edits]
        drawn = codes_render.editor(
            now.codes,
            self._png(now.image, {"method": "reconstruct", "edits": edits}),
            editor.colours,
            editor.patches,
            counts_of(now.codes),
            editor.edits,
            editor.shown,
        )
        realness = codes_render.realness(
            found.original, now.image, found.original_realness, now.realness
        )
        changeable = gr.update(interactive=bool(editor.edits))
        return drawn, self._panel(editor), realness, other, changeable, changeable

    def _panel(self, editor: CodeEditor) -> str:
        from multimodal.codes.edits import places_of

        code, now = editor.shown, editor.now
        self._meet(editor, [code])
        places = places_of(now.codes, code)
        side = now.image.width // now.codes.shape[1]
        contexts = [
            now.image.crop(((c - 1) * side, (r - 1) * side, c * side, r * side))
            for r, c in places[: codes_render.MAX_CONTEXTS]
        ]
        return codes_render.code_panel(
            code, editor.patches[code], contexts, len(places), now.codes.numel()
        )

    def _meet(self, editor: CodeEditor, codes: list[int]) -> None:
        """See to it that the colour and the patch of these codes are known."""
        import torch

        from multimodal.codes.maps import colours_of
        from multimodal.images import from_pixels

        unknown = [code for code in codes if code not in editor.patches]
        if not unknown:
            return
        patches = self.lab.code_patches(torch.tensor(unknown))
        for code, colour, patch in zip(
            unknown, colours_of(patches), from_pixels(patches), strict=True
        ):
            editor.colours[code] = "#{:02x}{:02x}{:02x}".format(*colour)
            editor.patches[code] = html.png(patch)

    def _png(self, image: Image.Image, details: Mapping[str, Any]) -> bytes:
        from multimodal.images import png_with_settings

        return png_with_settings(image, {**details, "preset": self.lab.preset.name})


def _whole(value: Any, name: Message) -> int:
    """The number in a box. Raises SettingError for an empty one."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise SettingError("The {name} is empty; write a whole number.", name=name) from None
