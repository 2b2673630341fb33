"""Every text of the page, English and Arabic side by side; one file a part of the page.

A text may hold plain markup and {places}; what fills a place is escaped (see `language.both`).
"""

from __future__ import annotations

from multimodal.ui.texts import clip, codes, compare, gallery, generators, learn, page, tour
from multimodal.ui.texts.knobs import KNOB_TEXTS

__all__ = ["EXAMPLES", "KNOB_TEXTS", "TEXTS"]

TEXTS: dict[str, tuple[str, str]] = {
    **page.TEXTS,
    **clip.TEXTS,
    **gallery.TEXTS,
    **codes.TEXTS,
    **generators.TEXTS,
    **compare.TEXTS,
    **tour.TEXTS,
    **learn.TEXTS,
}

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "captions": (
        ("a cat\na dalmatian dog\na face of a person", "قطة\nكلب منقّط\nوجه شخص"),
        ("an animal\na flower\nsomething to eat", "حيوان\nزهرة\nشيء يؤكل"),
    ),
    "labels": (
        ("cat, dog, person", "قطة، كلب، شخص"),
        ("animal, person, flower, vehicle", "حيوان، إنسان، زهرة، مركبة"),
    ),
    "tour": (("a strawberry", "فراولة"),),
    "tour_captions": (("a strawberry\na rose\na cat", "فراولة\nوردة\nقطة"),),
    "where": (("eyes and nose of an animal", "عينا حيوان وأنفه"),),
    "template": (("a photo of a {}", "صورة {}"),),
    "query": (
        ("a red fruit", "فاكهة حمراء"),
        ("a flying vehicle", "مركبة طائرة"),
        ("a musical instrument", "آلة موسيقية"),
        ("a yellow flower that turns to the sun", "زهرة صفراء تتجه نحو الشمس"),
    ),
    "inside": (
        ("a cat", "قطة"),
        ("a rose", "وردة"),
        ("a strawberry", "فراولة"),
        ("a motorbike", "دراجة نارية"),
    ),
    "paint": (
        ("a red heart", "قلب أحمر"),
        ("a sunflower", "زهرة دوّار الشمس"),
        ("a strawberry", "فراولة"),
        (
            "a closeup watercolor portrait of a young teacher of literature with a book",
            "لوحة مقرّبة بالألوان المائية لمعلّمة أدب شابة معها كتاب",
        ),
    ),
    "dalle": (
        ("a red heart", "قلب أحمر"),
        ("dog face", "وجه كلب"),
        ("a dog face on a pink background", "وجه كلب على خلفية وردية"),
        (
            "a watercolor portrait of a young teacher with a book",
            "لوحة مائية لمعلّمة شابة معها كتاب",
        ),
    ),
    "compare": (
        ("a red heart", "قلب أحمر"),
        ("a strawberry", "فراولة"),
        ("a sunflower", "زهرة دوّار الشمس"),
    ),
}
