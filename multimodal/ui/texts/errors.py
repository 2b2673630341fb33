"""Arabic for the sentences that the lab's errors say, found again by their English.

The backend speaks English alone. Each key is such a sentence with {} for what changes; in its
Arabic {0}, {1} ... stand for the same parts, which are translated in turn where they are here.
"""

from __future__ import annotations

import re
from functools import cache

ARABIC: dict[str, str] = {
    # pictures
    "No picture was given; choose at least one.": "لم تُقدَّم أي صورة؛ اختر واحدة على الأقل.",
    "No picture was given; choose one to search by.": "لم تُقدَّم صورة؛ اختر صورة للبحث بها.",
    "No picture was given; upload at least one.": "لم تُقدَّم أي صورة؛ ارفع واحدة على الأقل.",
    "None of the pictures could be read.": "تعذّرت قراءة أي من الصور.",
    "{} carries no settings; choose a PNG file that was saved by this lab.": (
        "لا يحمل {0} إعدادات؛ اختر ملف PNG حُفظ بهذا المختبر."
    ),
    "{} is empty (0 bytes); choose another file.": "الملف {0} فارغ (0 بايت)؛ اختر ملفًا آخر.",
    "{} has no pixels ({} x {}); choose another.": "لا بكسلات في {0} ({1} × {2})؛ اختر غيره.",
    "{} has {} megapixels ({} x {}), and at most {} are allowed; scale it down first.": (
        "في {0} عدد {1} ميغابكسل ({2} × {3})، والحد الأقصى {4}؛ صغّر الصورة أولًا."
    ),
    "{} has more than the {} megapixels allowed; scale it down first.": (
        "يتجاوز {0} الحد المسموح ({1} ميغابكسل)؛ صغّر الصورة أولًا."
    ),
    "{} is not a picture this lab can read; use {} or {}.": (
        "ليس {0} صورة يستطيع المختبر قراءتها؛ استخدم {1} أو {2}."
    ),
    "{} is damaged or incomplete; save it again or choose another.": (
        "الملف {0} تالف أو ناقص؛ احفظه من جديد أو اختر غيره."
    ),
    "{} is not a file; check its name and folder.": "ليس {0} ملفًا؛ تحقّق من اسمه ومجلده.",
    "{} may not be read; change its permissions.": "لا يُسمح بقراءة {0}؛ غيّر صلاحياته.",
    "The picture": "الصورة",
    "A file was not uploaded; send it with gradio_client.handle_file.": (
        "ملف لم يُرفع؛ أرسله عبر gradio_client.handle_file."
    ),
    # files left out
    "cannot be opened ({})": "لا يمكن فتحه ({0})",
    "cannot be read": "لا تمكن قراءته",
    "does not exist or is not a file": "غير موجود أو ليس ملفًا",
    "has {} MB, over the limit of {} MB": "حجمه {0} ميغابايت ويتجاوز الحد {1} ميغابايت",
    "has a path that leads out of the archive": "مساره يقود إلى خارج الأرشيف",
    "is a symbolic link": "رابط رمزي",
    "is already in the gallery": "موجود في المعرض من قبل",
    "is an archive inside an archive": "أرشيف داخل أرشيف",
    "is beyond the limit of {} pictures": "يتجاوز الحد وهو {0} صورة",
    "and all after it are beyond the limit of {} pictures": "وما بعده يتجاوز الحد وهو {0} صورة",
    "is compressed in an unusual way": "مضغوط بطريقة غير معتادة",
    "is damaged": "تالف",
    "is encrypted": "مُعمّى بكلمة سر",
    "is not a picture file": "ليس ملف صورة",
    "is not a readable zip archive": "ليس أرشيف zip صالحًا للقراءة",
    "holds {} entries, far too many for pictures": "فيه {0} مدخلًا وهذا أكثر بكثير مما للصور",
    "unpacks to more than {} MB or {} times its size; the rest of it is left out": (
        "يتجاوز بعد فكه {0} ميغابايت أو {1} ضعف حجمه؛ تُرك الباقي"
    ),
    "unpacks to more than {} times its size": "يتجاوز بعد فكه {0} ضعف حجمه",
    "unpacks to more than {} MB": "يتجاوز بعد فكه {0} ميغابايت",
    "lies in no class-named folder": "ليس في مجلد يحمل اسم صنف",
    "There are not two class-named folders with pictures in them; put each class's pictures into a "
    "folder of its name.": "لا يوجد مجلدان باسمي صنفين وفيهما صور؛ ضع صور كل صنف في مجلد باسمه.",
    "No zip was given; choose one that holds class-named folders.": (
        "لم يُقدَّم ملف zip؛ اختر ملفًا فيه مجلدات بأسماء الأصناف."
    ),
    # codes
    "There is no picture yet; choose one and look inside it.": (
        "لا صورة بعد؛ اختر واحدة وانظر داخلها."
    ),
    "No second picture was given; choose one to swap with.": (
        "لم تُقدَّم صورة ثانية؛ اختر صورة للتبديل معها."
    ),
    "There are {} changes already; undo some, or reset, before the next.": (
        "أُجري {0} تغيير حتى الآن؛ تراجع عن بعضها أو أعِد الأصل قبل التغيير التالي."
    ),
    "The {} is empty; write a whole number.": "خانة {0} فارغة؛ اكتب عددًا صحيحًا.",
    "There is no code {}; codes go from 0 to {}.": "لا يوجد رمز {0}؛ تمتد الرموز من 0 إلى {1}.",
    "Code {} stands nowhere in this picture; choose one that does.": (
        "لا يظهر الرمز {0} في هذه الصورة؛ اختر رمزًا يظهر فيها."
    ),
    "The region's {} is {}; it must be between 1 and {}.": (
        "قيمة {0} في المنطقة هي {1}؛ يجب أن تكون بين 1 و{2}."
    ),
    "The region reaches to row {} and column {}, and the picture has {} rows and {} columns; make "
    "it smaller or move it.": (
        "تمتد المنطقة إلى الصف {0} والعمود {1}، وفي الصورة {2} صفًا و{3} عمودًا؛ صغّرها أو حرّكها."
    ),
    "Reconstruction replace is {}; write two codes as 12:340.": (
        "قيمة الاستبدال هي {0}؛ اكتب رمزين على هذا النحو 12:340."
    ),
    "code": "الرمز",
    "new code": "الرمز الجديد",
    "seed": "البذرة",
    "row": "الصف",
    "column": "العمود",
    "height": "الارتفاع",
    "width": "العرض",
    # words
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
    "The caption “{}…” takes {} tokens; this CLIP reads at most {}. Shorten it, or choose to split "
    "long texts.": (
        "يأخذ الوصف «{0}…» {1} رمزًا، ويقرأ هذا النموذج {2} على الأكثر. اختصره أو اختر قسمة النصوص "
        "الطويلة."
    ),
    "The word “{}…” alone takes more tokens than this CLIP can read ({}); shorten it.": (
        "تأخذ الكلمة «{0}…» وحدها رموزًا أكثر مما يقرؤه هذا النموذج ({1})؛ اختصرها."
    ),
    "There are {} pictures and {} captions; pairs need as many of one as of the other, in the same "
    "order.": "عدد الصور {0} وعدد الأوصاف {1}؛ تحتاج الأزواج إلى تساويهما وبالترتيب نفسه.",
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
    "The prompt takes {} text tokens; the token model reads at most {}. Shorten it.": (
        "يأخذ الوصف {0} رمزًا نصيًا، ويقرأ نموذج الرموز {1} على الأكثر. اختصره."
    ),
    "The template {} has {} places for the label; write {} exactly once.": (
        "في القالب {0} عدد {1} من مواضع التصنيف؛ اكتب {2} مرة واحدة بالضبط."
    ),
    "The weight {} is out of range; it must be between {} and {}.": (
        "الوزن {0} خارج المجال؛ يجب أن يكون بين {1} و{2}."
    ),
    "The text has {} characters; at most {} are allowed. Shorten it.": (
        "في النص {0} حرفًا، والحد الأقصى {1}. اختصره."
    ),
    "The {} is {}; it must be text.": "قيمة {0} من النوع {1}؛ يجب أن تكون نصًا.",
    "The prompt is {}; it must be text.": "الوصف من النوع {0}؛ يجب أن يكون نصًا.",
    "The {} must be a list of texts.": "يجب أن تكون {0} قائمة نصوص.",
    "The {} has {} characters, and at most {} are allowed; shorten it.": (
        "في {0} عدد {1} من الحروف، والحد الأقصى {2}؛ اختصر."
    ),
    "There are {} {}, and one table holds at most {}; leave some out or use the gallery.": (
        "عدد {1} هو {0}، ويتسع الجدول الواحد لـ {2} على الأكثر؛ اترك بعضها أو استخدم المعرض."
    ),
    "pictures": "الصور",
    "captions": "الأوصاف",
    "files": "الملفات",
    "prompt": "الوصف",
    "query": "الاستعلام",
    "list of labels": "قائمة التصنيفات",
    # settings
    "{} holds no CLIP; name a preset or a folder that does.": (
        "لا يحوي {0} نموذج CLIP؛ سمِّ إعدادًا أو مجلدًا فيه واحد."
    ),
    "Preset {} is unknown; choose one of {}, or a folder that holds a CLIP checkpoint in the hub's "
    "layout, a VQModel of diffusers, or folders clip, vqgan, dalle.": (
        "الإعداد {0} غير معروف؛ اختر واحدًا من {1}، أو مجلدًا فيه نموذج CLIP بترتيب Hugging Face أو "
        "VQModel من diffusers أو المجلدات clip وvqgan وdalle."
    ),
    "Precision {} is unknown; choose one of {}.": "الدقة {0} غير معروفة؛ اختر واحدة من {1}.",
    "Token precision {} is unknown; choose one of {}.": (
        "دقة الرموز {0} غير معروفة؛ اختر واحدة من {1}."
    ),
    "Token precision fp16 is for x86 processors, and this is none; choose fp32.": (
        "دقة الرموز fp16 لمعالجات x86، وهذا المعالج ليس منها؛ اختر fp32."
    ),
    "Precision {} would make the embedded CLIP less exact and hardly faster; choose fp32, or a "
    "preset whose CLIP is a vision transformer.": (
        "تجعل الدقة {0} نموذج CLIP المضمّن أقل إحكامًا دون أن تسرّعه كثيرًا؛ اختر fp32 أو إعدادًا "
        "نموذجه محوّل بصري."
    ),
    "Precision {} is for a CPU, and the device is {}; choose fp32 or the device cpu.": (
        "الدقة {0} للمعالج المركزي والجهاز هو {1}؛ اختر fp32 أو الجهاز cpu."
    ),
    "{} {} is {}; it must be {}.": "قيمة {1} في {0} هي {2}؛ يجب أن تكون {3}.",
    "{} {} is {}, and this deployment allows at most {}; choose {} or less, or run the lab on your "
    "own machine.": (
        "قيمة {1} في {0} هي {2}، والحد الأقصى هنا {3}؛ اختر {4} أو أقل، أو شغّل المختبر على جهازك."
    ),
    "a whole number between {} and {}": "عددًا صحيحًا بين {0} و{1}",
    "a number between {} and {}": "عددًا بين {0} و{1}",
    "a multiple of {} between {} and {}": "من مضاعفات {0} بين {1} و{2}",
    "between {} and {}": "بين {0} و{1}",
    "one of {}": "واحدًا من {0}",
    "text that contains {} exactly once": "نصًا فيه {0} مرة واحدة بالضبط",
    "text": "نصًا",
    "true or false": "نعم أو لا",
    "VQGAN+CLIP {} is {}; this VQGAN paints multiples of {}.": (
        "قيمة {0} في VQGAN+CLIP هي {1}؛ يرسم هذا النموذج مضاعفات {2}."
    ),
    "The prompt has {} chapters, and at most {} are allowed; leave some out.": (
        "في الوصف {0} فصلًا، والحد الأقصى {1}؛ احذف بعضها."
    ),
    "The {} names the picture #{}, but {}; give that picture or leave the name out.": (
        "يذكر {0} الصورة #{1}، لكن {2}؛ قدّم تلك الصورة أو احذف ذكرها."
    ),
    "The guide {} has the weight {}; give it more than 0.": (
        "وزن الدليل {0} هو {1}؛ أعطه وزنًا أكبر من 0."
    ),
    "No guide is named; write guide, clip or both with a comma.": (
        "لم يُذكر أي دليل؛ اكتب guide أو clip أو كليهما وبينهما فاصلة."
    ),
    "The guide {} cannot be loaded in this deployment; choose guide or clip.": (
        "لا يمكن تحميل الدليل {0} في هذه النسخة؛ اختر guide أو clip."
    ),
    "The memory does not suffice for this painting; lower width, height, num_cutouts or drafts.": (
        "لا تكفي الذاكرة لهذه اللوحة؛ قلّل العرض أو الارتفاع أو القصاصات أو المسودات."
    ),
    "There is no film of this run; let it take at least one step.": (
        "لا فيلم لهذا العمل؛ دعه يخطو خطوة واحدة على الأقل."
    ),
    "VQGAN+CLIP is to start from a picture, but none was given; choose one.": (
        "يُفترض أن يبدأ VQGAN+CLIP من صورة ولم تُقدَّم صورة؛ اختر واحدة."
    ),
    "DALL-E tokens are to keep part of a picture, but none was given; choose one, or set keep to "
    "0, keep_box to nothing and variation to 1.": (
        "يُفترض أن تحفظ رموز DALL-E جزءًا من صورة ولم تُقدَّم صورة؛ اختر واحدة، أو اجعل الحفظ 0 "
        "والمستطيل فارغًا والتنويع 1."
    ),
    "A picture was given, but nothing of it is kept; raise keep, name cells in keep_box or lower "
    "variation.": "قُدّمت صورة ولا يُحفظ منها شيء؛ زد الحفظ أو سمِّ مستطيلًا أو خفّض التنويع.",
    "{} is {}; write four whole numbers as 1,1,8,8: x, y, width, height.": (
        "قيمة {0} هي {1}؛ اكتب أربعة أعداد صحيحة على هذا النحو 1,1,8,8: س وص والعرض والارتفاع."
    ),
    "VQGAN+CLIP diverged (the loss is no longer a number); lower learning_rate.": (
        "تباعد VQGAN+CLIP (لم تعد الخسارة عددًا)؛ خفّض معدل التعلّم."
    ),
    # galleries
    "The gallery is empty; add pictures first.": "المعرض فارغ؛ أضف صورًا أولًا.",
    "The search is empty; write what you are looking for.": "البحث فارغ؛ اكتب ما تبحث عنه.",
    "The search is empty; give words or a picture.": "البحث فارغ؛ قدّم كلمات أو صورة.",
    "That picture is no longer in the gallery; search again.": (
        "لم تعد هذه الصورة في المعرض؛ ابحث من جديد."
    ),
    "The file of {} is no longer kept or has changed; add it again to see it in full.": (
        "ملف {0} لم يعد محفوظًا أو تغيّر؛ أضفه من جديد لتراه كاملًا."
    ),
    "Folders of the server are only read for its own user; upload it.": (
        "لا تُقرأ مجلدات الخادم إلا لمن يجلس إليه؛ ارفع المجلد."
    ),
    "{} is no folder here; write its full path.": "ليس {0} مجلدًا هنا؛ اكتب مساره كاملًا.",
    "The ids must be a list; take them from a search.": (
        "يجب أن تكون المعرّفات قائمة؛ خذها من نتائج بحث."
    ),
    "there is none": "لا صورة هناك",
    "there are {}": "عدد الصور {0}",
    "The query has {} characters, and at most {} are allowed; shorten it.": (
        "في الاستعلام {0} حرفًا، والحد الأقصى {1}؛ اختصره."
    ),
    "The query has {} terms, and at most {} are allowed; shorten it.": (
        "في الاستعلام {0} حدًا، والحد الأقصى {1}؛ اختصره."
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
    "The factor {} is out of range; it must be between {} and {}.": (
        "المعامل {0} خارج المجال؛ يجب أن يكون بين {1} و{2}."
    ),
}


def in_arabic(sentence: str) -> str:
    """The Arabic of a sentence, or the sentence itself where there is none."""
    if sentence in ARABIC:
        return ARABIC[sentence]
    for pattern, arabic in _patterns():
        if found := pattern.fullmatch(sentence):
            return arabic.format(*map(in_arabic, found.groups()))
    return sentence


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The sentences with places, those with more fixed words first, since they say more."""
    templates = [t for t in ARABIC if "{}" in t]
    templates.sort(key=lambda template: -len(template.replace("{}", "")))
    return [
        (re.compile("(.*?)".join(map(re.escape, t.split("{}"))), re.DOTALL), ARABIC[t])
        for t in templates
    ]
