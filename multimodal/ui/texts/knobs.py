"""Names and explanations of every knob, and what its options are called."""

from __future__ import annotations

#: For each knob: its name in English and in Arabic, and its help in Arabic; the English help is
#: with the knob itself (multimodal/settings).
KNOB_TEXTS: dict[str, tuple[str, str, str]] = {
    "VQGANCLIPSettings.quality": (
        "Quality", "الجودة", "يضبط الخطوات والقصاصات والمحاولات ما لم تغيّرها بنفسك",
    ),
    "VQGANCLIPSettings.steps": ("Steps", "الخطوات", "عدد خطوات التحسين"),
    "VQGANCLIPSettings.seed": ("Seed", "البذرة", "البذرة والإعدادات نفسها تعطي الصورة نفسها"),
    "VQGANCLIPSettings.width": ("Width", "العرض", "عرض الصورة بالبكسل"),
    "VQGANCLIPSettings.height": ("Height", "الارتفاع", "ارتفاع الصورة بالبكسل"),
    "VQGANCLIPSettings.start": ("Start from", "نقطة البداية", "ما تبدأ منه اللوحة"),
    "VQGANCLIPSettings.avoid": (
        "Avoid", "تجنّب", "ما لا ينبغي أن يظهر في الصورة؛ أجزاؤه كأجزاء الوصف",
    ),
    "VQGANCLIPSettings.restarts": (
        "Restarts", "المحاولات", "رسوم أولية سريعة؛ يُكمَل منها ما يفضّله الدليل",
    ),
    "VQGANCLIPSettings.stop_early": (
        "End by itself", "الانتهاء تلقائيًا",
        "أنهِ العمل حين لا ترتفع الدرجة أو تبلغ درجة الصور الحقيقية",
    ),
    "VQGANCLIPSettings.symmetry": ("Symmetry", "التناظر", "اعكس نصف الصورة على نصفها الآخر"),
    "VQGANCLIPSettings.tile": (
        "Seamless tile", "بلاطة متصلة", "اجعل الحواف تلتقي فتتصل النسخ المتجاورة",
    ),
    "VQGANCLIPSettings.coarse": (
        "Coarse first", "الخشن أولًا",
        "حصة الخطوات التي تُرسم صغيرةً أولًا، إن زاد الضلع الأقصر على صور VQGAN نفسه",
    ),
    "VQGANCLIPSettings.keep_start": (
        "Keep the start", "الحفاظ على البداية", "وزن مربع بُعد الرموز عن بدايتها",
    ),
    "VQGANCLIPSettings.token_prior": (
        "Token model's say", "رأي نموذج الرموز",
        "شدّ الرموز نحو ما يتوقعه نموذج الرموز (للصور 128 × 128)",
    ),
    "VQGANCLIPSettings.keep_fades": (
        "Keeping fades", "حفاظ يتلاشى", "دع وزن البداية يتلاشى حتى النهاية",
    ),
    "VQGANCLIPSettings.guides": (
        "Guides", "الأدلة", "أيُّ نماذج CLIP تقود الرسم وبأي وزن: guide:1, clip:0.5",
    ),
    "VQGANCLIPSettings.num_cutouts": (
        "Cutouts", "القصاصات", "عدد القصاصات العشوائية التي يحكم عليها CLIP في كل خطوة",
    ),
    "VQGANCLIPSettings.cutout_size": ("Cutout size", "حجم القصاصة", "طول ضلع القصاصة بالبكسل"),
    "VQGANCLIPSettings.zoomed": ("Zoomed in", "المقرَّبة", "حصة القصاصات المقرَّبة"),
    "VQGANCLIPSettings.cutout_power": (
        "Cutout power", "أُسّ القصاصات", "فوق 1 قصاصات صغيرة أكثر، ودونه كبيرة أكثر",
    ),
    "VQGANCLIPSettings.padding": ("Beyond the edge", "ما وراء الحافة", "ما يقع خارج الصورة"),
    "VQGANCLIPSettings.affine": ("Turning", "الدوران", "أدِر القصاصات وأزِحها واعكسها"),
    "VQGANCLIPSettings.perspective": ("Perspective", "المنظور", "انظر إلى القصاصات من الجانب"),
    "VQGANCLIPSettings.colour": ("Colour", "اللون", "غيّر الإضاءة والصبغة والتشبّع"),
    "VQGANCLIPSettings.noise": ("Noise", "الضجيج", "ضجيج فوق القصاصات"),
    "VQGANCLIPSettings.erasing": ("Erasing", "المحو", "حصة القصاصات التي يُمحى جزء منها"),
    "VQGANCLIPSettings.optimizer": ("Optimiser", "المُحسِّن", "كيف يُتَّبع التدرّج"),
    "VQGANCLIPSettings.learning_rate": (
        "Learning rate", "معدل التعلّم", "مقدار ما تغيّره الخطوة الواحدة في الرموز",
    ),
    "VQGANCLIPSettings.schedule": (
        "Schedule", "جدول المعدل",
        "كيف ينخفض معدل التعلّم: إلى الخُمس، أو لا ينخفض، أو إلى العُشر في الربع الأخير",
    ),
    "VQGANCLIPSettings.smoothness": ("Smoothness", "النعومة", "وزن خسارة التباين الكلي"),
    "VQGANCLIPSettings.saturation": (
        "Saturation", "التشبّع", "كافئ الألوان القوية؛ دون الصفر الألوان الباهتة",
    ),
    "VQGANCLIPSettings.contrast": (
        "Contrast", "التباين", "كافئ الفرق بين الضوء والظل؛ دون الصفر الصورة المسطّحة",
    ),
    "VQGANCLIPSettings.noise_prompt": (
        "Random prompt", "وصف عشوائي", "وزن اتجاه عشوائي بين أجزاء الوصف",
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
    "DalleSettings.keep": (
        "Keep from the top", "ما يُحفظ من الأعلى", "حصة صورتك التي تُحفظ من أعلاها؛ ويُسحب الباقي",
    ),
    "DalleSettings.keep_box": (
        "Keep a box", "مستطيل محفوظ",
        "خلايا من صورتك تُحفظ أيضًا: س,ص,العرض,الارتفاع، والعدّ من 1 عند أعلى اليسار، مثل 1,1,8,8",
    ),
    "DalleSettings.variation": (
        "Variation", "التنويع", "احتمال أن يُسحب من جديد أي رمز آخر من صورتك؛ 1 يعني كلها",
    ),
    "DalleSettings.tile": (
        "Seamless tile", "بلاطة متصلة",
        "يخفّف الحدّ بين النسخ المتجاورة؛ وتُسحب الرموز كالمعتاد، فقد لا تلتقي الأشكال نفسها",
    ),
    "CompareSettings.seed": ("Seed", "البذرة", "البذرة والإعدادات نفسها تعطي الصورة نفسها"),
    "CompareSettings.steps": ("Steps", "الخطوات", "عدد خطوات التحسين في VQGAN+CLIP"),
    "CompareSettings.num_candidates": (
        "Candidates", "المرشّحات", "عدد الصور التي ترسمها رموز DALL-E ويختار CLIP أفضلها",
    ),
    "LearnSettings.num_emoji": (
        "Emoji", "عدد الإيموجي", "ما يُتعلَّم منها؛ في كل دفعة صورة واحدة لكل إيموجي",
    ),
    "LearnSettings.training_steps": (
        "Training steps", "خطوات التدريب", "عدد الدفعات التي تتعلّم منها الشبكة",
    ),
    "LearnSettings.unseen": (
        "Unseen style", "الأسلوب المخفي", "أسلوب الرسم المحفوظ للاختبار؛ لا تتدرّب عليه الشبكة أبدًا",
    ),
    "LearnSettings.seed": ("Seed", "البذرة", "البذرة والإعدادات نفسها تعطي التدريب نفسه"),
    "LearnSettings.learning_rate": (
        "Learning rate", "معدل التعلّم", "مقدار ما تغيّره الخطوة الواحدة في الأوزان",
    ),
    "LearnSettings.temperature": (
        "Temperature", "الحرارة", "ما تُقسَم عليه جيوب التمام في البداية",
    ),
    "LearnSettings.learn_temperature": (
        "Learn the temperature", "تعلّم الحرارة", "دع التدريب يغيّر الحرارة كما في CLIP",
    ),
    "LearnSettings.variation": (
        "Variation", "التنويع", "مقدار تدوير الصور وإزاحتها وتغيير ألوانها",
    ),
    "ReconstructSettings.replace": (
        "Replace", "الاستبدال", "تضع 12:340 الرمز 340 حيثما ظهر الرمز 12؛ الفراغ يعني بلا استبدال",
    ),
    "ReconstructSettings.shuffle": ("Shuffle", "الخلط", "ضع الرموز بترتيب عشوائي"),
    "ReconstructSettings.random": (
        "Random", "عشوائية", "انسَ الصورة واسحب كل رمز عشوائيًا",
    ),
    "ReconstructSettings.seed": ("Seed", "البذرة", "البذرة والإعدادات نفسها تعطي الصورة نفسها"),
    "ScoreSettings.logit_scale": (
        "Logit scale", "مقياس اللوجيت",
        "ما تُضرب فيه جيوب التمام قبل السوفتماكس؛ 0 يعني كما تعلّمه CLIP",
    ),
    "ScoreSettings.long_texts": (
        "Long texts", "النصوص الطويلة", "نص أطول مما يقرؤه CLIP: يُرفض أو يُقسَم ويؤخذ متوسط أجزائه",
    ),
    "ClassifySettings.top_k": ("Labels shown", "عدد التصنيفات", "التصنيفات المعروضة لكل صورة"),
    "ClassifySettings.independent": (
        "Each label on its own", "كل تصنيف وحده",
        "احكم على كل تصنيف وحده؛ لا يلزم أن يكون المجموع 100٪، ويكفي تصنيف واحد",
    ),
    "ClassifySettings.none_of_these": (
        "None of these", "لا شيء مما ذُكر", "اسمح بألا تنتمي الصورة إلى أي تصنيف",
    ),
    "ClassifySettings.ensemble": (
        "Sentences", "الجمل",
        "ما يوضع فيه كل تصنيف: جملة واحدة أو لا شيء أو متوسط 7 جمل أو 80 جملة",
    ),
    "ClassifySettings.template": (
        "Sentence", "الجملة", "الجملة الواحدة، وفيها {} مكان التصنيف",
    ),
    "ClassifySettings.opposing": (
        "Opposing texts", "النصوص المضادة",
        "ما يوزن به التصنيف حين يقف وحده، تفصل بينها فواصل؛ الفراغ يعني نصوصًا تناسب أي صورة",
    ),
    "ClassifySettings.long_texts": (
        "Long texts", "النصوص الطويلة", "نص أطول مما يقرؤه CLIP: يُرفض أو يُقسَم ويؤخذ متوسط أجزائه",
    ),
    "ClassifySettings.temperature": (
        "Temperature", "الحرارة", "فوق 1 تتقارب الاحتمالات، ودونه تتباعد",
    ),
    "SearchSettings.top_k": (
        "Pictures shown", "عدد الصور", "أقصى عدد للصور المعروضة، الأفضل أولًا",
    ),
    "SearchSettings.strictness": (
        "Strictness", "التشدد",
        "مدى مطابقة الصورة المطلوب؛ 1 يعني حكمًا آليًا، و0 يعني عرض كل الصور",
    ),
    "SearchSettings.group_alike": (
        "Group near-duplicates", "تجميع المكرّر", "اعرض الصور شبه المتطابقة كصورة واحدة",
    ),
}  # fmt: skip

#: What each kind of settings is called in Arabic (English: the `title` of its class).
SETTINGS_TITLES: dict[str, str] = {
    "VQGANCLIPSettings": "VQGAN+CLIP",
    "DalleSettings": "رموز DALL-E",
    "CompareSettings": "المقارنة",
    "LearnSettings": "التدريب المباشر",
    "ReconstructSettings": "إعادة البناء",
    "ScoreSettings": "قياس التطابق",
    "ClassifySettings": "التصنيف",
    "SearchSettings": "البحث",
}
