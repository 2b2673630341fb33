"""Small drawings that show each idea; they follow the page's colours and hold no words."""

from __future__ import annotations

_LINE = 'fill="none" stroke="currentColor" stroke-width="1.5"'
_ACCENT = 'fill="var(--accent)"'


def _svg(width: int, height: int, body: str) -> str:
    return f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{body}</svg>'


def _arrow(x1: int, y1: int, x2: int, y2: int) -> str:
    tip = 5 if x2 >= x1 else -5
    return f'<path d="M{x1} {y1}H{x2}M{x2 - tip} {y2 - 4}L{x2} {y2}L{x2 - tip} {y2 + 4}" {_LINE}/>'


def _picture(x: int, y: int, side: int) -> str:
    low, sun = y + side - 4, side // 7
    return (
        f'<rect x="{x}" y="{y}" width="{side}" height="{side}" rx="4" {_LINE}/>'
        f'<circle cx="{x + side * 0.7:.0f}" cy="{y + side * 0.3:.0f}" r="{sun}" {_ACCENT}/>'
        f'<path d="M{x + 4} {low}l{side // 3} -{side // 3}l{side // 4} {side // 5}'
        f'l{side // 7} -{side // 8}L{x + side - 4} {low}" {_LINE}/>'
    )


def _words(x: int, y: int, widths: tuple[int, ...]) -> str:
    return "".join(
        f'<rect x="{x}" y="{y + 9 * row}" width="{width}" height="4" rx="2" fill="currentColor"/>'
        for row, width in enumerate(widths)
    )


def matrix() -> str:
    """Pictures against captions: the pairs on the diagonal match."""
    cells = "".join(
        f'<rect x="{96 + 36 * column}" y="{44 + 28 * row}" width="32" height="24" rx="4" '
        f'{_ACCENT} opacity="{1 if row == column else 0.14}"/>'
        for row in range(4)
        for column in range(4)
    )
    pictures = "".join(_picture(99 + 36 * column, 8, 26) for column in range(4))
    words = "".join(_words(30, 50 + 28 * row, (46, 30)) for row in range(4))
    return _svg(250, 164, pictures + words + cells)


def search() -> str:
    """A query among pictures: the nearest directions are found."""
    places = ((186, 8, 1), (214, 44, 1), (206, 96, 0), (120, 4, 0), (56, 14, 0))
    lines = []
    for x, y, found in places:
        style = 'stroke="var(--accent)" stroke-width="2"' if found else 'stroke="currentColor"'
        dash = "" if found else ' stroke-dasharray="3 4"'
        lines.append(
            f'<g opacity="{1 if found else 0.45}"><path d="M40 140L{x + 8} {y + 24}" '
            f'fill="none" {style}{dash}/><rect x="{x}" y="{y}" width="30" height="30" rx="4" '
            f'fill="var(--card)"/>{_picture(x, y, 30)}</g>'
        )
    query = _words(4, 122, (24, 16)) + f'<circle cx="40" cy="140" r="5" {_ACCENT}/>'
    return _svg(250, 164, "".join(lines) + query)


def inside() -> str:
    """A picture is encoded into codes of a codebook, decoded, and judged patch by patch."""
    shades = (0.25, 0.9, 0.5, 0.7)
    grid = "".join(
        f'<rect x="{99 + 13 * column}" y="{20 + 13 * row}" width="11" height="11" rx="2" {_ACCENT} '
        f'opacity="{shades[(row * 3 + column * 2) % 4]}"/>'
        for row in range(4)
        for column in range(4)
    )
    codebook = "".join(
        f'<rect x="{89 + 19 * i}" y="104" width="13" height="13" rx="2" {_ACCENT} '
        f'opacity="{shade}"/>'
        for i, shade in enumerate(shades)
    ) + (
        f'<rect x="83" y="98" width="82" height="25" rx="5" {_LINE}/>'
        f'<path d="M124 96V78M120 83L124 78L128 83" {_LINE}/>'
    )
    coders = f'<path d="M60 24L84 36V56L60 68ZM188 24L164 36V56L188 68Z" {_LINE}/>'
    judged = "".join(
        f'<rect x="{200 + 15 * column}" y="{104 + 15 * row}" width="13" height="13" rx="2" '
        f"{_ACCENT if (row + column) % 2 else _LINE}/>"
        for row in range(3)
        for column in range(3)
    )
    verdict = f'<path d="M222 74V96M218 91L222 96L226 91" {_LINE}/>'
    return _svg(
        250, 164, _picture(4, 24, 44) + coders + grid + codebook + _picture(200, 24, 44)
        + verdict + judged,
    )  # fmt: skip


