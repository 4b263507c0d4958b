"""Games of N players who are all alike: cooperate or defect, paid by own move and how many others defect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lawgiver.games.payoffs import number, payoff_array, text
from lawgiver.games.stage import ROLES, StageView
from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, eq=False)
class SymmetricGame:
    """One round among N players with the actions C and D.

    Raises:
        ConfigurationError: if there are fewer than two players or the payoffs are not as described.
    """

    name: str
    """Its id, such as `public_goods_4`."""
    title: str
    """Its name for readers."""
    players: int
    """N, at least 2."""
    payoffs_AB: NDArray[np.float64]
    """(2, N): payoff by own action (C, D) and number of other players that defect (0 … N-1); finite."""

    def __post_init__(self) -> None:
        text(self.name, "name")
        text(self.title, f"{self.name}: title")
        check_players(self.players, self.name)
        payoffs_AB = payoff_array(self.payoffs_AB, f"{self.name}: payoffs")
        if payoffs_AB.shape != (2, self.players):
            raise ConfigurationError(
                f"{self.name}: payoffs of shape {payoffs_AB.shape} for {self.players} players; give a row for C and "
                f"one for D, each with a payoff for 0 to {self.players - 1} other defectors"
            )
        object.__setattr__(self, "payoffs_AB", payoffs_AB)

    @property
    def action_counts(self) -> tuple[int, ...]:
        """How many actions each player has: two."""
        return (2,) * self.players

    @property
    def symmetric(self) -> bool:
        """Always."""
        return True

    def seen_by(self, role: str = "any") -> StageView:
        """The game from any seat; all roles see the same.

        Raises:
            ConfigurationError: if the role is not one of `any`, `row`, `column`.
        """
        if role not in ROLES:
            raise ConfigurationError(f"{self.name}: role {role!r}; all seats are alike, so leave it out or say any")
        n = self.players
        others_ABN = np.empty((2, n, n - 1))
        for a in (0, 1):
            for b in range(n):
                # another cooperator sees all b defectors and me, another defector sees one fewer
                others_ABN[a, b, : n - 1 - b] = self.payoffs_AB[0, min(b + a, n - 1)]
                others_ABN[a, b, n - 1 - b :] = self.payoffs_AB[1, max(b - 1, 0) + a]
        return StageView(
            name=self.name,
            title=self.title,
            players=n,
            role="any",
            actions=("C", "D"),
            situations=tuple(("C",) * (n - 1 - b) + ("D",) * b for b in range(n)),
            own_AB=self.payoffs_AB,
            others_ABN=others_ABN,
        )

    def situations(self, actions_EP: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
        """What each player meets in joint moves (E, N): how many others defect, (E, N)."""
        defectors_E1: NDArray[np.intp] = actions_EP.sum(axis=1, keepdims=True, dtype=np.intp)
        return defectors_E1 - actions_EP.astype(np.intp)

    def play(self, actions_EP: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Payoffs (E, N) of joint moves (E, N), each 0 (C) or 1 (D)."""
        index_EP = actions_EP.astype(np.intp) * self.players + self.situations(actions_EP)
        payoffs_EP: NDArray[np.float64] = self.payoffs_AB.reshape(-1).take(index_EP)
        return payoffs_EP


def public_goods(players: int = 4, multiplier: float = 1.6, endowment: float = 1.0) -> SymmetricGame:
    """The linear public goods game: C gives the endowment to a pot, which is multiplied and shared by all alike.

    Raises:
        ConfigurationError: unless 1 < multiplier < players (else it is no dilemma) and endowment > 0.
    """
    where = "public_goods"
    n = check_players(players, where)
    _positive(endowment, f"{where}: endowment")
    if not 1 < number(multiplier, f"{where}: multiplier") < n:
        raise ConfigurationError(f"{where}: multiplier {multiplier!r}; a dilemma needs one between 1 and {n} players")
    givers_B = np.arange(n - 1, -1, -1)
    share = multiplier * endowment / n
    # 3 · 0.4 must not reach a prompt as 1.2000000000000002
    payoffs_AB = np.round([share * (givers_B + 1), endowment + share * givers_B], 12)
    return SymmetricGame(f"public_goods_{n}", f"Public goods, {n} players", n, payoffs_AB)


