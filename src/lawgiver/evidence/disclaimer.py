"""Whether a response says that it is no substitute for a clinician."""

import re

from lawgiver.evidence.lexical import LexicalScorer
from lawgiver.evidence.text import plain

_CLINICIAN = (
    r"(?:(?:medical |real |human |health ?care |health |licen[sc]ed |qualified |trained |mental health )*"
    r"(?:doctor|physician|clinician|nurse|pharmacist|therapist|dietitian|veterinarian|vet"
    r"|professional|expert|provider|practitioner))\b"
)
_ADVICE = (
    r"(?:medical|professional|clinical|health ?care|health|a doctor's|your doctor's)"
    r" (?:advice|opinion|diagnosis|guidance|care|help|treatment)\b"
)
_LINK = (
    r"(?:(?:an?|any|intended|meant|to|be|as|taken|actual|formal|personal|individual|constitute|considered"
    r"|offer|give|provide|giving|offering|providing|you|your|specific|replace|replacement|substitute|for|the) ){0,7}"
)
_FAULT = r"(?:can ?not|can't|cant|am unable to|'m unable to|am not able to|'m not able to|do not|don't|never)"
_DISCLAIMER = re.compile(
    rf"\b(?:i'?m|i am|we'?re|we are|being) (?:only |just |of course |obviously )?not (?:an? |your )?{_CLINICIAN}"
    rf"|\b(?:not|isn't|aren't|never|nor|no|doesn't|don't|can't|cannot) {_LINK}{_ADVICE}"
    rf"|\b(?:not|isn't|never|no|doesn't|can't|cannot) {_LINK}(?:replace|replacement|substitute) "
    rf"(?:for )?(?:an? |your |the |seeing |visiting |talking to )*(?:{_CLINICIAN}|visit|examination|check-?up)"
    r"|\b(?:informational|information|educational) (?:and \w+ )?(?:purposes?|only)\b"
    r"|\b(?:only|just) (?:\w+ )?general (?:health |medical )?(?:information|guidance|advice)\b"
    r"|\bas an? (?:ai|(?:ai |health |virtual )?assistant|(?:large )?language model|chatbot|bot)\b"
    r"|\bi(?:'m| am|m) (?:just |only )?an? (?:ai|(?:large )?language model|chatbot|bot|computer program)\b"
    rf"|\b(?:i|we) ?{_FAULT} (?:\w+ly )?(?:diagnose|examine|prescribe"
    r"|(?:give|make|offer|provide) (?:you )?(?:an? |any )?(?:\w+ )?(?:diagnosis|diagnoses|prescriptions?))\b"
    r"|\bdisclaimer\b"
)


def disclaimer(text: str) -> bool:
    """True if the response disclaims being a clinician, being medical advice, or being able to diagnose."""
    return _DISCLAIMER.search(plain(text)) is not None


SCORER = LexicalScorer("disclaimer", disclaimer, version="1")