def paint() -> str:
    """Codes become a picture, CLIP judges cutouts of it, the gradient goes back."""
    grid = "".join(
        f'<rect x="{8 + 14 * column}" y="{52 + 14 * row}" width="12" height="12" rx="2" {_ACCENT} '
        f'opacity="{(0.25, 0.9, 0.5, 0.7)[(row * 3 + column * 2) % 4]}"/>'
        for row in range(4)
        for column in range(4)
    )
    cuts = "".join(
        f'<rect x="{x}" y="{y}" width="26" height="26" rx="2" fill="none" stroke="var(--accent)" '
        'stroke-width="1.5" stroke-dasharray="4 3"/>'
        for x, y in ((100, 48), (120, 66), (104, 78))
    )
    judge = f'<circle cx="212" cy="79" r="20" {_LINE}/>' + _words(201, 70, (22, 22, 14))
    back = (
        '<path d="M212 108C212 150 36 150 36 120M31 126L36 119L41 126" fill="none" '
        'stroke="var(--accent)" stroke-width="2"/>'
    )
    arrows = _arrow(68, 79, 88, 79) + _arrow(160, 79, 186, 79)
    return _svg(250, 164, grid + _picture(94, 44, 62) + cuts + judge + arrows + back)


def tokens() -> str:
    """A stream of text tokens goes on as image tokens."""
    text = "".join(
        f'<rect x="{6 + 22 * i}" y="24" width="18" height="18" rx="4" {_LINE}/>' for i in range(4)
    )
    image = "".join(
        f'<rect x="{100 + 22 * i}" y="24" width="18" height="18" rx="4" {_ACCENT} '
        f'opacity="{(0.9, 0.5, 0.7, 0.35, 0.8, 0.45)[i]}"/>'
        for i in range(6)
    )
    curve = f'<path d="M15 48C60 74 150 74 215 50M208 49L216 49L213 57" {_LINE}/>'
    grid = "".join(
        f'<rect x="{96 + 15 * (i % 4)}" y="{86 + 15 * (i // 4)}" width="13" height="13" rx="2" '
        f'{_ACCENT if i < 10 else _LINE} opacity="{(0.9, 0.5, 0.7, 0.35)[i * 3 % 4]}"/>'
        for i in range(16)
    )
    return _svg(250, 164, text + image + curve + grid)


def compare() -> str:
    """The same words become two pictures, and each gets its bar."""
    paths = (
        f'<path d="M62 82C84 82 78 40 104 40M99 36L104 40L99 44" {_LINE}/>'
        f'<path d="M62 82C84 82 78 124 104 124M99 120L104 124L99 128" {_LINE}/>'
    )
    bars = "".join(
        f'<rect x="184" y="{y}" width="58" height="8" rx="4" {_ACCENT} opacity="0.18"/>'
        f'<rect x="184" y="{y}" width="{width}" height="8" rx="4" {_ACCENT}/>'
        for y, width in ((36, 44), (120, 31))
    )
    pictures = _picture(112, 12, 56) + _picture(112, 96, 56)
    return _svg(250, 164, _words(10, 70, (44, 36, 24)) + paths + pictures + bars)


def contrast() -> str:
    """All pairs alike at first; while the loss falls, the diagonal stands out."""
    pairs = [(row, column) for row in range(4) for column in range(4)]
    grids = "".join(
        f'<rect x="{left + 23 * column}" y="{8 + 23 * row}" width="20" height="20" rx="3" '
        f'{_ACCENT} opacity="{(1 if row == column else 0.12) if learned else 0.35}"/>'
        for left, learned in ((8, False), (153, True))
        for row, column in pairs
    )
    loss = (
        f'<path d="M8 118H242" {_LINE} stroke-dasharray="3 4" opacity=".6"/>'
        '<path d="M8 118C60 118 70 124 104 140S190 156 242 157" fill="none" '
        'stroke="var(--accent)" stroke-width="2"/>'
    )
    return _svg(250, 164, grids + _arrow(111, 53, 140, 53) + loss)
