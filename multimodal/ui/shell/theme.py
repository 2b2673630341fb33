"""How the page looks: one accent colour, local system fonts, light and dark."""

from __future__ import annotations

from pathlib import Path

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


#: What the theme has no variables for.
CSS = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
