"""Texts of the CLIP tab."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
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
    "clip.view_logits": ("Logits", "اللوجيت"),
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
    "clip.meaning_logits": (
        "The cosine times the logit scale: what goes into the softmax.",
        "جيب التمام مضروبًا في مقياس اللوجيت، وهو ما يدخل في السوفتماكس.",
    ),
    "clip.meaning_marks": (
        "A frame marks the best caption of each picture, a dot the best picture of each caption.",
        "يدل الإطار على أنسب وصف لكل صورة، وتدل النقطة على أنسب صورة لكل وصف.",
    ),
    "clip.scale": ("Logit scale: {scale}", "مقياس اللوجيت: {scale}"),
    "clip.pairs": ("Read as pairs", "اقرأها أزواجًا"),
    "clip.pairs_idea": (
        "If the first caption belongs to the first picture, and so on: how surprised is CLIP "
        "(the loss it was trained with; 0 is best), and how often is the partner among the best "
        "1, 5 and 10?",
        "إذا كان الوصف الأول للصورة الأولى وهكذا: فما مقدار مفاجأة CLIP (دالة الخسارة التي دُرِّب "
        "عليها، وأفضلها 0)؟ وكم مرة يكون الشريك بين أفضل 1 و5 و10؟",
    ),
    "clip.pairs_loss": ("Loss", "الخسارة"),
    "clip.pairs_image": ("Caption of each picture", "وصف كل صورة"),
    "clip.pairs_text": ("Picture of each caption", "صورة كل وصف"),
    "clip.pairs_sum": (
        "Contrastive loss: {loss}. Cosines of the pairs: {diagonal}",
        "الخسارة التباينية: {loss}. جيوب تمام الأزواج: {diagonal}",
    ),
    "clip.worked": (
        "An example, computed ahead by the models that are shipped. Press the button for your own.",
        "مثال حُسب سلفًا بالنماذج المرفقة. اضغط الزر لترى مثالك أنت.",
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
    "clip.classify_softmax": (
        "The labels share 100 %: the best of these, even when none fits.",
        "تتقاسم التصنيفات 100٪: أفضلها وإن لم يناسب أي منها.",
    ),
    "clip.classify_none": (
        "“None of these” stands for texts that fit any picture about equally badly.",
        "تمثل عبارة «لا شيء مما ذُكر» نصوصًا تناسب كل الصور بالقدر الضعيف نفسه.",
    ),
    "clip.classify_independent": (
        "Each label on its own against the opposing texts: 50 % means it fits no better than they "
        "do.",
        "كل تصنيف وحده في مقابل النصوص المضادة: تعني 50٪ أنه لا يناسب أكثر منها.",
    ),
    "clip.where_title": ("Where in the picture?", "أين في الصورة؟"),
    "clip.where_idea": (
        "Parts of each picture above are blurred away one after another, then shown one by one. "
        "Where CLIP's score falls without a part and rises with it alone, the map glows.",
        "تُطمس أجزاء كل صورة من الصور أعلاه جزءًا بعد جزء، ثم تُظهر وحدها. وحيث تنخفض درجة CLIP بغياب "
        "جزء وترتفع بظهوره وحده تضيء الخريطة.",
    ),
    "clip.where_words": ("Look for", "ابحث عن"),
    "clip.where": ("Show where", "أرِني أين"),
    "clip.empty_where": (
        "Press Show where, and a map of each picture appears here.",
        "اضغط «أرِني أين» لتظهر خريطة كل صورة هنا.",
    ),
    "clip.where_cosine": ("cosine {cosine}", "جيب التمام {cosine}"),
    "clip.where_faint": (
        "cosine {cosine}; no part carries this match",
        "جيب التمام {cosine}، ولا يحمل أي جزء هذا التطابق",
    ),
    "clip.accuracy_title": (
        "How often is it right? Accuracy on your own folders",
        "كم مرة يصيب؟ الدقة على مجلداتك",
    ),
    "clip.accuracy_idea": (
        "A zip with one folder a class, named like the class. Every picture is classified under "
        "the folders' names, with the settings above; top-5 counts it right when the truth is "
        "among the five best.",
        "ملف zip فيه مجلد لكل صنف يحمل اسمه. تُصنَّف كل صورة تحت أسماء المجلدات بالإعدادات أعلاه، "
        "ويَعُدّ مقياس «أفضل 5» الجواب صحيحًا إذا كان الصنف بين الخمسة الأولى.",
    ),
    "clip.accuracy_zip": ("Zip of class-named folders", "ملف zip فيه مجلدات بأسماء الأصناف"),
    "clip.accuracy": ("Measure", "قِس الدقة"),
    "clip.accuracy_running": (
        "{done} pictures, {rate} a second",
        "{done} صورة، {rate} في الثانية",
    ),
    "clip.accuracy_nothing": ("Stopped before any picture.", "توقّف القياس قبل أي صورة."),
    "clip.accuracy_sum": (
        "Right at once: {top1} % · among five: {top5} % · {count} pictures in {classes} classes",
        "صحيحة من أول مرة: {top1}٪ · بين الخمسة: {top5}٪ · {count} صورة في {classes} صنفًا",
    ),
    "clip.accuracy_matrix": (
        "Rows are the truth, columns the answer, in the same order; darker is more often.",
        "الصفوف هي الحقيقة والأعمدة هي الجواب بالترتيب نفسه، والأغمق أكثر تكرارًا.",
    ),
    "clip.accuracy_table": ("Class by class", "صنفًا بعد صنف"),
    "clip.accuracy_class": ("Class", "الصنف"),
    "clip.accuracy_count": ("Pictures", "الصور"),
    "clip.accuracy_top1": ("Top-1", "الأول"),
    "clip.accuracy_top5": ("Top-5", "بين 5"),
    "clip.accuracy_taken_for": ("Mostly taken for", "أكثر ما يُظن"),
    "clip.empty_bars": (
        "Press Classify, and each picture gets its labels here.",
        "اضغط «صنّف» لتظهر تصنيفات كل صورة هنا.",
    ),
    "choice.one": ("one sentence", "جملة واحدة"),
    "choice.none": ("the bare label", "التصنيف وحده"),
    "choice.7": ("7 sentences", "7 جمل"),
    "choice.80": ("80 sentences", "80 جملة"),
    "choice.refuse": ("refuse", "ارفضها"),
    "choice.split": ("split and average", "اقسمها وخذ المتوسط"),
}
