"""What the DALL-E tab shows of the token stream, as HTML: text pieces, token ids, entropy."""

from __future__ import annotations

import json
from html import escape
from unicodedata import bidirectional

from PIL import Image

from multimodal.events import Progress, Result
from multimodal.token_stream import TextToken, TokenStream
from multimodal.ui.shell import cell_grid
from multimodal.ui.shell.html import downloads, preview
from multimodal.ui.shell.language import both, isolated

#: Colours of an entropy of 0 and of the most that a draw can have, and of a token not drawn.
SURE, UNSURE, KEPT = (6, 52, 51), (232, 246, 245), "transparent"
SPACE = "·"  # stands for the space that a piece begins with


def stream(event: Progress | Result) -> str:
    """The stream of the best candidate, or of the first while they are drawn."""
    if isinstance(event, Progress):
        shown, image = event.streams[0] if event.streams else None, event.image
        draft = None
    else:
        best = event.pictures[0] if event.pictures else None
        shown, image, draft = (best.stream, best.image, best.draft) if best else (None,) * 3
    if shown is None or image is None:
        return nothing()
    files = "" if isinstance(event, Progress) else _file(event)
    before = ""
    if shown.draft is not None and draft is not None:
        before = (
            f'<p class="counted">{both("dalle.stream_draft")}</p>{_maps(shown.draft, draft)}'
            f'<p class="counted">{both("dalle.stream_picture")}</p>'
        )
    maps = before + _maps(shown, image, tab=not before)
    return f'<div class="stream">{_text(shown)}{maps}{_readout()}{files}</div>'


def nothing() -> str:
    """What stands there before the first run."""
    return f'<p class="meaning">{both("dalle.stream_empty")}</p>'


def _text(shown: TokenStream) -> str:
    pieces = "".join(f"<li>{_chip(token)}</li>" for token in shown.text)
    used, length = len(shown.text), shown.text_length
    line = both("dalle.stream_text", used=used, length=length, padding=length - used)
    note = ""
    if any(token.partial for token in shown.text):
        note = f'<p class="meaning">{both("dalle.stream_partial")}</p>'
    return f'<p class="counted">{line}</p><ol class="pieces"{_direction(shown)}>{pieces}</ol>{note}'


def _direction(shown: TokenStream) -> str:
    """Chips run from right to left where their words do, and else as the page does."""
    words = "".join(token.text for token in shown.text[1:])  # the first one is a mark
    strong = (bidirectional(letter) for letter in words)
    first = next((kind for kind in strong if kind in ("L", "R", "AL")), "L")
    return "" if first == "L" else ' dir="rtl"'


def _chip(token: TextToken) -> str:
    text = SPACE + token.text[1:] if token.text[:1] == " " else token.text
    kind = ' class="partial"' if token.partial else ""
    return (
        f'<span{kind} title="{escape(token.piece)}"><bdi>{escape(text)}</bdi> '
        f"<small>{isolated(str(token.id))}</small></span>"
    )


def _maps(shown: TokenStream, image: Image.Image, tab: bool = True) -> str:
    """Ids and entropies; `tab` says whether the tab key comes by here."""
    ids, heat = [], []
    cells = zip(shown.tokens, shown.entropies, shown.probabilities, strict=True)
    for place, (token, entropy, probability) in enumerate(cells):
        row, column = divmod(place, shown.grid)
        tip, said = f"#{token} ({column + 1}, {row + 1})", ("–", "–")
        if entropy is None or probability is None:
            kind, colour = ' class="kept"', KEPT
        else:
            said = f"{probability:.3f}", f"{entropy:.2f}"
            tip += f" · p {said[0]} · {said[1]} nats"
            kind, colour = "", _colour(entropy / shown.max_entropy if shown.choices > 1 else 0.0)
        facts = (
            f'data-code="{token}" data-row="{row + 1}" data-column="{column + 1}" '
            f'data-p="{said[0]}" data-entropy="{said[1]}" title="{tip}"'
        )
        order = 0 if tab and place == 0 else -1
        ids.append(f'<i{kind} {facts} tabindex="{order}" role="img" aria-label="{tip}">{token}</i>')
        heat.append(f'<i{kind} {facts} style="--c:{colour}"></i>')
    missing = shown.grid**2 - len(shown.tokens)
    ids += ["<i></i>"] * missing
    heat += ["<i></i>"] * missing
    grid = f'style="--columns:{shown.grid}"'
    most = f"{shown.max_entropy:.2f}"
    mean = "–" if shown.mean_entropy is None else f"{shown.mean_entropy:.2f}"
    words = both("dalle.stream_heat", mean=mean, most=most)
    if None in shown.entropies:
        words += f" {both('dalle.stream_kept')}"
    stops = ",".join(f"rgb{colour}" for colour in (SURE, UNSURE))
    return (
        '<div class="candidates maps" style="--columns:1">'
        f'<figure class="canvas"><div class="frame"><div class="cells ids map" {grid} '
        f'data-columns="{shown.grid}">{"".join(ids)}</div></div>'
        f"<figcaption>{both('dalle.stream_ids')}</figcaption></figure>"
        f'<figure class="canvas"><div class="frame over"><img src="{preview(image)}" alt="">'
        f'<div class="cells entropy" {grid}>{"".join(heat)}</div></div>'
        f"<figcaption>{words}</figcaption></figure></div>"
        f'<div class="scale"><i style="background:linear-gradient(to right,{stops})"></i>'
        f"<p><bdi>0</bdi><bdi>{both('dalle.stream_nats', most=most)}</bdi></p>"
        f"<p><b>{both('dalle.stream_sure')}</b><b>{both('dalle.stream_unsure')}</b></p></div>"
    )


def _readout() -> str:
    names = ("code", "row", "column", "p", "entropy")
    return cell_grid.readout("dalle.stream_hint", "dalle.stream_readout", names)


def _file(result: Result) -> str:
    """All candidates' streams to take away."""
    data = json.dumps(result.streams_json(), ensure_ascii=False).encode()
    return downloads([("dalle.stream_file", "dalle-stream.json", data, "application/json")])


def _colour(share: float) -> str:
    """Between SURE at 0 and UNSURE at 1."""
    share = min(max(share, 0.0), 1.0)
    mixed = (round(a + share * (b - a)) for a, b in zip(SURE, UNSURE, strict=True))
    return f"rgb({','.join(map(str, mixed))})"
