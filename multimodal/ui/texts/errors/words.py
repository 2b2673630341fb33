"""Prompts, captions, labels and queries: what errors say of them, and its Arabic."""

from __future__ import annotations

ARABIC: dict[str, str] = {
    "No label was given; write at least one, separated by commas.": (
        "لم يُكتب أي تصنيف؛ اكتب واحدًا على الأقل وافصل بينها بفواصل."
    ),
    "There are no labels; write some, separated by commas.": (
        "لا توجد تصنيفات؛ اكتب بعضها وافصل بينها بفواصل."
    ),
    "No caption was given; write at least one.": "لم يُكتب أي وصف؛ اكتب واحدًا على الأقل.",
    "A caption is empty; write what the picture may show.": (
        "أحد الأوصاف فارغ؛ اكتب ما قد تُظهره الصورة."
    ),
    "There are no captions; write at least one, one per line.": (
        "لا توجد أوصاف؛ اكتب واحدًا على الأقل، في كل سطر وصف."
    ),
    "There are no words; write what to look for in the pictures.": (
        "لا توجد كلمات؛ اكتب ما تبحث عنه في الصور."
    ),
    "The caption “{caption}…” takes {count} tokens; this CLIP reads at most {most}. Shorten it, "
    "or choose to split long texts.": (
        "يأخذ الوصف «{caption}…» {count} رمزًا، ويقرأ هذا النموذج {most} على الأكثر. اختصره أو "
        "اختر قسمة النصوص الطويلة."
    ),
    "The word “{word}…” alone takes more tokens than this CLIP can read ({limit}); shorten it.": (
        "تأخذ الكلمة «{word}…» وحدها رموزًا أكثر مما يقرؤه هذا النموذج ({limit})؛ اختصرها."
    ),
    "There are {pictures} pictures and {captions} captions; pairs need as many of one as of the "
    "other, in the same order.": (
        "عدد الصور {pictures} وعدد الأوصاف {captions}؛ تحتاج الأزواج إلى تساويهما وبالترتيب نفسه."
    ),
    "The prompt is empty; write what the picture should show.": (
        "الوصف فارغ؛ اكتب ما ينبغي أن تُظهره الصورة."
    ),
    "The prompt is empty; write what you would like to see.": "الوصف فارغ؛ اكتب ما تودّ رؤيته.",
    "The prompt has no part with a positive weight; give at least one a weight above 0.": (
        "ليس في الوصف جزء بوزن موجب؛ أعطِ جزءًا واحدًا على الأقل وزنًا فوق 0."
    ),
    "A comparison takes plain words, which all generators read alike; leave out weights, | or ^.": (
        "تأخذ المقارنة كلمات مجردة تقرؤها كل النماذج قراءة واحدة؛ احذف الأوزان والعلامتين | و^."
    ),
    "The prompt takes {count} text tokens; the token model reads at most {most}. Shorten it.": (
        "يأخذ الوصف {count} رمزًا نصيًا، ويقرأ نموذج الرموز {most} على الأكثر. اختصره."
    ),
    "The template {template!r} has {places} places for the label; write {place} exactly once.": (
        "في القالب {template!r} عدد {places} من مواضع التصنيف؛ اكتب {place} مرة واحدة بالضبط."
    ),
    "The weight {weight} is out of range; it must be between {least:g} and {most:g}.": (
        "الوزن {weight} خارج المجال؛ يجب أن يكون بين {least:g} و{most:g}."
    ),
    "The {what} is {type}; it must be text.": "قيمة {what} من النوع {type}؛ يجب أن تكون نصًا.",
    "The {what} must be a list of texts.": "يجب أن تكون {what} قائمة نصوص.",
    "The {what} has {count} characters, and at most {most} are allowed; shorten it.": (
        "عدد حروف {what} هو {count}، والحد الأقصى {most}؛ اختصر."
    ),
    "There are {count} {what}, and one table holds at most {most}; leave some out or use the "
    "gallery.": (
        "عدد {what} هو {count}، ويتسع الجدول الواحد لـ {most} على الأكثر؛ اترك بعضها أو استخدم "
        "المعرض."
    ),
    "pictures": "الصور",
    "captions": "الأوصاف",
    "files": "الملفات",
    "prompt": "الوصف",
    "caption": "الوصف",
    "label": "التصنيف",
    "query": "الاستعلام",
    "list of labels": "قائمة التصنيفات",
    "The prompt has {chapters} chapters, and at most {most} are allowed; leave some out.": (
        "في الوصف {chapters} فصلًا، والحد الأقصى {most}؛ احذف بعضها."
    ),
    "The {what} names the picture #{number}, but {given}; give that picture or leave the name "
    "out.": "يذكر {what} الصورة #{number}، لكن {given}؛ قدّم تلك الصورة أو احذف ذكرها.",
    "The guide {guide} has the weight {weight:g}; give it more than 0.": (
        "وزن الدليل {guide} هو {weight:g}؛ أعطه وزنًا أكبر من 0."
    ),
    "No guide is named; write guide, clip or both with a comma.": (
        "لم يُذكر أي دليل؛ اكتب guide أو clip أو كليهما وبينهما فاصلة."
    ),
    "There are {count} guides, and at most {most} may steer; leave some out.": (
        "عدد الأدلة {count}، ويوجّه منها {most} على الأكثر؛ احذف بعضها."
    ),
    "The guide {guide} cannot be loaded in this deployment; choose guide or clip.": (
        "لا يمكن تحميل الدليل {guide} في هذه النسخة؛ اختر guide أو clip."
    ),
    "there is none": "لا صورة هناك",
    "there are {count}": "عدد الصور {count}",
    "The query has {terms} terms, and at most {most} are allowed; shorten it.": (
        "في الاستعلام {terms} حدًا، والحد الأقصى {most}؛ اختصره."
    ),
    "The query only takes things away; give it at least one term with a + or no sign.": (
        "يطرح الاستعلام ولا يجمع شيئًا؛ أعطه حدًا واحدًا على الأقل بعلامة + أو بلا علامة."
    ),
    "The terms of the query cancel each other out; change a sign or a factor.": (
        "حدود الاستعلام يلغي بعضها بعضًا؛ غيّر علامة أو معاملًا."
    ),
    "The query has a sign or a factor with nothing after it; write words or #1 there.": (
        "في الاستعلام علامة أو معامل لا شيء بعده؛ اكتب كلمات أو #1 هناك."
    ),
    "The factor {factor} is out of range; it must be between {least:g} and {most:g}.": (
        "المعامل {factor} خارج المجال؛ يجب أن يكون بين {least:g} و{most:g}."
    ),
}
