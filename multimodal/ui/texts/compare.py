"""Texts of the tab that compares the generators: `compare.how.NAME` says how each works, and
`compare.caveat.NAME` warns of one that CLIP steers."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "compare.tab": ("Compare", "قارِن"),
    "compare.title": ("One prompt, every generator", "وصف واحد وكل المولّدات"),
    "compare.idea": (
        "The same words and the same seed go to every generator, one after another. CLIP then "
        "scores all their pictures in the same way. Look first, and read the numbers second: what "
        "was steered by CLIP pleases CLIP.",
        "تذهب الكلمات نفسها والبذرة نفسها إلى كل مولّد، واحدًا بعد آخر. ثم يقيّم CLIP صورها كلها "
        "بالطريقة نفسها. انظر أولًا ثم اقرأ الأرقام: فما قاده CLIP يرضي CLIP.",
    ),
    "compare.prompt_help": (
        "Plain words, without weights.",
        "كلمات مجردة بلا أوزان؛ وتفهم رموز DALL-E الإنجليزية أكثر.",
    ),
    "compare.gallery": ("Or did it exist already?", "أم أنها موجودة من قبل؟"),
    "compare.gallery_help": (
        "Also shows the best hit of your own gallery (tab Gallery search).",
        "يعرض أيضًا أنسب صورة في معرضك (تبويب البحث في الصور).",
    ),
    "compare.how.paint": (
        "Searches: starts from a grey disc and changes the picture's codes step by step, so that "
        "CLIP finds it more fitting.",
        "يبحث: يبدأ من قرص رمادي ويغيّر رموز الصورة خطوة بعد خطوة لتبدو أنسب في نظر CLIP.",
    ),
    "compare.how.dalle": (
        "Writes: draws one token of the picture after another, as it learned from pictures with "
        "names, and never changes one that stands.",
        "يكتب: يسحب رموز الصورة رمزًا بعد رمز كما تعلّم من صور لها أسماء، ولا يعود إلى ما كتب.",
    ),
    "compare.how.gallery": (
        "Finds: makes nothing, and takes the picture of your gallery that CLIP finds nearest to "
        "the words.",
        "يجد: لا يصنع شيئًا، بل يأخذ من معرضك الصورة الأقرب إلى الكلمات في نظر CLIP.",
    ),
    "compare.of_gallery": ("Your gallery", "معرضك"),
    "compare.waits": ("Its turn comes next.", "سيأتي دوره."),
    "compare.appears": ("Its picture appears here.", "تظهر صورته هنا."),
    "compare.not_begun": ("Not begun.", "لم يبدأ."),
    "compare.unfit": ("Nothing in it fits well.", "لا شيء فيه يناسب تمامًا."),
    "compare.score": ("CLIP score", "درجة CLIP"),
    "compare.name": ("Name", "الاسم"),
    "compare.seconds": ("Seconds", "الثواني"),
    "compare.steps": ("Steps", "الخطوات"),
    "compare.parameters": ("Parameters", "المعاملات"),
    "compare.million": ("{count} million", "{count} مليون"),
    "compare.better": ("Best generated (CLIP)", "أفضل المولَّدة (CLIP)"),
    "compare.caveat.paint": (
        "A higher score is no verdict: every step of VQGAN+CLIP raises a CLIP score of this very "
        "kind, and nobody helps the others so. Judge with your own eyes.",
        "الدرجة الأعلى ليست حُكمًا: فكل خطوة في VQGAN+CLIP ترفع درجة CLIP من هذا النوع نفسه، ولا أحد "
        "يعين غيره على ذلك. احكم بعينيك.",
    ),
    "compare.running": (
        "step {step} of {total} · {left} s left",
        "الخطوة {step} من {total} · بقي {left} ث",
    ),
    "compare.done": ("All done in {seconds} s.", "انتهى الكل في {seconds} ث."),
    "compare.stopped": (
        "Stopped after {seconds} s; what was there is kept.",
        "أُوقفت بعد {seconds} ث؛ وبقي ما أُنجز.",
    ),
    "compare.file": ("Everything as JSON", "كل شيء بصيغة JSON"),
}
