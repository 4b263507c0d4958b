"""Pages on games: training, evaluation, tournaments, and many training runs side by side.

As everywhere in a report nothing is computed but sums and means of what a run wrote down, and no game is opened:
histories and actions are named as the run named them.
"""
