"""What the tab inside VQGAN shows, as HTML: pictures, the grid of codes, one code, realness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from multimodal.ui.shell import cell_grid
from multimodal.ui.shell.html import data_uri, download, figure, grid, png
from multimodal.ui.shell.language import both

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from multimodal.codes.reconstruction import Reconstruction

MOST_USED = 12
MAX_CONTEXTS = 12
MAP_SIDE = 384

#: Runs once; the bench's content changes below `element`. A click chooses a code, a drag of the
#: mouse a region.
SCRIPT = (
    cell_grid.SCRIPT
    + """
const boxOf = (a, b) => {
  const rows = [+a.dataset.row, +b.dataset.row], columns = [+a.dataset.column, +b.dataset.column];
  return { row: Math.min(...rows), column: Math.min(...columns),
    height: Math.abs(rows[0] - rows[1]) + 1, width: Math.abs(columns[0] - columns[1]) + 1 };
};
let from = null, box = null;
element.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-code]");
  if (chosen && !box) {
    if (chosen.matches("button")) chosen.focus({ preventScroll: true });
    trigger("select", { code: chosen.dataset.code });
  }
  box = null;
});
element.addEventListener("pointerdown", (event) => {
  box = null;
  from = event.pointerType === "mouse" && event.button === 0 ? cellOf(event.target) : null;
  if (from) event.preventDefault();
});
element.addEventListener("pointermove", (event) => {
  const to = from && event.buttons & 1 ? cellOf(event.target) : null;
  if (!to || (to.dataset.row === from.dataset.row && to.dataset.column === from.dataset.column
    && !box)) return;
  box = boxOf(from, to);
  element.querySelectorAll(".cells [data-code]").forEach((cell) => {
    const down = cell.dataset.row - box.row, along = cell.dataset.column - box.column;
    cell.classList.toggle("region",
      down >= 0 && down < box.height && along >= 0 && along < box.width);
  });
});
element.addEventListener("pointerup", () => {
  if (from && box) trigger("apply", box);
  from = null;
});
"""
)
#: Outlines every cell with the code that the panel shows, once the panel is drawn.
MARK = """() => { requestAnimationFrame(() => requestAnimationFrame(() => {
  const shown = document.querySelector("#inside-code-panel [data-shown]");
  document.querySelectorAll("#inside-bench .cells [data-code]").forEach((cell) =>
    cell.classList.toggle("same", Boolean(shown) && cell.dataset.code === shown.dataset.shown));
})); }"""


def compared(found: Reconstruction, data: bytes) -> str:
    """The original and the reconstruction, whose PNG is `data`, with what was measured."""
    src = data_uri(data, "image/png")
    measured = (
        f'<span>{both("inside.again")}</span> <bdi dir="ltr">PSNR {found.psnr:.2f} dB</bdi> '
        f'<bdi dir="ltr">SSIM {found.ssim:.3f}</bdi>{download(src, "reconstruction.png")}'
    )
    original = data_uri(png(found.original), "image/png")
    pair = [
        figure(original, both("inside.original", side=found.original.width)),
        figure(src, measured),
    ]
    cells = found.codes.numel()
    used = both(
        "inside.usage", used=_grouped(found.codes_used), num_codes=_grouped(found.num_codes),
        cells=cells,
    )  # fmt: skip
    bits = both(
        "inside.bits", bits=_grouped(found.bits), raw_bits=_grouped(found.raw_bits),
        ratio=f"{found.raw_bits / found.bits:.0f}",
    )  # fmt: skip
    return (
        f'{grid(pair, columns=2)}<p class="counted">{used} {bits}</p>'
        f'<p class="meaning">{both("inside.measures")}</p>'
    )


def editor(
    codes: Tensor,
    data: bytes,
    colours: Mapping[int, str],
    patches: Mapping[int, bytes],
    counts: Sequence[tuple[int, int]],
    edits: Sequence[tuple[str, Mapping[str, int]]],
    shown: int | None,
) -> str:
    """The grid of codes (h, w) beside the picture decoded from them, whose PNG is `data`.

    `colours` and `patches` (PNGs) are those of each code, `counts` say how often it stands,
    `shown` is the code to outline. Both grids run from left to right in every language.
    """
    often, columns = dict(counts), codes.shape[1]
    buttons, places = [], []
    for row, line in enumerate(codes.tolist(), start=1):
        for column, code in enumerate(line, start=1):
            facts = (
                f'data-code="{code}" data-row="{row}" data-column="{column}" '
                f'data-count="{often[code]}"'
            )
            kind = ' class="same"' if code == shown else ""
            tab = 0 if row == column == 1 else -1
            buttons.append(
                f'<button type="button"{kind} {facts} tabindex="{tab}" title="{code}" '
                f'aria-label="{code} ({row}, {column})" style="--c:{colours[code]}"></button>'
            )
            places.append(f'<i{kind} {facts} title="{code}"></i>')
    src = data_uri(data, "image/png")
    style = f'style="--columns:{columns}"'
    drawn = (
        f'<figure class="canvas"><div class="frame"><div class="cells map" {style} '
        f'data-columns="{columns}">{"".join(buttons)}</div></div>'
        f"<figcaption>{both('inside.map')}</figcaption></figure>"
    )
    decoded = (
        f'<figure class="canvas"><div class="frame over"><img src="{src}" alt="">'
        f'<div class="cells" {style}>{"".join(places)}</div></div>'
        f"<figcaption>{both('inside.decoded')}{download(src, 'decoded.png')}</figcaption></figure>"
    )
    pair = f'<div class="bench">{grid([drawn, decoded], columns=2)}</div>'
    readout = cell_grid.readout("inside.hint", "inside.readout", ("code", "row", "column", "count"))
    return pair + readout + _edits(edits) + _most(counts, patches)


def code_panel(
    code: int, alone: bytes, contexts: Sequence[Image.Image], count: int, cells: int
) -> str:
    """One code: its patch on its own, as PNG, and the patches cut out where it stands."""
    stands = both("inside.stands", code=code, count=count, cells=cells)
    src = data_uri(alone, "image/png")
    found = "".join(f'<img src="{data_uri(png(patch), "image/png")}" alt="">' for patch in contexts)
    among = (
        f'<figure><div class="patches">{found}{"<span>…</span>" if count > len(contexts) else ""}'
        f"</div><figcaption>{both('inside.in_context')}</figcaption></figure>"
        if contexts
        else ""
    )
    return (
        f'<div class="code-panel" data-shown="{code}"><p role="status">{stands}</p><figure>'
        f'<img class="alone" src="{src}" alt=""><figcaption>{both("inside.alone")}</figcaption>'
        f"</figure>{among}</div>"
    )


def realness(original: Image.Image, decoded: Image.Image, of_original: Any, of_decoded: Any) -> str:
    """The maps of both pictures and the scale that they share."""
    from multimodal.codes.maps import FAKE, REAL, SURE_FAKE, SURE_REAL, UNSURE, draw_realness

    figures = [
        figure(
            data_uri(png(draw_realness(image, values, MAP_SIDE)), "image/png"),
            both(
                f"inside.real_{name}",
                mean=f"{float(values.mean()):+.2f}".replace("-", "−"),
                share=f"{100 * float((values > 0).float().mean()):.0f} %",
            ),
        )
        for name, image, values in (
            ("original", original, of_original),
            ("decoded", decoded, of_decoded),
        )
    ]
    stops = ",".join(f"rgb{colour}" for colour in (FAKE, UNSURE, REAL))
    scale = (
        f'<div class="scale"><i style="background:linear-gradient(to right,{stops})"></i>'
        f"<p><bdi>≤ −{-SURE_FAKE:g}</bdi><bdi>0</bdi><bdi>≥ {SURE_REAL:g}</bdi></p>"
        f"<p><b>{both('inside.fake')}</b><b>{both('inside.real')}</b></p></div>"
    )
    return f'<div class="realness">{grid(figures, columns=2)}{scale}</div>'


def _edits(edits: Sequence[tuple[str, Mapping[str, int]]]) -> str:
    """What was done to the codes, in order."""
    if not edits:
        return f'<p class="counted">{both("inside.unchanged")}</p>'
    steps = " · ".join(both(f"inside.edit_{name}", **values) for name, values in edits)
    return f'<p class="counted">{both("inside.edits")} {steps}</p>'


def _most(counts: Sequence[tuple[int, int]], patches: Mapping[int, bytes]) -> str:
    """The most used codes as bars."""
    most = counts[:MOST_USED]
    rows = "".join(
        f'<li><button type="button" data-code="{code}" title="{code}">'
        f'<img src="{data_uri(patches[code], "image/png")}" alt=""><bdi>{code}</bdi>'
        f'<span class="track"><i style="--p:{count / most[0][1]:.3f}"></i></span>'
        f"<bdi>{count}</bdi></button></li>"
        for code, count in most
    )
    return f'<p class="label-line">{both("inside.most")}</p><ol class="most">{rows}</ol>'


def _grouped(number: int) -> str:
    return f"{number:,}"
