"""How the page looks: one accent colour, local system fonts, light and dark."""

from __future__ import annotations

import gradio as gr
from gradio.themes import Base, Color

FONTS = ["system-ui", "Segoe UI", "Noto Sans", "Noto Sans Arabic", "Tahoma", "sans-serif"]
MONO = ["ui-monospace", "Consolas", "DejaVu Sans Mono", "monospace"]

TEAL = Color(
    c50="#f0faf9", c100="#d5f0ee", c200="#a9deda", c300="#74c6c1", c400="#3fa8a3",
    c500="#178a86", c600="#0b716f", c700="#0c5b5a", c800="#0e4948", c900="#0f3d3c", c950="#052524",
)  # fmt: skip


def theme() -> Base:
    """The theme for launch(); it names local fonts only, so nothing is fetched."""
    return gr.themes.Default(
        primary_hue=TEAL,
        secondary_hue=TEAL,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        spacing_size=gr.themes.sizes.spacing_md,
        font=FONTS,
        font_mono=MONO,
    ).set(
        body_background_fill="#f8fafb",
        body_background_fill_dark="#0d1418",
        block_shadow="none",
        block_shadow_dark="none",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        slider_color="*primary_600",
        slider_color_dark="*primary_400",
        block_label_text_color="#2f434b",
        block_label_text_color_dark="#d5dfe3",
        block_title_text_color="#16252b",
        block_title_text_color_dark="#e8eff1",
        block_title_text_weight="600",
        block_info_text_color="#51646c",
        block_info_text_color_dark="#a3b4bb",
        body_text_color_subdued="#51646c",
        body_text_color_subdued_dark="#a3b4bb",
        block_background_fill_dark="#131d23",
        block_border_color_dark="#2c3a41",
        block_label_background_fill_dark="#131d23",
        border_color_primary_dark="#2c3a41",
        input_background_fill_dark="#0d1418",
        input_border_color_dark="#2c3a41",
        checkbox_label_background_fill_dark="#0d1418",
        button_secondary_background_fill_dark="#24323a",
        button_secondary_background_fill_hover_dark="#2f414b",
        layout_gap="16px",
        button_large_padding="9px 18px",
        button_large_text_size="15px",
        checkbox_label_padding="6px 12px",
    )


