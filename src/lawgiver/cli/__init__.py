"""The command line. Thin: it reads arguments, shows progress and turns errors into one sentence."""

from lawgiver.cli.app import main

__all__ = ["main"]
