"""Whether a constraint holds, with stated confidence, on exchanges that nobody chose by.

Costs of an evaluation run in, PASS, FAIL or NO SOLUTION out, with the bounds and what they hold for.
"""

from lawgiver.align.certify.config import CertifyConfig
from lawgiver.align.certify.decide import decide
from lawgiver.align.certify.finding import Finding, overall
from lawgiver.align.certify.prepare import Prepared, prepare
from lawgiver.align.certify.run import CERTIFICATE, certify, check_untouched

__all__ = [
    "CERTIFICATE",
    "CertifyConfig",
    "Finding",
    "Prepared",
    "certify",
    "check_untouched",
    "decide",
    "overall",
    "prepare",
]