CSS = """
:root { --accent: #0b716f; --accent-rgb: 23, 138, 134; --line: #d9e1e4; --soft: #eef3f4;
  --ink: #16252b; --muted: #51646c; --card: #ffffff; --warn: #8a4b00; }
.dark { --accent: #6fd0ca; --accent-rgb: 63, 168, 163; --line: #2c3a41; --soft: #18232a;
  --ink: #e8eff1; --muted: #a3b4bb; --card: #131d23; --warn: #f0b46a; }
.gradio-container { width: 100%; max-width: 1120px !important; margin: 0 auto !important;
  padding: clamp(14px, 2.5vw, 32px) clamp(12px, 3vw, 24px) 40px !important;
  color: var(--ink); box-sizing: border-box; }
.gradio-container > .main, .gradio-container > .main > .wrap { padding: 0 !important;
  width: 100%; max-width: 100% !important; min-width: 0; box-sizing: border-box; }
.gradio-container .contain, .gradio-container .contain .tabs { min-width: 0; max-width: 100%; }
html[lang=en] [lang=ar]:not(.language), html[lang=ar] [lang=en]:not(.language):not(html)
  { display: none; }
.html-container { padding: 0 !important; }
.html-container .prose, .html-container .prose p, .html-container .prose li
  { color: var(--ink); }
.html-container .prose :is(span, bdi, b, small) { color: inherit; }
bdi { font-variant-numeric: tabular-nums; }
code { background: var(--soft); border-radius: 4px; padding: 1px 5px; direction: ltr;
  unicode-bidi: isolate; font-size: .92em; white-space: nowrap; }

.masthead { display: flex; justify-content: space-between; align-items: flex-start; gap: 24px;
  padding: 4px 0 8px; }
.masthead h1 { font-size: 28px; line-height: 1.25; font-weight: 700; margin: 0; color: var(--ink);
  letter-spacing: -.01em; }
html[lang=ar] .masthead h1 { letter-spacing: 0; }
.masthead .prose p, .masthead p { margin: 6px 0 0; font-size: 16px; color: var(--muted) !important;
  max-width: 46em; }
.languages { display: flex; border: 1px solid var(--line); border-radius: 8px; overflow: hidden;
  flex: none; background: var(--card); }
.languages a { padding: 7px 14px; color: var(--muted) !important; text-decoration: none !important;
  font-size: 14px; line-height: 20px; }
.languages a:hover { color: var(--accent) !important; }
html[lang=en] .gradio-container .contain .languages a[lang=en],
html[lang=ar] .gradio-container .contain .languages a[lang=ar]
  { background: var(--accent); color: var(--card) !important; font-weight: 600; }
a:focus-visible, button:focus-visible, summary:focus-visible { outline: 2px solid var(--accent)
  !important; outline-offset: 2px; }
footer .divider { display: none !important; }  /* it parts one link from nothing */
.note { color: var(--muted); font-size: 13.5px; line-height: 1.6; border-top: 1px solid var(--line);
  padding-top: 16px; margin-top: 8px; }

.intro { display: flex; gap: 32px; align-items: center; padding: 16px 0 12px; }
.intro > div { flex: 1; }
.intro h2 { font-size: 21px; font-weight: 650; margin: 0 0 8px; color: var(--ink); }
.intro p { font-size: 15px; line-height: 1.7; margin: 0; color: var(--muted) !important;
  max-width: 46em; }
.intro .papers { font-size: 13px; margin-top: 6px; }
.intro .papers a { color: var(--accent) !important; }
.intro svg { width: 250px; height: auto; flex: none; color: var(--muted); direction: ltr; }
.section h3 { font-size: 17px; font-weight: 650; margin: 20px 0 4px; color: var(--ink); }
.section p { margin: 0; color: var(--muted) !important; line-height: 1.6; }
.label-line { color: var(--muted) !important; font-size: 13px; margin: 0 0 -8px; }
.chips { gap: 8px !important; flex-wrap: wrap !important; }
.chips button { flex: 0 1 auto !important; min-width: 0 !important; width: auto !important;
  border-radius: 999px !important; font-weight: 500 !important; font-size: 13.5px !important;
  padding: 5px 14px !important; background: var(--card) !important; white-space: normal !important;
  border: 1px solid var(--line) !important; color: var(--ink) !important; }
.chips button:hover { border-color: var(--accent) !important; color: var(--accent) !important; }

.gradio-container .maker { display: grid !important; gap: 16px 24px;
  grid-template: "a b" auto "c b" 1fr / minmax(0, 4fr) minmax(0, 5fr); }
.maker > :nth-child(1) { grid-area: a; }
.maker > :nth-child(2) { grid-area: b; }
.maker > :nth-child(3) { grid-area: c; }
.gradio-container .tab-container button.selected { color: var(--accent); }
.gradio-container .tab-container button.selected::after { background-color: var(--accent); }

.dark input[type=range] { --neutral-200: #2c3a41; }

.status { min-height: 44px; font-size: 14.5px; line-height: 1.5; color: var(--ink); }
.status .bar { height: 6px; border-radius: 3px; background: var(--soft); overflow: hidden;
  margin-bottom: 8px; }
.status .bar i { display: block; height: 100%; width: calc(var(--p) * 100%);
  background: var(--accent); border-radius: 3px; }
.status .bar.waiting i { width: 30%; animation: slide 1.2s ease-in-out infinite alternate; }
@keyframes slide { from { margin-inline-start: 0 } to { margin-inline-start: 70% } }
@media (prefers-reduced-motion: reduce) { .status .bar.waiting i { animation: none; } }
.status details { color: var(--warn); font-size: 13.5px; margin-top: 4px; }
.status summary { cursor: pointer; }
.status ul { margin: 6px 0 0; padding-inline-start: 20px; max-height: 180px; overflow: auto; }

.empty { display: grid; place-items: center; text-align: center; min-height: 180px; padding: 24px;
  border: 1.5px dashed var(--line); border-radius: 10px; color: var(--muted); font-size: 14.5px;
  background: var(--card); }
.canvas { margin: 0; }
.canvas .frame { border: 1px solid var(--line); border-radius: 10px; overflow: hidden;
  background: var(--card); max-width: 560px; }
.canvas .frame.empty { aspect-ratio: 1; border: 1.5px dashed var(--line); }
.canvas img { width: 100%; height: 100%; object-fit: contain; display: block; margin: 0; }
.canvas figcaption { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline;
  padding: 8px 2px; font-size: 13.5px; color: var(--muted); max-width: 560px; }
.canvas a.download { color: var(--accent) !important; font-weight: 600; margin-inline-start: auto;
  text-decoration: none !important; }
.canvas a.download:hover { text-decoration: underline; }
.downloads { display: flex; flex-wrap: wrap; gap: 4px 18px; max-width: 560px; font-size: 13.5px; }
.downloads a { color: var(--accent) !important; font-weight: 600;
  text-decoration: none !important; }
.downloads a:hover { text-decoration: underline !important; }
.candidates { display: grid; gap: 14px;
  grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); }
.candidates .best .frame { border: 2px solid var(--accent); }
.curve { color: var(--accent); max-width: 560px; }
.curve svg { color: var(--accent) !important; width: 100%; height: 56px; display: block;
  direction: ltr; }
.curve small { color: var(--muted); }

.counted { font-size: 14px; margin: 2px 0 6px; color: var(--ink); line-height: 1.6; }
.cells { display: grid; grid-template-columns: repeat(var(--columns), 1fr); width: 100%;
  aspect-ratio: 1; direction: ltr; }
.cells [data-code] { border: 0; border-radius: 0; padding: 0; margin: 0; min-width: 0;
  background: var(--c, none); cursor: pointer; position: relative; }
.cells [data-code]:hover { box-shadow: inset 0 0 0 1.5px #fff; outline: 1.5px solid #16252b;
  z-index: 3; }
.cells [data-code]:focus-visible { outline: 3px solid var(--accent) !important; outline-offset: 0;
  box-shadow: inset 0 0 0 2px #fff; z-index: 4; }
.cells .same { outline: 2px solid #16252b; outline-offset: -2px; box-shadow: inset 0 0 0 4px #fff;
  z-index: 2; }
.cells .region { box-shadow: inset 0 0 0 99px rgba(255, 255, 255, .5); z-index: 1; }
.stream .frame { container-type: inline-size; }
.cells.ids i { display: grid; place-items: center; font-style: normal; font-size: 2cqi;
  color: var(--ink); min-width: 0; overflow: hidden; border: .5px solid var(--line);
  font-variant-numeric: tabular-nums; cursor: default; }
.cells.ids .kept { color: var(--muted); background: var(--soft); }
.cells i:hover { outline: 1.5px solid var(--accent); z-index: 3; }
.cells.entropy i { background: var(--c, none); opacity: .88; }
.stream .frame.over img { filter: grayscale(1); }
.stream .maps { margin-top: 12px; }
.html-container .prose ol.pieces { display: flex; flex-wrap: wrap; gap: 6px; list-style: none;
  padding: 0; margin: 6px 0; }
.pieces li { margin: 0; padding: 0; }
.pieces li > span { display: inline-block; border: 1px solid var(--line); border-radius: 8px;
  padding: 2px 9px; font-size: 13.5px; background: var(--card); }
.pieces li > .partial { border-style: dashed; }
.pieces small { color: var(--muted) !important; font-size: 11.5px; }
.frame.over { position: relative; }
.frame.over .cells { position: absolute; inset: 0; }
.readout { font-size: 14px; margin: 2px 0 !important; min-height: 22px; color: var(--ink); }
.readout .hint { color: var(--muted) !important; }
.readout.filled .hint, .readout:not(.filled) .told { display: none; }
.html-container .prose ol.most { list-style: none; padding: 0; margin: 16px 0 0; display: grid;
  gap: 2px 24px; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); }
.most li { margin: 0; padding: 0; }
.most button { display: grid; grid-template-columns: 22px 3.2em 1fr 1.6em; gap: 10px; width: 100%;
  align-items: center; border: 0; background: none; cursor: pointer; font-size: 13.5px;
  padding: 3px 0; color: var(--ink); text-align: start; }
.most img, .patches img, .alone { image-rendering: pixelated; border-radius: 4px; margin: 0; }
.most img { width: 22px; height: 22px; }
.most .track { height: 5px; border-radius: 3px; background: var(--soft); }
.most .track i { display: block; height: 100%; width: calc(var(--p) * 100%); border-radius: 3px;
  background: var(--accent); }
.code-panel p { font-weight: 600; margin: 0 0 8px; font-size: 14.5px; }
.code-panel figure { margin: 0 0 10px; }
.code-panel figcaption { font-size: 13px; color: var(--muted); padding-top: 4px; }
.code-panel .alone { width: 88px; height: 88px; border: 1px solid var(--line); }
.patches { display: flex; flex-wrap: wrap; gap: 6px; align-items: end; }
.patches img { width: 44px; height: 44px; }
.realness { max-width: 820px; }
.scale { max-width: 460px; margin: 4px auto 0; direction: ltr; font-size: 13px;
  color: var(--muted); }
.scale i { display: block; height: 10px; border-radius: 5px; }
.scale p { display: flex; justify-content: space-between; margin: 3px 0 0 !important; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px;
  background: var(--card); }
table.heat { border: 0 !important; border-collapse: collapse; width: 100%; margin: 0;
  font-size: 14px; }
table.heat td { white-space: nowrap; }
table.heat tr { border: 0 !important; }
table.heat tbody tr + tr { border-top: 1px solid var(--line) !important; }
table.heat th, table.heat td { border: 0 !important; padding: 10px 8px; text-align: center;
  color: var(--ink); background: none; }
table.heat thead { border-bottom: 1px solid var(--line); }
table.heat thead img { width: 72px; height: 72px; object-fit: cover; border-radius: 8px;
  margin: 0 auto; display: block; }
table.heat tbody th { text-align: start; font-weight: 500; min-width: 130px; max-width: 260px;
  padding-inline-start: 16px; position: sticky; inset-inline-start: 0; background: var(--card);
  overflow-wrap: anywhere; }
table.heat td span { display: block; border-radius: 8px; padding: 12px 6px; min-width: 64px;
  background: rgba(var(--accent-rgb), calc(var(--p) * .62 + .03));
  font-variant-numeric: tabular-nums; direction: ltr; }
table.heat td.best span { font-weight: 700; box-shadow: inset 0 0 0 2px var(--accent); }
table.heat td.first span::after { content: "•"; margin-inline-start: 6px; color: var(--accent); }
.downloads { font-size: 13.5px; margin: 8px 0 0; color: var(--muted) !important; }
.downloads a { color: var(--accent) !important; font-weight: 600; margin-inline-start: 10px;
  text-decoration: none !important; }
.downloads a:hover { text-decoration: underline !important; }
.pairs { font-size: 14px; margin-top: 8px; color: var(--muted); }
.pairs summary { cursor: pointer; color: var(--accent); }
.pairs p { color: var(--muted) !important; margin: 6px 0; line-height: 1.6; }
table.figures { border: 0 !important; border-collapse: collapse; width: auto; margin: 6px 0;
  font-size: 13.5px; }
table.figures tr { border: 0 !important; }
table.figures th, table.figures td { padding: 5px 12px; text-align: start; color: var(--ink);
  border: 0 !important; font-weight: 500; background: none; }
.worked .mark { color: var(--muted) !important; font-size: 13.5px; margin: 0 0 8px; }
.big { font-size: 17px; font-weight: 600; }
.matrix { margin: 8px 0; }
.matrix img { max-width: 100%; border: 1px solid var(--line); border-radius: 10px; margin: 0; }
.matrix figcaption { font-size: 13px; color: var(--muted); padding-top: 6px; }
.meaning { color: var(--muted) !important; font-size: 13.5px; margin: 10px 0 0;
  line-height: 1.6; }

.cards { display: grid; gap: 14px; }
.card { display: flex; gap: 14px; border: 1px solid var(--line); border-radius: 10px;
  padding: 12px; background: var(--card); }
.card img { width: 92px; height: 92px; object-fit: cover; border-radius: 8px; margin: 0;
  flex: none; }
.card ol { list-style: none; margin: 0; padding: 0; flex: 1; min-width: 0; }
.card li { display: grid; grid-template-columns: 1fr auto; gap: 0 10px; font-size: 13.5px;
  margin-bottom: 7px; padding: 0; color: var(--ink); }
.card li > bdi:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.card li .track { grid-column: 1 / -1; height: 5px; border-radius: 3px; background: var(--soft); }
.card li .track i { display: block; height: 100%; width: calc(var(--p) * 100%); border-radius: 3px;
  background: var(--accent); }

#inside-lot .canvas { max-width: 402px; }
#clip-pictures .grid-wrap, #gallery-pictures .grid-wrap { padding-top: 40px; }
.found .title { font-size: 15px; font-weight: 600; margin: 4px 0 10px; }
.found .tools { display: flex; flex-wrap: wrap; align-items: baseline;
  gap: 6px 18px; margin-bottom: 12px; }
.found .tools :is(a, button) { border: 0; background: none; padding: 0; cursor: pointer;
  font-size: 13.5px; font-weight: 600; color: var(--accent) !important;
  text-decoration: none !important; }
.found .tools :is(a, button):hover { text-decoration: underline !important; }
.found .tools button:disabled { color: var(--muted) !important; opacity: .6; cursor: default; }
.found .tools button.done::after { content: " \2713"; }
.hits { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(158px, 1fr)); }
.hit { margin: 0; border: 1px solid var(--line); border-radius: 10px; overflow: hidden;
  background: var(--card); align-self: start; }
.hit.faint > button img { opacity: .6; }
.hit button { border: 0; padding: 0; background: none; cursor: pointer; display: block; }
.hit > button { width: 100%; }
.hit > button img { width: 100%; aspect-ratio: 4 / 3; object-fit: cover; margin: 0; }
.hit figcaption { display: flex; align-items: center; gap: 8px; padding: 6px 8px; font-size: 13px; }
.hit label { display: flex; }
.hit .score { font-weight: 600; }
.hit .name { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  color: var(--muted) !important; }
.hit .open { color: var(--muted); flex: none; width: 20px; height: 20px; padding: 2px; }
.hit .open:hover { color: var(--accent); }
.hit details { border-top: 1px solid var(--line); padding: 5px 8px; font-size: 12.5px; }
.hit summary { cursor: pointer; color: var(--accent); }
.hit details div { display: flex; flex-wrap: wrap; gap: 6px; padding: 6px 0 3px; }
.hit details img { width: 56px; height: 56px; object-fit: cover; border-radius: 6px; margin: 0; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
dialog.full { position: fixed; inset: 0; width: fit-content; height: fit-content; border: 0;
  border-radius: 12px; padding: 14px; background: var(--card);
  color: var(--ink); max-width: 96vw; max-height: 96vh; margin: auto !important; }
dialog.full::backdrop { background: rgba(5, 15, 20, .7); }
dialog.full img { max-width: 100%; max-height: calc(96vh - 110px); margin: 8px auto;
  display: block; object-fit: contain; }
dialog.full p { margin: 0; font-size: 14px; overflow-wrap: anywhere; }
dialog.full .facts { color: var(--muted) !important; margin-inline-start: 10px; }
dialog.full form button { border: 1px solid var(--line); background: none; border-radius: 8px;
  padding: 4px 14px; cursor: pointer; color: var(--ink); font-size: 14px; }

/* Gradio marks its blocks as left-to-right; on an Arabic page only numbers and code stay so. */
html[dir=rtl] .gradio-container [dir=ltr]:not(bdi) { direction: rtl; }
html[dir=rtl] .gradio-container :is(textarea, input:not([type=number])) { text-align: start;
  direction: rtl; }
html[dir=rtl] .gradio-container :is(.slider_input_container, input[type=range],
  input[type=number], .curve svg) { direction: ltr; }
html[dir=rtl] .gradio-container .icon-wrap { right: auto; left: 12px; }
html[dir=rtl] .gradio-container .secondary-wrap input { padding-inline-end: 34px; }
html[dir=rtl] .gradio-container .top-panel { right: auto; left: var(--block-label-margin); }
html[dir=rtl] .gradio-container label[data-testid=block-label].float { left: auto;
  right: var(--block-label-margin); border-radius: var(--block-label-right-radius); }
html[dir=rtl] .gradio-container .filename { direction: ltr; justify-content: flex-end; }
html[dir=rtl] .gradio-container input[type=number] { text-align: end; }
html[dir=rtl] .gradio-container label > input + span { margin: 0 8px 0 0; }
html[dir=rtl] .gradio-container label[data-testid=block-label] > span { margin: 0 0 0 6px; }
/* Gradio puts its own classes before a selector in a media query, so none may stand here. */
@media (max-width: 720px) {
  .tab-container button { padding: 0 7px; font-size: 13px; }
  .masthead { flex-direction: column-reverse; gap: 12px; }
  .masthead h1 { font-size: 24px; }
  .intro { display: block; }
  .bench .candidates { grid-template-columns: minmax(0, 1fr) !important; }
  .intro svg { display: block; margin: 16px auto 0; }
  .maker { grid-template: "a" "b" "c" / minmax(0, 1fr) !important; }
  table.heat td, table.heat thead th { padding: 8px 3px !important; }
  table.heat tbody th { min-width: 84px !important; padding-inline: 10px 4px !important; }
  table.heat td span { padding: 12px 2px !important; }
}
"""
