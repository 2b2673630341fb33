"""Texts of the page's frame and of what every tab shares."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "app.title": ("Multimodal Lab", "مختبر الصور والكلمات"),
    "app.tagline": (
        "Compare pictures with words, find them by words, and make new ones from words.",
        "قارِن الصور بالكلمات، وابحث عنها بالكلمات، واصنع صورًا جديدة من الكلمات.",
    ),
    "app.languages": ("Language", "اللغة"),
    "note.embedded": (
        "The models in use are small and were trained for this project. They know emoji-style "
        "artwork and about 140 kinds of everyday photos; anything else may surprise you. A larger "
        "CLIP from the Hugging Face hub works too: start the lab with <code>--preset "
        "clip-base</code>.",
        "النماذج المستخدمة هنا صغيرة ودُرِّبت لأجل هذا المشروع. إنها تعرف رسومًا بأسلوب الإيموجي "
        "ونحو 140 نوعًا من الصور اليومية، وقد تفاجئك نتائجها فيما عدا ذلك. ويمكن استخدام نموذج CLIP "
        "أكبر من Hugging Face بتشغيل المختبر مع الخيار <code>--preset clip-base</code>.",
    ),
    "note.preset": ("Models in use: {title}.", "النماذج المستخدمة: {title}."),
    "error.apology": (
        "Sorry, something went wrong on our side. Please try again.",
        "عذرًا، حدث خلل من جهتنا. حاول مرة أخرى من فضلك.",
    ),
    "common.paper": ("To read:", "للقراءة:"),
    "common.start": ("Start", "ابدأ"),
    "common.stop": ("Stop", "أوقِف"),
    "common.reset": ("Reset", "أعِد الضبط"),
    "common.prompt": ("Prompt", "الوصف"),
    "common.examples": ("Try one", "جرّب مثالًا"),
    "common.settings": ("Settings", "الإعدادات"),
    "common.download": ("Download", "تنزيل"),
    "common.starting": (
        "Starting; the first run loads the models …",
        "يجري التحضير، والمرة الأولى تُحمَّل فيها النماذج…",
    ),
    "common.lesson": (
        "The long one is what lessons on these models ask for. The small models shipped here have "
        "seen no watercolour and few teachers: expect something like a book at best, no portrait.",
        "الوصف الطويل هو ما تطلبه الدروس عن هذه النماذج. والنماذج الصغيرة المرفقة لم تر ألوانًا "
        "مائية ورأت معلّمين قليلين، فلا تنتظر أكثر من شيء كالكتاب، لا لوحة شخصية.",
    ),
    "send.picture": ("Take the picture further:", "تابِع بالصورة:"),
    "send.words": ("Take the words further:", "تابِع بالكلمات:"),
    "send.both": (
        "Take it further: the picture to CLIP and Inside VQGAN, the words to the others",
        "تابِع: الصورة إلى CLIP وداخل VQGAN، والكلمات إلى سواهما",
    ),
    "send.nothing": (
        "There is no picture to send yet; make or choose one first.",
        "لا صورة تُرسَل بعد؛ اصنع صورة أو اختر واحدة أولًا.",
    ),
    "common.skipped": ("Left out: {count}", "ما لم يُستخدم: {count}"),
    "common.score": ("CLIP {score}", "CLIP ‏{score}"),
    "common.seed": ("seed {seed}", "البذرة {seed}"),
}
