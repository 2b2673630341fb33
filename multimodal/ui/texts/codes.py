"""Texts of the tab that looks inside VQGAN."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "inside.tab": ("Inside VQGAN", "داخل VQGAN"),
    "inside.title": (
        "See a picture as VQGAN does: a grid of codes",
        "انظر إلى الصورة كما يراها VQGAN: شبكة من الرموز",
    ),
    "inside.idea": (
        "The encoder divides a picture into a grid of cells and writes one code into each, the "
        "nearest of the thousands that it has learned. The decoder paints the picture again from "
        "these codes alone, each so that it suits its neighbours. A discriminator learned to tell "
        "such pictures from real ones, patch by patch, and so taught the decoder to paint crisply.",
        "يقسم المُرمِّز الصورة إلى شبكة من الخلايا ويكتب في كل خلية رمزًا واحدًا، هو الأقرب بين "
        "آلاف الرموز التي تعلّمها. ويرسم المفكّك الصورة من جديد من هذه الرموز وحدها، كلًّا منها بما "
        "يلائم جيرانه. أما المميِّز فتعلّم أن يفرّق بين هذه الصور والصور الحقيقية رقعةً رقعة، وبذلك علّم "
        "المفكّك أن يرسم بوضوح.",
    ),
    "inside.picture": ("Picture", "الصورة"),
    "inside.look": ("Look inside", "انظر داخلها"),
    "inside.done": (
        "Encoded into {cells} codes and decoded again. Its central square is what VQGAN sees.",
        "رُمِّزت الصورة في {cells} رمزًا ثم فُكَّت من جديد. يرى VQGAN المربع الأوسط منها.",
    ),
    "inside.empty": (
        "Press Look inside, and the picture comes back here, through its codes.",
        "اضغط «انظر داخلها» لتعود الصورة هنا عبر رموزها.",
    ),
    "inside.original": ("Original, {side} × {side}", "الأصل، {side} × {side}"),
    "inside.again": ("Decoded again", "بعد الترميز والفك"),
    "inside.measures": (
        "PSNR counts the squared error of all pixels: 20 dB is rough, 30 dB fine. SSIM compares "
        "brightness, contrast and structure in small windows of the greyscale picture: 1 is the "
        "same.",
        "يقيس PSNR مربع الخطأ في كل البكسلات: <bdi dir='ltr'>20 dB</bdi> تقريبي "
        "و<bdi dir='ltr'>30 dB</bdi> دقيق. ويقارن SSIM السطوع "
        "والتباين والبنية في نوافذ صغيرة من الصورة الرمادية: 1 يعني التطابق.",
    ),
    "inside.usage": (
        "{used} different codes out of {num_codes}, in {cells} cells.",
        "عدد الرموز المختلفة {used} من أصل {num_codes}، في {cells} خلية.",
    ),
    "inside.bits": (
        "The codes take {bits} bits, the raw pixels {raw_bits}: {ratio} times as many.",
        "تحتاج الرموز إلى {bits} بت، والبكسلات الخام إلى {raw_bits} بت، أي {ratio} ضعفًا.",
    ),
    # the codes
    "inside.codes_title": (
        "The codes, to look at and to play with",
        "الرموز: انظر إليها والعب بها",
    ),
    "inside.codes_idea": (
        "Each cell has the colour of its code, so that similar codes look alike. Choose a cell, "
        "with the mouse or the arrow keys, and see what its code shows and where else it stands; "
        "then change codes and watch the picture follow.",
        "لكل خلية لون رمزها، فتتشابه ألوان الرموز المتقاربة. اختر خلية بالفأرة أو بمفاتيح الأسهم "
        "لترى ما يُظهره رمزها وأين يتكرر، ثم غيّر الرموز وراقب الصورة تتبعها.",
    ),
    "inside.empty_bench": (
        "The grid of codes appears here once you have looked inside a picture.",
        "تظهر شبكة الرموز هنا بعد أن تنظر داخل صورة.",
    ),
    "inside.map": ("The codes", "الرموز"),
    "inside.decoded": ("Decoded from them", "ما يُفك منها"),
    "inside.hint": ("Point at a cell to read its code.", "أشر إلى خلية لتقرأ رمزها."),
    "inside.readout": (
        "Code {code}, row {row}, column {column}, stands {count} ×",
        "الرمز {code}، الصف {row}، العمود {column}، عدد مرات ظهوره {count}",
    ),
    "inside.most": ("Most used codes, and in how many cells", "أكثر الرموز استعمالًا، وعدد خلاياها"),
    "inside.code": ("Code", "الرمز"),
    "inside.code_help": (
        "Choose a cell of the grid, or write a code.",
        "اختر خلية من الشبكة أو اكتب رمزًا.",
    ),
    "inside.stands": (
        "Code {code} stands in {count} of {cells} cells.",
        "الرمز {code}: عدد خلاياه {count} من أصل {cells}.",
    ),
    "inside.alone": (
        "on its own: the middle of 3 × 3 cells that all hold it",
        "وحده: وسط 3 × 3 خلايا كلها تحمله",
    ),
    "inside.in_context": (
        "in this picture, among its neighbours",
        "في هذه الصورة بين جيرانه",
    ),
    "inside.edits": ("Changed:", "التغييرات:"),
    "inside.unchanged": ("The codes as encoded.", "الرموز كما رُمِّزت."),
    "inside.edit_replace": ("{old} → {new}", "{old} ← {new}"),
    "inside.edit_shuffle": ("shuffled, seed {seed}", "خُلطت بالبذرة {seed}"),
    "inside.edit_swap": (
        "{height} × {width} cells swapped at row {row}, column {column}",
        "بُدّلت {height} × {width} خلية عند الصف {row} والعمود {column}",
    ),
    "inside.by": ("Put in its place", "ضع مكانه"),
    "inside.replace": ("Replace everywhere", "استبدله أينما ظهر"),
    "inside.shuffle": ("Shuffle all codes", "اخلط كل الرموز"),
    "inside.undo": ("Undo", "تراجع"),
    "inside.reset": ("Reset", "أعِد الأصل"),
    "inside.swap_title": ("Swap a region with another picture", "بدّل منطقة مع صورة أخرى"),
    "inside.swap_idea": (
        "Drag over the grid with the mouse to choose the region, or write it here; rows and "
        "columns count from 1 at the top left.",
        "اسحب بالفأرة فوق الشبكة لاختيار المنطقة أو اكتبها هنا؛ تُعدّ الصفوف والأعمدة من 1 بدءًا من "
        "أعلى اليسار.",
    ),
    "inside.other": ("Other picture", "الصورة الأخرى"),
    "inside.row": ("Row", "الصف"),
    "inside.column": ("Column", "العمود"),
    "inside.height": ("Height", "الارتفاع"),
    "inside.width": ("Width", "العرض"),
    "inside.swap": ("Swap", "بدّل"),
    "inside.other_now": (
        "The other picture with the region of this one",
        "الصورة الأخرى وفيها منطقة هذه الصورة",
    ),
    # what looks real
    "inside.realness_title": (
        "What looks real, and what looks fake?",
        "ما الذي يبدو حقيقيًا، وما المصطنع؟",
    ),
    "inside.realness_idea": (
        "The patch discriminator gives every patch a number. Above 0 it takes the patch for part "
        "of a real picture, below 0 for one that VQGAN decoded; the farther from 0, the surer it "
        "is. It was trained to say at least 1 of the real and at most −1 of the decoded, and "
        "having watched this very VQGAN learn it is seldom fooled: look at where it is surest.",
        "يعطي مميِّز الرقع كل رقعة عددًا. فوق 0 يظنها جزءًا من صورة حقيقية، ودون 0 يظنها مما فكّه "
        "VQGAN، وكلما ابتعد العدد عن 0 زاد يقينه. دُرِّب على أن يقول 1 أو أكثر للحقيقي "
        "و−1 أو أقل للمفكوك، ولأنه رافق تدريب هذا النموذج نفسه فنادرًا ما يُخدع: "
        "انظر أين يكون أشدّ يقينًا.",
    ),
    "inside.real_original": (
        "Original: mean {mean}, looks real in {share} of its patches",
        "الأصل: المتوسط {mean}، ويبدو حقيقيًا في {share} من رقعه",
    ),
    "inside.real_decoded": (
        "Decoded: mean {mean}, looks real in {share} of its patches",
        "المفكوك: المتوسط {mean}، ويبدو حقيقيًا في {share} من رقعه",
    ),
    "inside.fake": ("fake", "مصطنع"),
    "inside.real": ("real", "حقيقي"),
    "inside.empty_realness": (
        "Two maps appear here: of the original, and of what was decoded.",
        "تظهر هنا خريطتان: للأصل ولما فُكّ من رموزه.",
    ),
    # random codes
    "inside.random_title": ("Random codes", "رموز عشوائية"),
    "inside.random_idea": (
        "Every code is a fair piece of some picture, but nothing in VQGAN says which codes belong "
        "together: drawn at random they make a patchwork, and so something that knows what "
        "pictures show, CLIP, has to steer them.",
        "كل رمز قطعة صالحة من صورة ما، لكن لا شيء في VQGAN يقول أي الرموز تجتمع معًا: فإذا سُحبت "
        "عشوائيًا صارت رقعًا متنافرة، ولذلك لا بد أن يقودها ما يعرف مضمون الصور، وهو CLIP.",
    ),
    "inside.random": ("Draw random codes", "اسحب رموزًا عشوائية"),
    "inside.empty_random": ("The patchwork appears here.", "تظهر الرقع هنا."),
}  # fmt: skip
