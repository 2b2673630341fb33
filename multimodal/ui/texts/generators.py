"""Texts of the tabs that make pictures."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # VQGAN+CLIP
    "paint.tab": ("VQGAN+CLIP", "VQGAN+CLIP"),
    "paint.title": ("Paint by asking CLIP, step by step", "ارسم بسؤال CLIP خطوة بعد خطوة"),
    "paint.idea": (
        "VQGAN can turn a small grid of codes into a picture. CLIP looks at random cutouts of that "
        "picture and says how well they fit your words; its gradient then nudges the codes. After "
        "a hundred such nudges the words show in the picture.",
        "يستطيع VQGAN أن يحوّل شبكة صغيرة من الرموز إلى صورة. وينظر CLIP إلى قصاصات عشوائية منها "
        "ويقدّر مدى مطابقتها لكلماتك، ثم يعدّل تدرُّجُه الرموز قليلًا. وبعد مئة تعديل كهذا تظهر "
        "كلماتك في الصورة.",
    ),
    "paint.prompt_help": (
        "Join parts with | and weigh them with a colon: a red apple | sunny:0.5 | text:-1. A story "
        "goes on with ^: a bud ^ a flower.",
        "اجمع الأجزاء بالعلامة | وحدّد وزن كلٍّ بعد نقطتين، مثل: تفاحة حمراء | مشمس:0.5 | كتابة:-1. "
        "وتُروى القصة بالعلامة ^، مثل: برعم ^ زهرة.",
    ),
    "paint.picture": ("Start from a picture (optional)", "ابدأ من صورة (اختياري)"),
    "paint.empty": ("The picture appears here.", "تظهر الصورة هنا."),
    "paint.running": (
        "Step {step} of {total} · {rate} steps/s · {left} s left · CLIP score {score}",
        "الخطوة {step} من {total} · {rate} خطوة/ث · بقي {left} ث · درجة CLIP ‏{score}",
    ),
    "paint.done": (
        "Done: {steps} steps in {seconds} s, CLIP score {score}.",
        "انتهى: {steps} خطوة في {seconds} ث، درجة CLIP ‏{score}.",
    ),
    "paint.stopped": (
        "Stopped after {steps} steps, {seconds} s; CLIP score {score}.",
        "أُوقف بعد {steps} خطوة خلال {seconds} ث؛ درجة CLIP ‏{score}.",
    ),
    "paint.curve": ("The guide's score after each step", "درجة الدليل بعد كل خطوة"),
    "paint.ended.real": (
        "Ended by itself: the guide finds it as fitting as real pictures.",
        "انتهى تلقائيًا: يراه الدليل مطابقًا كما يرى الصور الحقيقية.",
    ),
    "paint.ended.plateau": (
        "Ended by itself: the score no longer rose.",
        "انتهى تلقائيًا: لم تعد الدرجة ترتفع.",
    ),
    "paint.continue": ("Continue", "تابِع"),
    "paint.film": ("Film (WebP)", "فيلم (WebP)"),
    "paint.curve_file": ("Score (CSV)", "الدرجة (CSV)"),
    "paint.images": ("Pictures in the prompt: #1, #2 …", "صور في الوصف: ‎#1، ‎#2 …"),
    "paint.load": ("Load settings from a picture", "استرجع الإعدادات من صورة"),
    "paint.nothing": (
        "There is nothing to go on from; paint something first.",
        "لا شيء يُتابَع منه؛ ارسم شيئًا أولًا.",
    ),
    "group.form": ("Shape and start", "الشكل والبداية"),
    "group.cutouts": ("What CLIP sees", "ما يراه CLIP"),
    "group.expert": ("Expert settings", "إعدادات للخبراء"),
    # DALL-E
    "dalle.tab": ("DALL-E tokens", "رموز DALL-E"),
    "dalle.title": ("Write a picture, token by token", "اكتب صورة رمزًا بعد رمز"),
    "dalle.idea": (
        "A picture can be written as a row of tokens, just like a text. This transformer reads "
        "the tokens of your words and goes on with the tokens of a picture, each drawn at random "
        "from what it thinks likely. Several candidates grow at once, and CLIP ranks them at the "
        "end. Asked for a coloured background, the model first draws a draft over white and then, "
        "in the same stream, the picture. The model shipped here is small: it knows what emoji "
        "have English names for, in their styles and on any colour; much else becomes a blob, and "
        "photographs come out empty.",
        "يمكن كتابة الصورة صفًّا من الرموز كما يُكتب النص. يقرأ هذا النموذج رموز كلماتك ثم يتابع "
        "برموز صورة، يختار كلًّا منها عشوائيًا مما يراه محتملًا. وتنمو عدة صور معًا، ثم يرتّبها CLIP في "
        "النهاية. وإن طلبت خلفية ملوّنة رسم أولًا مسودة على بياض ثم رسم الصورة في السلسلة نفسها. "
        "النموذج المرفق هنا صغير: يعرف ما له اسم إنجليزي بين رموز الإيموجي، بأساليبها وعلى أي لون، "
        "ويفهم نحو ثلاثة أرباع أسمائها العربية؛ فإن أخطأ فجرّبه بالإنجليزية. أما الصور "
        "الفوتوغرافية فتخرج فارغة.",
    ),
    "dalle.empty": ("The candidates grow here, row by row.", "تنمو الصور المرشّحة هنا صفًّا بعد صف."),
    "dalle.running": (
        "Token {step} of {total} · {rate} tokens/s · {left} s left",
        "الرمز {step} من {total} · {rate} رمزًا/ث · بقي {left} ث",
    ),
    "dalle.done": (
        "Done in {seconds} s. Ranked by CLIP, best first.",
        "انتهى في {seconds} ث. الترتيب بحسب CLIP، الأفضل أولًا.",
    ),
    "dalle.stopped": (
        "Stopped at token {steps} after {seconds} s. Ranked by CLIP as they are.",
        "أُوقف عند الرمز {steps} بعد {seconds} ث. رُتّبت الصور كما هي بحسب CLIP.",
    ),
    "dalle.picture": ("Complete or vary a picture", "أكمل صورة أو نوّعها"),
    "dalle.picture_help": (
        "Its central square is turned into tokens; those you keep stay exactly as they are, and "
        "the model draws the others. It works in reading order: a draw follows the cells above it "
        "and before it, and does not see kept cells that come later. What to keep stands under "
        "“Shape and start”.",
        "يُحوَّل مربعها الأوسط إلى رموز؛ يبقى ما تحفظه منها كما هو تمامًا ويسحب النموذج سواها. "
        "وهو يعمل بترتيب القراءة: يتبع كل سحب الخلايا التي فوقه وقبله، ولا يرى الخلايا "
        "المحفوظة التي تأتي بعده. وتجد ما يُحفظ تحت «الشكل والبداية».",
    ),
    "dalle.stream": ("The stream", "سلسلة الرموز"),
    "dalle.stream_empty": (
        "What the model read and drew stands here after the first run.",
        "يظهر هنا ما قرأه النموذج وما سحبه بعد أول تشغيل.",
    ),
    "dalle.stream_text": (
        "Your words as {used} of {length} text tokens, each with its id; the other {padding} are "
        "padding.",
        "كلماتك على هيئة {used} من {length} رمزًا نصيًا، ومع كل رمز رقمه؛ والباقي "
        "وعدده {padding} حشو.",
    ),
    "dalle.stream_partial": (
        "Dashed: only some bytes of that character; rare characters take several tokens.",
        "الإطار المتقطّع: بعض بايتات الحرف فقط؛ فالحروف النادرة تأخذ عدة رموز.",
    ),
    "dalle.stream_draft": (
        "First the model drew a draft:",
        "رسم النموذج أولًا مسودة:",
    ),
    "dalle.stream_picture": (
        "With the draft before its eyes it drew the picture:",
        "ثم رسم الصورة والمسودة أمام عينيه:",
    ),
    "dalle.stream_ids": ("The image tokens by id.", "رموز الصورة بأرقامها."),
    "dalle.stream_hint": (
        "Point at a token, or walk through them with the arrow keys, to see how likely it was.",
        "أشر إلى رمز أو تنقّل بينها بمفاتيح الأسهم لترى احتماله.",
    ),
    "dalle.stream_readout": (
        "Token {code}, row {row}, column {column}: probability {p}, entropy {entropy} nats",
        "الرمز {code}، الصف {row}، العمود {column}: الاحتمال {p}، الإنتروبيا {entropy} نات",
    ),
    "dalle.stream_file": ("Stream (JSON)", "السلسلة (JSON)"),
    "dalle.stream_heat": (
        "Entropy of each draw over the picture, {mean} of at most {most} nats on average. Dark: "
        "the model was sure.",
        "إنتروبيا كل سحب فوق الصورة، بمتوسط {mean} من {most} نات على الأكثر. الداكن: كان النموذج "
        "واثقًا.",
    ),
    "dalle.stream_kept": (
        "Uncoloured: kept from your picture, not drawn.",
        "بلا لون: أُخذ من صورتك ولم يُسحب.",
    ),
    "dalle.stream_nats": ("{most} nats", "{most} نات"),
    "dalle.stream_sure": ("sure", "واثق"),
    "dalle.stream_unsure": ("unsure", "متردد"),
    "choice.disc": ("a grey disc", "قرص رمادي"),
    "choice.random": ("random codes", "رموز عشوائية"),
    "choice.noise": ("soft colours", "ألوان ناعمة"),
    "choice.gradient": ("a colour gradient", "تدرّج لوني"),
    "choice.draft": ("draft", "مسودة"),
    "choice.normal": ("normal", "عادية"),
    "choice.better": ("better", "أفضل"),
    "choice.best": ("best", "الأفضل"),
    "choice.off": ("off", "بلا"),
    "choice.across": ("left to right", "من اليسار إلى اليمين"),
    "choice.down": ("top to bottom", "من الأعلى إلى الأسفل"),
    "choice.both": ("both ways", "في الاتجاهين"),
    "choice.reflection": ("the picture mirrored", "الصورة معكوسة"),
    "choice.border": ("its edge goes on", "امتداد الحافة"),
    "choice.zeros": ("black", "أسود"),
    "choice.adam": ("Adam", "آدم (Adam)"),
    "choice.adamw": ("AdamW", "آدم دبليو (AdamW)"),
    "choice.radam": ("RAdam", "رادام (RAdam)"),
    "choice.cosine": ("falls softly", "ينخفض بلطف"),
    "choice.constant": ("stays", "ثابت"),
    "choice.drop": ("drops near the end", "يهبط قرب النهاية"),
}
