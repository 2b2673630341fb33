"""Settings, generators and models: what errors say of them, and its Arabic."""

from __future__ import annotations

ARABIC: dict[str, str] = {
    # settings
    "{knob} is {value}; it must be {allowed}.": "قيمة {knob} هي {value}؛ يجب أن تكون {allowed}.",
    "{knob} is {value}, and this deployment allows at most {limit}; choose {limit} or less, or "
    "run the lab on your own machine.": (
        "قيمة {knob} هي {value}، والحد الأقصى هنا {limit}؛ اختر {limit} أو أقل، أو شغّل المختبر "
        "على جهازك."
    ),
    "a huge number": "عدد هائل",
    "a whole number between {low} and {high}": "عددًا صحيحًا بين {low} و{high}",
    "a number between {low} and {high}": "عددًا بين {low} و{high}",
    "a multiple of {step} between {low} and {high}": "من مضاعفات {step} بين {low} و{high}",
    "between {low} and {high}": "بين {low} و{high}",
    "one of {options}": "واحدة من: {options}",
    "text that contains {once} exactly once": "نصًا فيه {once} مرة واحدة بالضبط",
    "text": "نصًا",
    "true or false": "نعم أو لا",
    "{knob} is {text!r}; write four whole numbers as 1,1,8,8: x, y, width, height.": (
        "قيمة {knob} هي {text!r}؛ اكتب أربعة أعداد صحيحة على هذا النحو 1,1,8,8: س وص والعرض "
        "والارتفاع."
    ),
    # generators
    "{knob} is {value}; this VQGAN paints multiples of {factor}.": (
        "قيمة {knob} هي {value}؛ يرسم هذا النموذج مضاعفات {factor}."
    ),
    "The memory does not suffice for this painting; lower width, height, num_cutouts or "
    "restarts.": ("لا تكفي الذاكرة لهذه اللوحة؛ قلّل العرض أو الارتفاع أو القصاصات أو المحاولات."),
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
    "VQGAN+CLIP diverged (the loss is no longer a number); lower learning_rate.": (
        "تباعد VQGAN+CLIP (لم تعد الخسارة عددًا)؛ خفّض معدل التعلّم."
    ),
    # models
    "{name} holds no CLIP; name a preset or a folder that does.": (
        "لا يحوي {name} نموذج CLIP؛ سمِّ إعدادًا أو مجلدًا فيه واحد."
    ),
    "Preset {name!r} is unknown; choose one of {known}, or a folder that holds a CLIP checkpoint "
    "in the hub's layout, a VQModel of diffusers, or folders clip, vqgan, dalle.": (
        "الإعداد {name!r} غير معروف؛ اختر واحدًا من {known}، أو مجلدًا فيه نموذج CLIP بترتيب "
        "Hugging Face أو VQModel من diffusers أو المجلدات clip وvqgan وdalle."
    ),
    "Precision {precision!r} is unknown; choose one of {known}.": (
        "الدقة {precision!r} غير معروفة؛ اختر واحدة من {known}."
    ),
    "Token precision {precision!r} is unknown; choose one of {known}.": (
        "دقة الرموز {precision!r} غير معروفة؛ اختر واحدة من {known}."
    ),
    "Token precision fp16 is for x86 processors, and this is none; choose fp32.": (
        "دقة الرموز fp16 لمعالجات x86، وهذا المعالج ليس منها؛ اختر fp32."
    ),
    "Precision {precision} would make the embedded CLIP less exact and hardly faster; choose "
    "fp32, or a preset whose CLIP is a vision transformer.": (
        "تجعل الدقة {precision} نموذج CLIP المضمّن أقل إحكامًا دون أن تسرّعه كثيرًا؛ اختر fp32 أو "
        "إعدادًا نموذجه محوّل بصري."
    ),
    "Precision {precision} is for a CPU, and the device is {device}; choose fp32 or the device "
    "cpu.": "الدقة {precision} للمعالج المركزي والجهاز هو {device}؛ اختر fp32 أو الجهاز cpu.",
    "Device {name!r} cannot be used here; choose auto or cpu.": (
        "لا يمكن استخدام الجهاز {name!r} هنا؛ اختر auto أو cpu."
    ),
    "No {what} checkpoint {source} can be read {where}; check the name and, for a first "
    "download, the connection.": (
        "تعذّرت قراءة أوزان {what} من {source} {where}؛ تحقّق من الاسم، وعند التنزيل أول مرة من "
        "الاتصال."
    ),
    "in this folder": "في هذا المجلد",
    "on the hub or in its cache": "على Hugging Face أو في نسخته المحفوظة",
    "{folder} holds no {kind} checkpoint ({file} is missing).": (
        "لا يحوي {folder} أوزان {kind} (الملف {file} مفقود)."
    ),
    "{folder} does not hold a {kind} checkpoint.": "لا يحوي {folder} أوزان {kind}.",
    "{path} is missing; restore it from the repository.": "الملف {path} مفقود؛ استعده من المستودع.",
    "{path} is not the file that manifest.json names (its sha256 differs); restore it from the "
    "repository.": (
        "الملف {path} ليس ما يسمّيه manifest.json (تختلف بصمته sha256)؛ استعده من المستودع."
    ),
    "{path} cannot be loaded: {reason}": "لا يمكن تحميل {path}: {reason}",
    "{source} is a {kind}, not a CLIP; choose a checkpoint with an image and a text tower.": (
        "النموذج {source} من نوع {kind} وليس CLIP؛ اختر نموذجًا فيه برج للصور وبرج للنصوص."
    ),
    "{source} is a VQModel of another kind (its norms are {norms}, its channels {channels}); "
    "choose one with group norms and 3 channels.": (
        "النموذج {source} من نوع VQModel آخر (تطبيعه {norms} وقنواته {channels})؛ اختر نموذجًا "
        "بتطبيع المجموعات وثلاث قنوات."
    ),
    "This CLIP reads texts by the package {package}, which is missing; install it with pip install "
    "{package}.": (
        "يقرأ CLIP هذا النصوص بالحزمة {package} وهي مفقودة؛ ثبّتها بالأمر pip install {package}."
    ),
    "The token model {source} knows codes that its VQGAN does not have.": (
        "يعرف نموذج الرموز {source} رموزًا ليست في VQGAN المرافق له."
    ),
}
