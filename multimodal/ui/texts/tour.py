"""Texts of the guided tour."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "tour.start": ("Take the tour: five steps", "جولة من خمس خطوات"),
    "tour.next": ("Next", "التالي"),
    "tour.back": ("Back", "السابق"),
    "tour.end": ("End the tour", "أنهِ الجولة"),
    "tour.count": ("{step} of {total}", "{step} من {total}"),
    "tour.clip": (
        "<b>CLIP compares.</b> Three pictures and three captions became lists of numbers, and "
        "the table says how well each two point the same way. The strawberry's own caption "
        "should win its column.",
        "<b>CLIP يقارن.</b> صارت ثلاث صور وثلاثة أوصاف قوائم من الأعداد، ويقول الجدول كم يتفق "
        "اتجاه كل اثنتين منها. ينبغي أن يفوز وصف الفراولة في عمودها.",
    ),
    "tour.gallery": (
        "<b>The same numbers search.</b> The example pictures are being indexed; then the words"
        " “a strawberry” find the nearest of them. Nobody has tagged any picture.",
        "<b>والأعداد نفسها تبحث.</b> تُفهرَس صور الأمثلة الآن، ثم تجد كلمة «فراولة» أقربها "
        "إليها. ولم يضع أحد وسمًا على أي صورة.",
    ),
    "tour.inside": (
        "<b>VQGAN turns a picture into codes and back.</b> The strawberry is now 256 codes. "
        "Point at a cell to see which code it holds, and scroll down to change some.",
        "<b>VQGAN يحوّل الصورة إلى رموز ثم يعيدها.</b> صارت الفراولة 256 رمزًا. أشِر إلى خانة "
        "لترى رمزها، وانزل في الصفحة لتغيّر بعضها.",
    ),
    "tour.paint": (
        "<b>CLIP steers VQGAN.</b> From a grey disc, CLIP's gradient changes the codes step by "
        "step until the picture fits “a strawberry”. The curve is the guide's score.",
        "<b>CLIP يقود VQGAN.</b> انطلاقًا من قرص رمادي يغيّر تدرُّج CLIP الرموز خطوة بعد خطوة "
        "حتى تطابق الصورة كلمة «فراولة». والمنحنى درجة الدليل.",
    ),
    "tour.dalle": (
        "<b>DALL-E writes the codes instead.</b> One transformer reads your words and goes on "
        "with the picture's tokens, row by row; CLIP ranks the four at the end. In Compare you "
        "can set both side by side.",
        "<b>أما DALL-E فيكتب الرموز كتابة.</b> محوِّل واحد يقرأ كلماتك ثم يتابع برموز الصورة "
        "صفًا بعد صف، ويرتّب CLIP الصور الأربع في النهاية. ويمكنك في «المقارنة» وضع الطريقتين "
        "جنبًا إلى جنب.",
    ),
}
