"""A small multilingual guardrail: what it is asked, how it learns, how it is measured and served."""