def commons(
    players: int = 4,
    restrained: float = 1.0,
    greedy: float = 2.0,
    crowding: float = 2.0,
    richness: float | None = None,
) -> SymmetricGame:
    """A common-pool resource: what an effort yields falls with everyone's effort (Gordon 1954).

    C puts in the `restrained` effort r, D the `greedy` one g; effort x of a total X earns
    x · (richness - crowding · X). Greed pays each one while the richness is above crowding · (N·g + r), and costs all
    while it is below crowding · N · (g + r); left out, it is the middle of these.

    Raises:
        ConfigurationError: unless 0 < restrained < greedy, crowding > 0 and the richness is between those bounds.
    """
    where = "commons"
    n = check_players(players, where)
    _positive(restrained, f"{where}: restrained")
    _positive(crowding, f"{where}: crowding")
    if number(greedy, f"{where}: greedy") <= restrained:
        raise ConfigurationError(f"{where}: greedy {greedy!r}; give more effort than the restrained {restrained!r}")
    low, high = crowding * (n * greedy + restrained), crowding * n * (greedy + restrained)
    rich = (low + high) / 2 if richness is None else number(richness, f"{where}: richness")
    if not low < rich < high:
        raise ConfigurationError(f"{where}: richness {richness!r}; a tragedy needs one between {low} and {high}")
    effort_A1 = np.array([[restrained], [greedy]])
    others_B = restrained * np.arange(n - 1, -1, -1) + greedy * np.arange(n)
    payoffs_AB = effort_A1 * (rich - crowding * (effort_A1 + others_B))
    return SymmetricGame(f"commons_{n}", f"Tragedy of the commons, {n} players", n, payoffs_AB)


def volunteer_n(players: int = 4, benefit: float = 4.0, cost: float = 1.0) -> SymmetricGame:
    """The volunteer's dilemma (Diekmann 1985): one C is enough for all to have the benefit, each C pays the cost.

    Raises:
        ConfigurationError: unless 0 < cost < benefit.
    """
    where = "volunteer"
    n = check_players(players, where)
    _positive(cost, f"{where}: cost")
    if number(benefit, f"{where}: benefit") <= cost:
        raise ConfigurationError(f"{where}: benefit {benefit!r}; give more than the cost {cost!r}")
    free_B = np.full(n, float(benefit))
    free_B[-1] = 0.0
    payoffs_AB = np.stack([np.full(n, benefit - cost), free_B])
    return SymmetricGame(f"volunteer_{n}", f"Volunteer's dilemma, {n} players", n, payoffs_AB)


def stag_hunt_n(players: int = 4, threshold: int = 3, stag: float = 4.0, hare: float = 1.0) -> SymmetricGame:
    """The stag hunt of N: C hunts the stag and gets it if at least `threshold` hunt, else nothing; D takes a hare.

    Raises:
        ConfigurationError: unless 2 <= threshold <= players and 0 < hare < stag.
    """
    where = "stag_hunt"
    n = check_players(players, where)
    if isinstance(threshold, bool) or not isinstance(threshold, int) or not 2 <= threshold <= n:
        raise ConfigurationError(f"{where}: threshold {threshold!r}; give a number of hunters from 2 to {n}")
    _positive(hare, f"{where}: hare")
    if number(stag, f"{where}: stag") <= hare:
        raise ConfigurationError(f"{where}: stag {stag!r}; it must be worth more than the hare {hare!r}")
    hunters_B = np.arange(n, 0, -1)
    payoffs_AB = np.stack([np.where(hunters_B >= threshold, float(stag), 0.0), np.full(n, float(hare))])
    return SymmetricGame(f"stag_hunt_{n}", f"Stag hunt, {n} players", n, payoffs_AB)


def check_players(players: Any, where: str) -> int:
    """The number of players.

    Raises:
        ConfigurationError: if it is not a whole number from 2 to 1000.
    """
    if isinstance(players, bool) or not isinstance(players, int) or not 2 <= players <= 1000:
        raise ConfigurationError(f"{where}: players {players!r}; give a whole number from 2 to 1000")
    return players


def _positive(value: float, where: str) -> None:
    if number(value, where) <= 0:
        raise ConfigurationError(f"{where} {value!r}; give a number above 0")
