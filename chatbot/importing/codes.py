"""Codes of languages (ISO 639, with or without a region) to the names that people say."""

from __future__ import annotations

import re

_NAMES = {
    code: line.split(":")[0].strip()
    for line in """
        English: en eng; Chinese: zh zho chi; Mandarin: cmn; Cantonese: yue; Japanese: ja jpn
        Korean: ko kor; French: fr fra fre; German: de deu ger; Spanish: es spa; Italian: it ita
        Portuguese: pt por; Russian: ru rus; Hindi: hi hin; Arabic: ar ara; Turkish: tr tur
        Dutch: nl nld dut; Swedish: sv swe; Danish: da dan; Norwegian: no nor nb nob
        Finnish: fi fin; Polish: pl pol; Czech: cs ces cze; Hungarian: hu hun; Greek: el ell gre
        Hebrew: he heb; Thai: th tha; Vietnamese: vi vie; Indonesian: id ind; Malay: ms msa may
        Tamil: ta tam; Telugu: te tel; Bengali: bn ben; Urdu: ur urd; Persian: fa fas per
        Ukrainian: uk ukr; Romanian: ro ron rum; Bulgarian: bg bul; Serbian: sr srp
        Croatian: hr hrv; Filipino: fil tl; Icelandic: is isl ice; Catalan: ca cat
        Latin: la lat; Mongolian: mn mon; Tibetan: bo bod
    """.replace("\n", ";").split(";")
    if ":" in line
    for code in line.split(":")[1].split()
}


def language_name(value: str) -> str:
    """The language's English name for its code; other values as they are.

    >>> language_name("en-US"), language_name("zho"), language_name("French")
    ('English', 'Chinese', 'French')
    """
    code = re.fullmatch(r"([a-z]{2,3})(?:[-_][A-Za-z]{2,4})?", value)
    return _NAMES.get(code.group(1), value) if code else value
