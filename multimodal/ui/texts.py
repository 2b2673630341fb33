"""Every text of the page, English and Arabic side by side.

A text may hold plain markup and {places}; what fills a place is escaped (see `language.both`).
"""

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
    "common.start": ("Start", "ابدأ"),
    "common.stop": ("Stop", "أوقِف"),
    "common.prompt": ("Prompt", "الوصف"),
    "common.examples": ("Try one", "جرّب مثالًا"),
    "common.settings": ("Settings", "الإعدادات"),
    "common.expert": ("Expert settings", "إعدادات للخبراء"),
    "common.download": ("Download", "تنزيل"),
    "common.starting": (
        "Starting; the first run loads the models …",
        "يجري التحضير، والمرة الأولى تُحمَّل فيها النماذج…",
    ),
    "common.skipped": ("Left out: {count}", "ما لم يُستخدم: {count}"),
    "common.score": ("CLIP {score}", "CLIP ‏{score}"),
    "common.seed": ("seed {seed}", "البذرة {seed}"),
    # CLIP
    "clip.tab": ("CLIP", "CLIP"),
    "clip.title": ("How well do pictures and words match?", "ما مدى تطابق الصور والكلمات؟"),
    "clip.idea": (
        "CLIP turns a picture into a list of numbers, and a caption into a list of the same "
        "length. It learned from pairs: the two lists of a pair should point the same way, all "
        "others apart. So the angle between any picture and any words tells how well they match.",
        "يحوّل CLIP الصورة إلى قائمة أعداد، ويحوّل الوصف إلى قائمة بالطول نفسه. وقد تعلّم من أزواج: "
        "تتقارب قائمتا كل زوج في الاتجاه، وتتباعد عن سواهما. لذا تدلّ الزاوية بين أي صورة وأي كلمات "
        "على مدى تطابقهما.",
    ),
    "clip.pictures": ("Pictures", "الصور"),
    "clip.captions": ("Captions, one per line", "أوصاف، في كل سطر وصف"),
    "clip.captions_placeholder": ("a photo of a cat", "صورة قطة"),
    "clip.score": ("Score", "احسب التطابق"),
    "clip.view": ("Show", "اعرض"),
    "clip.view_per_image": ("For each picture, the captions", "لكل صورة: الأوصاف"),
    "clip.view_per_text": ("For each caption, the pictures", "لكل وصف: الصور"),
    "clip.view_independent": ("Each pair on its own", "كل زوج على حدة"),
    "clip.view_cosine": ("Cosine", "جيب التمام"),
    "clip.meaning_per_image": (
        "Each column adds up to 100 %: which caption fits this picture best?",
        "مجموع كل عمود 100٪: أي وصف هو الأنسب لهذه الصورة؟",
    ),
    "clip.meaning_per_text": (
        "Each row adds up to 100 %: which picture fits this caption best?",
        "مجموع كل صف 100٪: أي صورة هي الأنسب لهذا الوصف؟",
    ),
    "clip.meaning_independent": (
        "Does this caption fit better than words that say nothing? Nothing has to add up.",
        "هل يناسب الوصف الصورة أكثر من كلام عام لا يقول شيئًا؟ لا يلزم أن يكون المجموع 100٪.",
    ),
    "clip.meaning_cosine": (
        "The cosine of the angle: 1 is the same direction, 0 is unrelated. Compare, do not judge "
        "one alone.",
        "جيب تمام الزاوية: 1 يعني الاتجاه نفسه و0 يعني لا صلة. قارن القيم ولا تحكم على قيمة وحدها.",
    ),
    "clip.empty_table": (
        "Press Score, and the table appears here.",
        "اضغط «احسب التطابق» ليظهر الجدول هنا.",
    ),
    "clip.classify_title": ("Classify the pictures", "صنّف الصور"),
    "clip.classify_idea": (
        "Write labels, and CLIP sorts each picture under them, though it was never trained to.",
        "اكتب تصنيفات، فيضع CLIP كل صورة تحت ما يناسبها وإن لم يُدرَّب على ذلك قط.",
    ),
    "clip.labels": ("Labels, separated by commas", "تصنيفات تفصل بينها فواصل"),
    "clip.classify": ("Classify", "صنّف"),
    "clip.none_of_these": ("none of these", "لا شيء مما ذُكر"),
    "clip.empty_bars": (
        "Press Classify, and each picture gets its labels here.",
        "اضغط «صنّف» لتظهر تصنيفات كل صورة هنا.",
    ),
    # gallery
    "gallery.tab": ("Gallery search", "البحث في الصور"),
    "gallery.title": (
        "Find pictures by words, or by a picture",
        "اعثر على الصور بالكلمات أو بصورة",
    ),
    "gallery.idea": (
        "Every picture is turned into its CLIP numbers once, when you add it. A search turns your "
        "words, or your picture, into numbers of the same kind and lists what points the same "
        "way. File names and tags play no part.",
        "تُحوَّل كل صورة إلى أعداد CLIP مرة واحدة عند إضافتها. ويحوّل البحث كلماتك أو صورتك إلى أعداد "
        "من النوع نفسه، ثم يعرض ما يسير في الاتجاه نفسه. ولا دور لأسماء الملفات أو الوسوم.",
    ),
    "gallery.files": ("Add pictures or a zip", "أضف صورًا أو ملف zip"),
    "gallery.folder": ("Add a folder", "أضف مجلدًا"),
    "gallery.example": ("Use the example gallery", "استخدم معرض الأمثلة"),
    "gallery.clear": ("Empty the gallery", "أفرِغ المعرض"),
    "gallery.empty": (
        "The gallery is empty. Add your own pictures, or start with the examples.",
        "المعرض فارغ. أضف صورك أو ابدأ بالأمثلة.",
    ),
    "gallery.indexing": (
        "Looking at pictures: {done} files, {indexed} added, {rate} a second",
        "تجري معاينة الصور: {done} ملفًا، أُضيف {indexed}، بسرعة {rate} في الثانية",
    ),
    "gallery.indexed": (
        "{total} pictures in the gallery; {indexed} added just now in {seconds} s, {rate}/s.",
        "في المعرض {total} صورة؛ أُضيف {indexed} الآن خلال {seconds} ث، بسرعة {rate} في الثانية.",
    ),
    "gallery.query": ("Search by words", "ابحث بالكلمات"),
    "gallery.query_placeholder": ("e.g. something to eat", "مثلًا: شيء يؤكل"),
    "gallery.search": ("Search", "ابحث"),
    "gallery.query_picture": ("Search by a picture", "ابحث بصورة"),
    "gallery.hits": ("Found, best first", "النتائج، الأفضل أولًا"),
    "gallery.hint": (
        "Select a picture to search for others like it. The number is the cosine with your query.",
        "اختر صورة للبحث عمّا يشبهها. العدد هو جيب التمام مع ما تبحث عنه.",
    ),
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
        "Join parts with | and weigh them with a colon: a red apple | sunny:0.5 | text:-1",
        "اجمع الأجزاء بالعلامة | وحدّد وزن كلٍّ بعد نقطتين، مثل: تفاحة حمراء | مشمس:0.5 | كتابة:-1",
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
    "paint.curve": ("CLIP score after each step", "درجة CLIP بعد كل خطوة"),
    # DALL-E
    "dalle.tab": ("DALL-E tokens", "رموز DALL-E"),
    "dalle.title": ("Write a picture, token by token", "اكتب صورة رمزًا بعد رمز"),
    "dalle.idea": (
        "A picture can be written as a row of tokens, just like a text. This transformer reads "
        "the tokens of your words and goes on with the tokens of a picture, each drawn at random "
        "from what it thinks likely. Several candidates grow at once, and CLIP ranks them at the "
        "end. The model shipped here is at the very start of its training: expect coloured shapes "
        "that hardly follow your words yet.",
        "يمكن كتابة الصورة صفًّا من الرموز كما يُكتب النص. يقرأ هذا النموذج رموز كلماتك ثم يتابع "
        "برموز صورة، يختار كلًّا منها عشوائيًا مما يراه محتملًا. وتنمو عدة صور معًا، ثم يرتّبها CLIP في "
        "النهاية. النموذج المرفق هنا في أول تدريبه: توقّع أشكالًا ملوّنة لا تكاد تتبع كلماتك بعد.",
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
    "choice.disc": ("a grey disc", "قرص رمادي"),
    "choice.random": ("random codes", "رموز عشوائية"),
    "choice.noise": ("soft colours", "ألوان ناعمة"),
}

