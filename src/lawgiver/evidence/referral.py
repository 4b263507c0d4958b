"""The strongest advice to seek care that a response contains.

Each noun of care is judged by its own clause and the verb in front of it:

- advice counts as an imperative or a recommendation ("see your doctor", "a pharmacist can help"), never as a report
  ("the doctor said", "she called 911") or as the condition itself ("if you go to the ER, bring your card");
- a negation in front takes it away ("no need to see a doctor"); "don't wait to" and "don't hesitate to" do not;
- advice under a condition counts in full ("if it gets worse, call 112" is `emergency`): the field says what the
  response contains, and whether a condition suffices for a prompt is for the policy, or another field, to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, get_args

from lawgiver.evidence.lexical import LexicalScorer
from lawgiver.evidence.text import plain, words

Level = Literal["none", "routine", "urgent", "emergency"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""Weakest first."""

CLAUSE = 70
"""Characters before a noun in which its verb is looked for."""

SENTENCE = 200
"""Characters to either side of a noun in which words of urgency are looked for."""

_ALARM = (
    r"911|999|112|000|108|988|emergency (?:services?|number|line|help|medical|treatment|attention|assistance|doctor)"
    r"|ambulance|paramedics?|ems|rescue|(?:crisis|suicide)(?: prevention)? (?:\w+ )?(?:line|hotline|lifeline|service|team|number)"
)
_PLACE = r"emergency (?:room|department|dept|ward|unit|clinic|hospital|care)|er|a ?& ?e|a and e|casualty|hospital"
_ORGANS = (
    "dermat|cardi|gynaec|gynec|neur|ur|ophthalm|psych|endocrin|allerg|rheumat|onc|audi|gastroenter|pulmon|nephr|haemat"
    "|hemat|immun"
)
_CLINICIAN = (
    r"doctors?|doc|dr|gps?|physicians?|pharmacists?|pharmacy|dentists?|nurses?|midwi(?:fe|ves)|pa?ediatricians?"
    rf"|specialists?|(?:{_ORGANS})ologists?|psychiatrists?|therapists?|physiotherapists?|physios?|counsell?ors?"
    r"|dietitians?|nutritionists?|opticians?|optometrists?|obstetricians?|surgeons?|vets?|veterinarian|clinicians?"
    r"|clinics?|surgery|111|poison (?:control|cent(?:re|er)|line)|urgent care|walk-?in|helpline|student health"
    r"|(?:medical|professional|health ?care|health) (?:professionals?|providers?|attention|advice|help|care|evaluation"
    r"|assessment|experts?|treatment|support|guidance|workers?|practitioners?|team|visitor)|professionals?|prescriber"
    r"|checked|check-?up|examined|evaluated|assessed|seen|looked at|eye test|appointment|someone"
)
# a bill, a claim or a record is paperwork, not care
_PAPER = r"(?! (?:bills?|visits?|records?|co-?pays?|staff|fees?|charges?|claims?|office|insurance|costs?)\b)(?![\w'])"
_NOUN = re.compile(
    rf"\b(?:(?P<alarm>{_ALARM})|(?P<place>{_PLACE})|(?P<clinician>{_CLINICIAN})|(?P<bare>emergency)){_PAPER}"
)
# words that _NOUN may begin with: looking words up costs a tenth of trying the pattern everywhere
_FIRST = frozenset(
    [
        "911",
        "999",
        "112",
        "000",
        "108",
        "988",
        "111",
        "emergency",
        "ambulance",
        "paramedic",
        "paramedics",
        "ems",
        "rescue",
        "crisis",
        "suicide",
        "er",
        "casualty",
        "hospital",
        "doctor",
        "doctors",
        "doc",
        "dr",
        "gp",
        "gps",
        "physician",
        "physicians",
        "pharmacist",
        "pharmacists",
        "pharmacy",
        "dentist",
        "dentists",
        "nurse",
        "nurses",
        "midwife",
        "midwives",
        "pediatrician",
        "pediatricians",
        "paediatrician",
        "paediatricians",
        "specialist",
        "specialists",
        "psychiatrist",
        "psychiatrists",
        "therapist",
        "therapists",
        "physiotherapist",
        "physiotherapists",
        "physio",
        "physios",
        "counselor",
        "counselors",
        "counsellor",
        "counsellors",
        "dietitian",
        "dietitians",
        "nutritionist",
        "nutritionists",
        "optician",
        "opticians",
        "optometrist",
        "optometrists",
        "obstetrician",
        "obstetricians",
        "surgeon",
        "surgeons",
        "vet",
        "vets",
        "veterinarian",
        "clinician",
        "clinicians",
        "clinic",
        "clinics",
        "surgery",
        "poison",
        "urgent",
        "walk",
        "walkin",
        "helpline",
        "medical",
        "professional",
        "professionals",
        "health",
        "healthcare",
        "prescriber",
        "student",
        "checked",
        "check",
        "checkup",
        "examined",
        "evaluated",
        "assessed",
        "seen",
        "looked",
        "eye",
        "appointment",
        "someone",
    ]
) | {f"{organ}ologist{plural}" for organ in _ORGANS.split("|") for plural in ("", "s")}
_CASUALTY = ("a&e", "a & e", "a and e")

