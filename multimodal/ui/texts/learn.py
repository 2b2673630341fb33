"""Texts of the tab that trains a toy CLIP live, and the names of the drawing styles."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "learn.tab": ("Learn live", "تعلّم مباشر"),
    "learn.title": ("Watch a small CLIP learn", "شاهد نموذج CLIP صغيرًا يتعلّم"),
    "learn.idea": (
        "Two small nets start from random numbers: one turns pictures into vectors, the other "
        "names. Each step shows them one picture of every emoji with its name; each picture is "
        "pulled towards its own name and pushed away from all others, which is all that CLIP is "
        "trained to do. Press Start and watch the diagonal appear, then see whether the net knows "
        "the same things in a drawing style it never saw.",
        "تبدأ شبكتان صغيرتان من أعداد عشوائية: إحداهما تحوّل الصور إلى متجهات والأخرى تحوّل "
        "الأسماء. وفي كل خطوة تريان صورة واحدة لكل إيموجي مع اسمه، فتُشدّ كل صورة إلى اسمها وتُدفع عن "
        "سائر الأسماء، وهذا كل ما يُدرَّب عليه CLIP. اضغط «ابدأ» وشاهد القطر يظهر، ثم انظر هل تعرف "
        "الشبكة الأشياء نفسها بأسلوب رسم لم تره قط.",
    ),
    "learn.running": (
        "Step {step} of {total} · {rate} steps/s · {left} s left",
        "الخطوة {step} من {total} · {rate} خطوة/ث · بقي {left} ث",
    ),
    "learn.done": (
        "Trained for {steps} steps in {seconds} s.",
        "تدرّبت {steps} خطوة في {seconds} ث.",
    ),
    "learn.stopped": (
        "Stopped after {steps} steps, {seconds} s, and tested as it is.",
        "أُوقف التدريب بعد {steps} خطوة خلال {seconds} ث، واختُبرت الشبكة كما هي.",
    ),
    "learn.ended.time": (
        "The time allowed here was over.",
        "انتهى الوقت المسموح به هنا.",
    ),
    "learn.matrix": (
        "Cosine of every picture with every name: {size}",
        "جيب تمام الزاوية بين كل صورة وكل اسم: {size}",
    ),
    "learn.matrix_help": (
        "These are pictures it trains on. A frame marks the true pairs; a dot is the name that "
        "comes first for a picture. Trained well, every dot lies in a frame.",
        "هذه صور تتدرّب عليها الشبكة. الإطار يحدّد الأزواج الصحيحة، والنقطة هي الاسم الأقرب إلى "
        "الصورة. فإذا أُحسن التدريب وقعت كل نقطة داخل إطار.",
    ),
    "learn.loss": ("Contrastive loss", "الخسارة التباينية"),
    "learn.loss_now": ("Loss, last steps", "الخسارة، آخر الخطوات"),
    "learn.loss_chance": ("guessing: {formula}", "التخمين: {formula}"),
    "learn.recall": ("Own name first, last 10 batches", "الاسم الصحيح أولًا، آخر 10 دفعات"),
    "learn.temperature": ("Temperature", "الحرارة"),
    "learn.meaning": (
        "At first every name fits every picture about equally well. Who guesses among {n} names "
        "has the loss {formula}, the dashed line; random opinions cost a little more. A "
        "loss near 0 means that each picture is sure of its own name, and each name of its "
        "picture.",
        "في البداية يناسب كل اسم كل صورة بالقدر نفسه تقريبًا. ومن يخمّن وعدد الأسماء {n} تكون خسارته "
        "{formula}، وهي الخط المتقطّع، والآراء العشوائية تكلّف أكثر قليلًا. أما الخسارة "
        "القريبة من الصفر فتعني أن كل صورة واثقة من اسمها وكل اسم واثق من صورته.",
    ),
    "learn.test": ("The test: a style it never saw", "الاختبار: أسلوب لم تره الشبكة"),
    "learn.test_waits": (
        "After the training, each of these gets the name that the net finds nearest.",
        "بعد التدريب تنال كل صورة منها الاسم الذي تجده الشبكة أقرب إليها.",
    ),
    "learn.test_result": (
        "{correct} of {n} right; guessing gets 1 of {n}.",
        "أصابت {correct} من {n}؛ والتخمين يصيب 1 من {n}.",
    ),
    "learn.right": ("right", "صحيح"),
    "learn.wrong": ("wrong", "خطأ"),
    "learn.truth": ("it is:", "بل:"),
    "choice.fluent-3d": ("Fluent 3D", "فلوينت المجسّم (Fluent 3D)"),
    "choice.fluent-flat": ("Fluent flat", "فلوينت المسطّح (Fluent)"),
    "choice.noto": ("Noto", "نوتو (Noto)"),
    "choice.twemoji": ("Twemoji", "تويموجي (Twemoji)"),
    "choice.emojione": ("EmojiOne", "إيموجي ون (EmojiOne)"),
    "choice.fxemoji": ("FxEmoji", "إف إكس إيموجي (FxEmoji)"),
}
