"""The main job from start to finish: measure, align, measure again, report."""

from lawgiver.demo.pipeline import DemoConfig, run_demo

__all__ = ["DemoConfig", "run_demo"]