#: For each knob: its name in English and in Arabic, and its help in Arabic (English: settings.py).
KNOB_TEXTS: dict[str, tuple[str, str, str]] = {
    "VQGANCLIPSettings.steps": ("Steps", "الخطوات", "عدد خطوات التحسين"),
    "VQGANCLIPSettings.seed": ("Seed", "البذرة", "البذرة والإعدادات نفسها تعطي الصورة نفسها"),
    "VQGANCLIPSettings.size": ("Size", "الحجم", "طول ضلع الصورة بالبكسل"),
    "VQGANCLIPSettings.learning_rate": (
        "Learning rate", "معدل التعلّم", "مقدار ما تغيّره الخطوة الواحدة في الرموز",
    ),
    "VQGANCLIPSettings.num_cutouts": (
        "Cutouts", "القصاصات", "عدد القصاصات العشوائية التي يحكم عليها CLIP في كل خطوة",
    ),
    "VQGANCLIPSettings.cutout_size": ("Cutout size", "حجم القصاصة", "طول ضلع القصاصة بالبكسل"),
    "VQGANCLIPSettings.start": ("Start from", "نقطة البداية", "ما تبدأ منه اللوحة"),
    "VQGANCLIPSettings.smoothness": (
        "Smoothness", "النعومة", "وزن خسارة التباين الكلي",
    ),
    "VQGANCLIPSettings.keep_start": (
        "Keep the start", "الحفاظ على البداية", "وزن مربع بُعد الرموز عن بدايتها",
    ),
    "DalleSettings.seed": ("Seed", "البذرة", "البذرة والإعدادات نفسها تعطي الصورة نفسها"),
    "DalleSettings.num_candidates": (
        "Candidates", "المرشّحات", "عدد الصور التي تُرسم ثم يرتّبها CLIP",
    ),
    "DalleSettings.temperature": (
        "Temperature", "الحرارة", "دون 1 رموز آمنة، وفوق 1 رموز أكثر مفاجأة",
    ),
    "DalleSettings.top_k": (
        "Top k", "أفضل k", "يُسحب من أرجح k رمزًا فقط؛ 0 يعني بلا حد",
    ),
    "DalleSettings.top_p": (
        "Top p", "أفضل p", "يُسحب من أرجح الرموز التي تبلغ هذا الاحتمال؛ 1 يعني بلا حد",
    ),
    "DalleSettings.guidance_scale": (
        "Guidance", "التوجيه", "قوة جذب الوصف للصورة؛ 1 يعني بلا توجيه",
    ),
    "ClassifySettings.top_k": ("Labels shown", "عدد التصنيفات", "التصنيفات المعروضة لكل صورة"),
    "ClassifySettings.template": (
        "Sentence", "الجملة", "الجملة التي يوضع فيها كل تصنيف مكان {}",
    ),
    "ClassifySettings.none_of_these": (
        "None of these", "لا شيء مما ذُكر", "اسمح بألا تنتمي الصورة إلى أي تصنيف",
    ),
    "ClassifySettings.temperature": (
        "Temperature", "الحرارة", "فوق 1 تتقارب الاحتمالات، ودونه تتباعد",
    ),
    "SearchSettings.top_k": ("Pictures shown", "عدد الصور", "الصور المعروضة، الأفضل أولًا"),
}  # fmt: skip

#: What the ready examples write, in the page's language.
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "captions": (
        ("a cat\na dalmatian dog\na face of a person", "قطة\nكلب منقّط\nوجه إنسان"),
        ("an animal\na flower\nsomething to eat", "حيوان\nزهرة\nشيء يؤكل"),
    ),
    "labels": (
        ("cat, dog, human face", "قطة، كلب، وجه إنسان"),
        ("animal, person, flower, vehicle", "حيوان، إنسان، زهرة، مركبة"),
    ),
    "template": (("a photo of a {}", "صورة {}"),),
    "query": (
        ("a red fruit", "فاكهة حمراء"),
        ("something that flies", "شيء يطير"),
        ("a musical instrument", "آلة موسيقية"),
    ),
    "paint": (
        ("a red apple", "تفاحة حمراء"),
        ("a sunflower", "زهرة دوّار الشمس"),
        ("a blue butterfly", "فراشة زرقاء"),
    ),
    "dalle": (
        ("a red apple", "تفاحة حمراء"),
        ("cat face", "وجه قطة"),
        ("rocket", "صاروخ"),
    ),
}
