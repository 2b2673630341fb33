"""Texts of the gallery tab."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "gallery.tab": ("Gallery search", "البحث في الصور"),
    "gallery.title": (
        "Find pictures by words, by a picture, or by a sum of both",
        "اعثر على الصور بالكلمات أو بصورة أو بمجموعهما",
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
    "gallery.example": ("Add examples", "أضف الأمثلة"),
    "gallery.server_folder": ("Folder on this computer", "مجلد على هذا الحاسوب"),
    "gallery.server_folder_info": (
        "Read where it is, without uploading. Only offered when nobody else can reach this page.",
        "يُقرأ في مكانه دون رفع. لا يظهر هذا الخيار إلا حين لا يصل إلى الصفحة أحد سواك.",
    ),
    "gallery.server_folder_add": ("Add this folder", "أضف هذا المجلد"),
    "gallery.clear": ("Empty the gallery", "أفرِغ المعرض"),
    "gallery.empty": (
        "The gallery is empty. Add your own pictures, or start with the examples.",
        "المعرض فارغ. أضف صورك أو ابدأ بالأمثلة.",
    ),
    "gallery.empty_hits": (
        "What is found will be shown here.",
        "ستظهر هنا نتائج البحث.",
    ),
    "gallery.indexing": (
        "{done} of {total} files, {indexed} added, {rate} pictures/s, {left} s left",
        "{done} من {total} ملفًا، أُضيف {indexed}، بسرعة {rate} صورة في الثانية، بقي {left} ث",
    ),
    "gallery.indexed": (
        "{total} pictures in the gallery; {indexed} added just now in {seconds} s, {rate}/s.",
        "في المعرض {total} صورة؛ أُضيف {indexed} الآن خلال {seconds} ث، بسرعة {rate} في الثانية.",
    ),
    "gallery.holds": ("{total} pictures in the gallery.", "في المعرض {total} صورة."),
    "gallery.query": ("Search by words", "ابحث بالكلمات"),
    "gallery.query_placeholder": (
        "e.g. something to eat, or: fruit + basket - red",
        "مثلًا: شيء يؤكل، أو: فاكهة + سلة - أحمر",
    ),
    "gallery.search": ("Search", "ابحث"),
    "gallery.query_pictures": ("With a picture, or several", "مع صورة أو أكثر"),
    "gallery.query_pictures_label": ("Pictures to search by: #1, #2 …", "صور البحث: #1 و#2 …"),
    "gallery.arithmetic": (
        "Write sums with spaces round the signs: <code>beach + sunset - people</code>, "
        "<code>2*red car</code>. The pictures you give are <code>#1</code>, <code>#2</code>: "
        "<code>#1 + snow</code>. Without words, or unless named, they are simply added.",
        "اكتب المجاميع بمسافات حول الإشارات: <b>شاطئ + غروب - ناس</b> أو "
        "<b>2*سيارة حمراء</b>. والصور التي تضيفها هي <code>#1</code> و<code>#2</code>: "
        "<b>#1 + ثلج</b>. وإن لم تذكرها جُمعت إلى الكلمات.",
    ),
    "gallery.how": ("How is a hit judged?", "كيف يُحكم على النتيجة؟"),
    "gallery.how_text": (
        "The number on a picture is the cosine between it and your query. Alone it means little, "
        "so each cosine is held against two others: what this picture gets for about a hundred "
        "everyday captions, and what the rest of your gallery gets for this query. A picture is "
        "listed when it stands out from both by so many standard deviations that chance does not "
        "explain it; with one such picture found, others nearly as good are listed too. "
        "Strictness 0 lists everything, 2 only the surest.",
        "العدد المكتوب على الصورة هو جيب التمام بينها وبين بحثك. وهو وحده لا يعني كثيرًا، لذا يُقارن "
        "بأمرين: ما تناله الصورة نفسها مع نحو مئة وصف عام، وما تناله بقية صور معرضك مع هذا البحث. "
        "تُعرض الصورة إذا تميّزت عنهما بعدد من الانحرافات المعيارية لا تفسّره المصادفة، ومتى وُجدت "
        "واحدة كهذه عُرض معها ما يقاربها. عند التشدد 0 يُعرض كل شيء، وعند 2 لا يُعرض إلا الأوثق.",
    ),
    "gallery.found": ("Found: {count}", "عدد النتائج: {count}"),
    "gallery.none": (
        "Nothing in the gallery fits well. The nearest:",
        "لا شيء في المعرض يطابق بحثك جيدًا. أقرب الصور:",
    ),
    "gallery.all": (
        "In the gallery: {total}, shown: {count}",
        "في المعرض: {total}، المعروض: {count}",
    ),
    "gallery.open": ("Full size", "بالحجم الكامل"),
    "gallery.alike": ("+{count} alike", "+{count} مشابهة"),
    "gallery.choose": ("Choose", "اختر"),
    "gallery.zip": ("Download as zip", "نزّل ملف zip"),
    "gallery.copy": ("Copy paths", "انسخ المسارات"),
    "gallery.remove": ("Remove chosen", "احذف المختار"),
    "gallery.chosen_hint": (
        "Select a picture to search for others like it. Download and copy take the chosen "
        "pictures, or all that are shown.",
        "انقر صورة للبحث عمّا يشبهها. ويشمل التنزيل والنسخ الصور المختارة، أو كل المعروض.",
    ),
    "gallery.missing": (
        "Left out of the zip, as their files are no longer kept: {count}",
        "لم تدخل الملف المضغوط لأن ملفاتها لم تعد محفوظة: {count}",
    ),
    "gallery.only_small": (
        "The original file is no longer kept; this is its thumbnail.",
        "لم يعد الملف الأصلي محفوظًا، وهذه صورته المصغّرة.",
    ),
    "gallery.close": ("Close", "أغلق"),
}
