"""Pictures, files, codes and galleries: what errors say of them, and its Arabic."""

from __future__ import annotations

ARABIC: dict[str, str] = {
    # pictures
    "No picture was given; choose at least one.": "لم تُقدَّم أي صورة؛ اختر واحدة على الأقل.",
    "No picture was given; upload at least one.": "لم تُقدَّم أي صورة؛ ارفع واحدة على الأقل.",
    "None of the pictures could be read.": "تعذّرت قراءة أي من الصور.",
    "{source} carries no settings; choose a PNG file that was saved by this lab.": (
        "لا يحمل {source} إعدادات؛ اختر ملف PNG حُفظ بهذا المختبر."
    ),
    "{source} is empty (0 bytes); choose another file.": (
        "وصل {source} فارغًا (0 بايت)؛ اختر ملفًا آخر."
    ),
    "{source} has no pixels ({width} x {height}); choose another.": (
        "لا بكسلات في {source} ({width} × {height})؛ اختر غيره."
    ),
    "{source} has {megapixels:.1f} megapixels ({width} x {height}), and at most {most:g} are "
    "allowed; scale it down first.": (
        "في {source} عدد {megapixels:.1f} ميغابكسل ({width} × {height})، والحد الأقصى {most:g}؛ "
        "صغّر الصورة أولًا."
    ),
    "{source} has more than the {most:g} megapixels allowed; scale it down first.": (
        "يتجاوز {source} الحد المسموح ({most:g} ميغابكسل)؛ صغّر الصورة أولًا."
    ),
    "{source} is not a picture this lab can read; use {formats} or {last_format}.": (
        "ليس {source} صورة يستطيع المختبر قراءتها؛ استخدم {formats} أو {last_format}."
    ),
    "{source} is damaged or incomplete; save it again or choose another.": (
        "يبدو {source} تالفًا أو ناقصًا؛ احفظه من جديد أو اختر غيره."
    ),
    "{source} is not a file; check its name and folder.": (
        "ليس {source} ملفًا؛ تحقّق من اسمه ومجلده."
    ),
    "{source} may not be read; change its permissions.": "لا يُسمح بقراءة {source}؛ غيّر صلاحياته.",
    "The picture": "الملف",
    "A file was not uploaded; send it with gradio_client.handle_file.": (
        "ملف لم يُرفع؛ أرسله عبر gradio_client.handle_file."
    ),
    # files left out
    "cannot be opened ({why})": "لا يمكن فتحه ({why})",
    "cannot be read": "لا تمكن قراءته",
    "does not exist or is not a file": "غير موجود أو ليس ملفًا",
    "has {size:.0f} MB, over the limit of {limit} MB": (
        "حجمه {size:.0f} ميغابايت ويتجاوز الحد {limit} ميغابايت"
    ),
    "has a path that leads out of the archive": "مساره يقود إلى خارج الأرشيف",
    "is a symbolic link": "رابط رمزي",
    "is already in the gallery": "موجود في المعرض من قبل",
    "is an archive inside an archive": "أرشيف داخل أرشيف",
    "is beyond the limit of {limit} pictures": "يتجاوز الحد وهو {limit} صورة",
    "and all after it are beyond the limit of {limit} pictures": (
        "وما بعده يتجاوز الحد وهو {limit} صورة"
    ),
    "is compressed in an unusual way": "مضغوط بطريقة غير معتادة",
    "is damaged": "تالف",
    "is encrypted": "مُعمّى بكلمة سر",
    "is not a picture file": "ليس ملف صورة",
    "is not a readable zip archive": "ليس أرشيف zip صالحًا للقراءة",
    "holds {entries} entries, far too many for pictures": (
        "فيه {entries} مدخلًا وهذا أكثر بكثير مما للصور"
    ),
    "unpacks to more than {limit} MB or {ratio} times its size; the rest of it is left out": (
        "يتجاوز بعد فكه {limit} ميغابايت أو {ratio} ضعف حجمه؛ تُرك الباقي"
    ),
    "unpacks to more than {ratio} times its size": "يتجاوز بعد فكه {ratio} ضعف حجمه",
    "unpacks to more than {limit} MB": "يتجاوز بعد فكه {limit} ميغابايت",
    "lies in no class-named folder": "ليس في مجلد يحمل اسم صنف",
    "There are not two class-named folders with pictures in them; put each class's pictures into "
    "a folder of its name.": "لا يوجد مجلدان باسمي صنفين وفيهما صور؛ ضع صور كل صنف في مجلد باسمه.",
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
    "There are {count} changes already; undo some, or reset, before the next.": (
        "أُجري {count} تغيير حتى الآن؛ تراجع عن بعضها أو أعِد الأصل قبل التغيير التالي."
    ),
    "The {name} is empty; write a whole number.": "خانة {name} فارغة؛ اكتب عددًا صحيحًا.",
    "There is no code {code}; codes go from 0 to {last}.": (
        "لا يوجد رمز {code}؛ تمتد الرموز من 0 إلى {last}."
    ),
    "Code {code} stands nowhere in this picture; choose one that does.": (
        "لا يظهر الرمز {code} في هذه الصورة؛ اختر رمزًا يظهر فيها."
    ),
    "The region's {name} is {value}; it must be between 1 and {most}.": (
        "قيمة {name} في المنطقة هي {value}؛ يجب أن تكون بين 1 و{most}."
    ),
    "The region reaches to row {row} and column {column}, and the picture has {rows} rows and "
    "{columns} columns; make it smaller or move it.": (
        "تمتد المنطقة إلى الصف {row} والعمود {column}، وفي الصورة {rows} صفًا و{columns} عمودًا؛ "
        "صغّرها أو حرّكها."
    ),
    "{knob} is {text!r}; write two codes as 12:340.": (
        "قيمة {knob} هي {text!r}؛ اكتب رمزين على هذا النحو 12:340."
    ),
    "code": "الرمز",
    "new code": "الرمز الجديد",
    "seed": "البذرة",
    "row": "الصف",
    "column": "العمود",
    "height": "الارتفاع",
    "width": "العرض",
    # galleries
    "The gallery is empty; add pictures first.": "المعرض فارغ؛ أضف صورًا أولًا.",
    "The search is empty; give words or a picture.": "البحث فارغ؛ قدّم كلمات أو صورة.",
    "That picture is no longer in the gallery; search again.": (
        "لم تعد هذه الصورة في المعرض؛ ابحث من جديد."
    ),
    "The file of {source} is no longer kept or has changed; add it again to see it in full.": (
        "ملف {source} لم يعد محفوظًا أو تغيّر؛ أضفه من جديد لتراه كاملًا."
    ),
    "Folders of the server are only read for its own user; upload it.": (
        "لا تُقرأ مجلدات الخادم إلا لمن يجلس إليه؛ ارفع المجلد."
    ),
    "{folder} is no folder here; write its full path.": (
        "ليس {folder} مجلدًا هنا؛ اكتب مساره كاملًا."
    ),
    "The name": "الاسم",
    "The folder examples is missing; restore it from the repository.": (
        "مجلد الأمثلة examples مفقود؛ استعده من المستودع."
    ),
    "The ids must be a list; take them from a search.": (
        "يجب أن تكون المعرّفات قائمة؛ خذها من نتائج بحث."
    ),
}