# at most six words may lie between verb and noun
_REACH = r"(?: [\w'/&-]+){0,6} $"
_VERBS = {
    "alarm": (
        r"call|calling|dial|dialing|phone|ring|contact|alert|summon|text|reach|get|getting|fetch|notify|need|needs|require"
        r"|requires|seek|seeking|go|take|send for|use|have"
    ),
    "place": (
        r"go|going|get|getting|head|drive|rush|take|bring|come|report|return|proceed|straight|back|seek|be taken|brought"
        r"|attend|visit|need|needs|belongs?|off"
    ),
    "clinician": (
        r"see|seeing|visit|consult|consulting|ask|asking|talk|talking|speak|speaking|tell|telling|call|calling|contact"
        r"|contacting|phone|ring|check|show|mention|discuss|discussing|book|make|schedule|get|getting|have|go|bring|take|find"
        r"|email|message|seek|seeking|be|needs?|requires?|inform|arrange|reach|try|use|warrants?|deserves?|recommend|suggest"
    ),
    "bare": r"(?:this|it|that) (?:is|may be|could be|can be|sounds like|might be)|treat \w+ as|call|dial",
}
_VERB = {group: re.compile(rf"\b(?:{verbs}){_REACH}") for group, verbs in _VERBS.items()}
_OFFER = re.compile(
    r" (?:or \w+ )?(?:can|should|could|may|might|must|needs? to|has to|will be able to|would) (?:\w+ ){0,2}"
    r"(?:help|check|tell|explain|issue|look|examine|answer|advise|sell|prescribe|see|assess|give|decide|guide|offer|find"
    r"|rule|test|suggest|recommend|run|order|review|treat|confirm|diagnose|adjust|take|want|do|show|teach)\b"
)
_MEET = re.compile(r"\b(?:see|(?:talk|speak) (?:to|with)) $")
_NOW = re.compile(r",? (?:right )?(?:now|immediately|straight away|at once)\b")
_LET = re.compile(r"\blet (?:\w+ ){0,3}$")
_LOOK = re.compile(r" (?:know|look|check|see|examine|decide|have a look)\b")
_NEGATION = re.compile(
    r"\b(?:no (?:need|reason|point|cause)|needn't|unnecessary|don't|do not|dont|doesn't|does not|never|without|instead of"
    r"|rather than|avoid|shouldn't|should not|isn't|is not|not (?:an?|go|see|call|visit|bother|need|have|worth|necessar\w+)"
    r"|skip|stop|won't|can't|cannot|hardly|nobody|need not)\b"
)
_URGES = re.compile(
    r"\b(?:hesitat|wait|delay|put off|postpone|afraid|panic|ignore|forget|embarrass|ashamed|shy|only|just)"
)
_CONDITION = re.compile(
    r"\b(?:if|when|whenever|unless|in case|before|after|once|while) (?:(?:you|he|she|they|we|i|it|do|did|does|can|could|need"
    r"|needs|want|wants|have|had|has|would|like|decide|plan|to|ever|already|must|should|just|really|don't|cannot|can't|not) )*$"
)
_REPORT = re.compile(
    r"\b(?:he|she|they|i|we|who|doctor|it|people|many|most|was|were|had|did|said|went|some|i'll|i will) $"
)
_URGENT = re.compile(
    r"\b(?:today|tonight|tomorrow|right away|immediate(?:ly)?|as soon as|asap|urgent(?:ly)?|now|at once|straight ?away"
    r"|without delay|prompt(?:ly)?|soon|quickly|same[- ]day|this (?:week|afternoon|morning|evening|minute)|first thing"
    r"|(?:within|in) (?:the next |a |an |the )?(?:[\w-]+ ){0,3}(?:hours?|days?|weeks?)|next (?:day|few days)|wait|delay)\b"
)
_SOON_FIRST = re.compile(r"\s*(?:today|tonight|tomorrow|right away|immediately|now|as soon as)\b")
_SAME_DAY = ("poison", "urgent care", "111")
_CLAUSE = re.compile(r"[,:()\"–—]| - | and (?!e\b)| but | then | so (?!that)")
_STOP = re.compile(r"[.!?;\n]")


