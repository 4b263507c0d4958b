"""Thresholds that mean something: temperatures, false-positive rates and a bound on what is missed, by language."""

from lawgiver.guard.calibrate.conformal import pass_below
from lawgiver.guard.calibrate.fit import fit_output
from lawgiver.guard.calibrate.run import calibrate, check_guard, held_out, prepare
from lawgiver.guard.calibrate.scale import fit_scale, log_odds
from lawgiver.guard.calibrate.stored import write_calibration
from lawgiver.guard.calibrate.threshold import allowed_false, flag_above
from lawgiver.models.classifier.calibration import Calibration, Fit, OutputFit, read_calibration
from lawgiver.models.classifier.calibration_settings import CalibrationSettings

__all__ = [
    "Calibration",
    "CalibrationSettings",
    "Fit",
    "OutputFit",
    "allowed_false",
    "calibrate",
    "check_guard",
    "fit_output",
    "fit_scale",
    "flag_above",
    "held_out",
    "log_odds",
    "pass_below",
    "prepare",
    "read_calibration",
    "write_calibration",
]
