"""The page of a run of stages: what each made of what it started from, and how λ was found."""