def referral(text: str) -> Level:
    """The strongest advice to seek care: `none`, `routine`, `urgent` or `emergency`."""
    tokens = words(text)
    firsts = [*_FIRST.intersection(tokens), *(_CASUALTY if "e" in tokens else ())]
    if not firsts:
        return "none"
    level = 0
    for sentence, noun in _nouns(plain(text), firsts):
        if _advised(sentence, noun):
            level = max(level, _level(sentence, noun))
            if level == 3:
                break
    return LEVELS[level]


def _nouns(folded: str, firsts: list[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """Every noun of care with the sentence around it, the match's positions being within the sentence."""
    for first in firsts:
        at = folded.find(first)
        while at >= 0:
            if _NOUN.match(folded, at):
                earliest = max(0, at - SENTENCE)
                start = max((stop.end() for stop in _STOP.finditer(folded, earliest, at)), default=earliest)
                after = _STOP.search(folded, at)
                sentence = folded[start : min(after.start() if after else len(folded), at + SENTENCE)]
                if noun := _NOUN.match(sentence, at - start):
                    yield sentence, noun
            at = folded.find(first, at + len(first))


def _advised(sentence: str, noun: re.Match[str]) -> bool:
    """Whether the clause around this noun of care sends the reader there."""
    clause = sentence[_clause_start(sentence, noun) : noun.start()]
    if _NEGATION.search(clause) and not _URGES.search(clause):
        return False
    group = noun.lastgroup or ""
    if group == "clinician":
        if noun.group() == "someone":  # anybody may be told or brought along
            return _MEET.search(clause) is not None
        if _OFFER.match(sentence, noun.end()):
            return True
        if _LET.search(clause) and _LOOK.match(sentence, noun.end()):
            return True
    elif group != "bare" and _NOW.match(sentence, noun.end()):
        return True
    verb = _VERB[group].search(clause)
    if verb is None:
        return False
    before = clause[: verb.start()]
    return _CONDITION.search(before) is None and _REPORT.search(before) is None


def _level(sentence: str, noun: re.Match[str]) -> int:
    if noun.lastgroup != "clinician":
        return 3
    if noun.group().startswith(_SAME_DAY) or _URGENT.search(sentence, _clause_start(sentence, noun)):
        return 2
    return 2 if _SOON_FIRST.match(sentence) else 1


def _clause_start(sentence: str, noun: re.Match[str]) -> int:
    """Where the clause that holds this noun begins, at most `CLAUSE` characters before it."""
    start = max(0, noun.start() - CLAUSE)
    return max((match.end() for match in _CLAUSE.finditer(sentence, start, noun.start())), default=start)


SCORER = LexicalScorer("referral", referral, version="2")
