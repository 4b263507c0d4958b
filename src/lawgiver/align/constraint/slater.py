"""Is there any policy on these samples that keeps every budget with room to spare?"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, hstack, kron, vstack
from scipy.sparse import identity as sparse_identity

from lawgiver.align.constraint.scores import Scores


def best_slack(scores: Scores) -> float:
    """The largest ξ such that some choice among the samples has every expected margin at least ξ, in units of cost.

    Positive is Slater's condition, and then λ* is finite: at most the reward given up over ξ. Negative means that even
    the safest sampled answer to every prompt breaks a budget, so no λ can help: it only chooses among these answers.
    One constraint has the mean of the best margins for an answer; several have a linear programme, since the answers
    that are best for one may be worst for another.
    """
    usable_PK = np.isfinite(scores.log_prior_PK)
    margins_PKC = scores.margins_PKC
    prompts, samples, constraints = margins_PKC.shape
    if constraints == 1:
        return float(np.where(usable_PK, margins_PKC[..., 0], -np.inf).max(axis=1).mean())
    # variables: the weight of every sample, then ξ
    margins_C_PK = coo_matrix(margins_PKC.reshape(prompts * samples, constraints).T / prompts)
    room = hstack([-margins_C_PK, coo_matrix(np.ones((constraints, 1)))])
    whole = hstack([kron(sparse_identity(prompts), np.ones((1, samples))), coo_matrix((prompts, 1))])
    objective = np.zeros(prompts * samples + 1)
    objective[-1] = -1.0
    bounds = [(0.0, 1.0 if usable else 0.0) for usable in usable_PK.ravel()] + [(None, None)]
    solved = linprog(
        objective,
        A_ub=vstack([room]).tocsr(),
        b_ub=np.zeros(constraints),
        A_eq=whole.tocsr(),
        b_eq=np.ones(prompts),
        bounds=bounds,
        method="highs",
    )
    return float(solved.x[-1])
