"""Letters of other scripts that look like Latin ones, and the other way round; a table of this project's own.

`CLOSE` letters are the same to the eye in most typefaces. `NEAR` ones only remind of a Latin letter; they are read as
one only in a word that is Latin otherwise.
"""

from __future__ import annotations


def _table(foreign: str, latin: str) -> dict[str, str]:
    return dict(zip(foreign.split(), latin.split(), strict=True))


CYRILLIC = _table(
    "а е о р с у х і ј ѕ һ ԁ ԛ ԝ ӏ ѵ ԍ ո А В Е К М Н О Р С Т Х У І Ј Ѕ Ԁ Ԛ Ԝ Ӏ Ѵ Ү ү",
    "a e o p c y x i j s h d q w l v g n A B E K M H O P C T X Y I J S D Q W l V Y y",
)
GREEK = _table(
    "ο ν ι υ ρ ϲ ϳ Α Β Ε Ζ Η Ι Κ Μ Ν Ο Ρ Τ Υ Χ Ϲ Ϳ",
    "o v i u p c j A B E Z H I K M N O P T Y X C J",
)
OTHERS = _table(
    "օ ս հ ց զ ք Ꭺ Ᏼ Ꮯ Ꭼ Ꮐ Ꮋ Ꭻ Ꮶ Ꮮ Ꮇ Ꮲ Ꮪ Ꭲ Ꮩ Ꮃ Ꮓ ⲟ ⲣ ⲥ Ⲟ Ⲣ Ⲥ Ⲕ Ⲙ Ⲛ Ⲧ",
    "o u h g q p A B C E G H J K L M P S T V W Z o p c O P C K M N T",
)
CLOSE = CYRILLIC | GREEK | OTHERS
NEAR = _table(
    "к м т н в п г и ь ш α β γ ε η κ μ τ ω χ σ Λ",
    "k m t h b n r u b w a b y e n k u t w x o A",
)
_COMMON = "аеорсухіјѕАВЕКМНОРСТХУІЈЅ"  # those of today's alphabets
TO_CYRILLIC = {latin: letter for letter, latin in CYRILLIC.items() if letter in _COMMON} | {"k": "к"}
TO_GREEK = {latin: letter for letter, latin in GREEK.items() if letter not in "ϲϳϹͿ"} | {"a": "α", "k": "κ", "x": "χ"}

# Latin letters that are drawn as small capitals or turned round. Phonetic alphabets and some orthographies have them
# too, so a word must hold many, or be a known one, before they are read as plain ones.
SMALL = _table(
    "ᴀ ʙ ᴄ ᴅ ᴇ ꜰ ɢ ʜ ɪ ᴊ ᴋ ʟ ᴍ ɴ ᴏ ᴘ ǫ ʀ ꜱ ᴛ ᴜ ᴠ ᴡ ʏ ᴢ ɑ ɡ",
    "a b c d e f g h i j k l m n o p q r s t u v w y z a g",
)
TURNED = _table("ɐ ɔ ǝ ɟ ɥ ᴉ ʞ ɯ ɹ ʇ ʌ ʍ ʎ ı q p u n b d", "a c e f h i k m r t v w y i b d n u q p")
BOXED = {
    chr(start + i): chr(ord("A") + i)
    for start in (0x1F150, 0x1F170, 0x1F1E6)  # white on black, in circles and in boxes; regional indicators
    for i in range(26)
}
