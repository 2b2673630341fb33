"""Two languages on one page: how texts reach the browser, and how it chooses.

Labels and buttons are translated in the browser by gr.I18n. HTML carries both languages, and the
style sheet hides the one that is not the page's (`html[lang]`), so the server never has to know.
"""

from __future__ import annotations

import gzip
import json
import string
from html import escape
from typing import Any

import gradio as gr
from gradio.i18n import I18nData
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from multimodal.comparison.generators import GENERATORS
from multimodal.settings import JOBS
from multimodal.settings.fields import Settings, fields_of
from multimodal.ui.texts import EXAMPLES, KNOB_TEXTS, TEXTS
from multimodal.ui.texts.errors import in_arabic

PACKING = 5  # gzip level
LANGUAGES = {"en": "English", "ar": "العربية"}

# Gradio picks its language from navigator.language before any script of `launch` runs, so this
# one stands first in the page. Order: ?lang=, the choice kept from last time, the browser's.
EARLY_SCRIPT = string.Template("""
(() => {
  const known = $known, keep = "multimodal-lab-language";
  const asked = new URLSearchParams(location.search).get("lang");
  let kept = null;
  try {
    if (known.includes(asked)) localStorage.setItem(keep, asked);
    kept = localStorage.getItem(keep);
  } catch (error) { /* storage may be forbidden in a frame */ }
  const wanted = [asked, kept, ...navigator.languages.map((name) => name.split("-")[0]), "en"];
  const language = wanted.find((name) => known.includes(name));
  Object.defineProperty(navigator, "language", { get: () => language });
  Object.defineProperty(navigator, "languages", { get: () => [language] });
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
})();
""").substitute(known=json.dumps(list(LANGUAGES)))


def shown_settings() -> list[type[Settings]]:
    """All settings that the page has controls for."""
    return [*JOBS, *(generator.settings for generator in GENERATORS.values())]


def translations() -> gr.I18n:
    """All texts of labels and buttons, for launch()."""
    english = {key: pair[0] for key, pair in TEXTS.items()}
    arabic = {key: pair[1] for key, pair in TEXTS.items()}
    for cls in shown_settings():
        for knob in fields_of(cls):
            key = f"{cls.__name__}.{knob.name}"
            plain = knob.name.replace("_", " ").capitalize()
            texts = KNOB_TEXTS.get(key, (plain, plain, knob.help))  # a test names what is missing
            english[key], arabic[key], arabic[f"{key}.help"] = texts
            english[f"{key}.help"] = knob.help[:1].upper() + knob.help[1:]
    for name, examples in EXAMPLES.items():
        for index, pair in enumerate(examples):
            key = f"example.{name}.{index}"
            english[key], arabic[key] = (text.replace("\n", " · ") for text in pair)
    return gr.I18n(en=english, ar=arabic)


def t(key: str) -> I18nData:
    """The text of a label, button or tab; the browser puts in its language."""
    return I18nData(key)


def both(key: str, **values: Any) -> str:
    """A text in both languages as HTML; values are escaped and keep their own direction."""
    shown = {name: isolated(str(value)) for name, value in values.items()}
    parts = zip(LANGUAGES, TEXTS[key], strict=True)
    return "".join(f'<span lang="{lang}">{text.format(**shown)}</span>' for lang, text in parts)


def isolated(value: str) -> str:
    """A value that keeps its own direction within a text; numbers go from left to right."""
    direction = "" if any(map(str.isalpha, value)) else ' dir="ltr"'
    return f"<bdi{direction}>{escape(value)}</bdi>"


def both_sentence(said: str) -> str:
    """What an error says, in both languages as HTML; escaped."""
    return in_both(said, in_arabic(said))


def in_both(english: str, arabic: str) -> str:
    """A sentence and its Arabic as HTML; escaped."""
    parts = zip(LANGUAGES, (english, arabic), strict=True)
    return "".join(f'<span lang="{lang}"><bdi>{escape(text)}</bdi></span>' for lang, text in parts)


def switch() -> str:
    """The links that choose a language."""
    links = "".join(
        f'<a href="?lang={code}" lang="{code}" hreflang="{code}" class="language">{name}</a>'
        for code, name in LANGUAGES.items()
    )
    return f'<nav class="languages">{links}</nav>'


def example_js(*names: str, index: int = 0) -> str:
    """JavaScript that gives example number `index` of each name, in the page's language."""
    chosen = [EXAMPLES[name][index] for name in names]
    values = {lang: [pair[place] for pair in chosen] for place, lang in enumerate(LANGUAGES)}
    return f"() => ({json.dumps(values)})[document.documentElement.lang]"


class EarlyScript:
    """ASGI middleware that puts EARLY_SCRIPT first into the page's head, and packs the page where
    the browser takes it packed: it is a tenth of the size then."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; only HTML at the root is changed."""
        if scope["type"] != "http" or scope["path"] not in ("", "/"):
            await self.app(scope, receive, send)
            return
        packs = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        start: Message = {}
        body = b""

        async def rewrite(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            script = f"<script>{EARLY_SCRIPT}</script>".encode()
            changed = body.replace(b"<head>", b"<head>" + script, 1)
            headers = MutableHeaders(raw=list(start["headers"]))
            if packs and "content-encoding" not in headers:
                changed = gzip.compress(changed, PACKING)
                headers["content-encoding"] = "gzip"
            headers.add_vary_header("Accept-Encoding")
            headers["content-length"] = str(len(changed))
            await send({**start, "headers": headers.raw})
            await send({"type": "http.response.body", "body": changed})

        await self.app(scope, receive, rewrite)
