"""Run directories in, one self-contained page out.

Nothing is computed anew here: a page shows what a run wrote down, and says so where it did not. matplotlib and
jinja2 are imported when a page is written, not before.
"""

from lawgiver.report.page import write_report
from lawgiver.report.table import comparison_table

__all__ = ["comparison_table", "write_report"]
