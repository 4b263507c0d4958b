"""The adapters pass their libraries' own checks, and the rounds they play are those of the game."""

import importlib
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from lawgiver.games.catalogue import GAMES, game
from lawgiver.games.matrix import MatrixGame
from lawgiver.games.stage import Stage
from lawgiver.outcome import ConfigurationError

pytest.importorskip("gymnasium")
pytest.importorskip("pettingzoo")

from gymnasium.utils.env_checker import check_env
from pettingzoo.test import parallel_api_test, parallel_seed_test

from lawgiver.games.env.gymnasium import RepeatedGame
from lawgiver.games.env.parallel import ParallelGame

TRIPLE = MatrixGame("triple", "Triple", np.random.default_rng(1).normal(size=(2, 3, 4)))


@dataclass
class Echo:
    """Tit-for-tat."""

    name: str = "echo"
    memory: int = 1

    def table(self, stage: Stage, history: int) -> np.ndarray:
        raise NotImplementedError

    def spawn(self, stage: Stage, episodes: int, rng: np.random.Generator) -> "Echo":
        self.next_E = np.zeros(episodes, dtype=np.int64)
        return self

    def act(self) -> np.ndarray:
        return self.next_E

    def observe(self, own_E: np.ndarray, other_E: np.ndarray) -> None:
        self.next_E = other_E.astype(np.int64)


@dataclass
class Dice:
    """Any situation, evenly."""

    name: str = "dice"
    memory: int = 0

    def table(self, stage: Stage, history: int) -> np.ndarray:
        raise NotImplementedError

    def spawn(self, stage: Stage, episodes: int, rng: np.random.Generator) -> "Dice":
        self.draw = lambda: rng.integers(len(stage.situations), size=episodes)
        return self

    def act(self) -> np.ndarray:
        return self.draw()

    def observe(self, own_E: np.ndarray, other_E: np.ndarray) -> None:
        pass


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["ipd", "bos", "public_goods_4"])
@pytest.mark.parametrize("history", [1, 2])
def test_gymnasium_finds_nothing_wrong(name: str, history: int) -> None:
    # without a registration there is no spec, and so nothing to render
    check_env(RepeatedGame(GAMES[name], Dice(), history=history), skip_render_check=True)


@pytest.mark.parametrize("name", ["ipd", "bos", "commons_4"])
def test_pettingzoo_finds_nothing_wrong(name: str) -> None:
    parallel_api_test(ParallelGame(GAMES[name], rounds=7, history=2), num_cycles=50)
    parallel_seed_test(lambda: ParallelGame(GAMES[name], rounds=7), num_cycles=20)


def test_tit_for_tat_gives_back_the_move_before() -> None:
    env = RepeatedGame(game("ipd"), Echo(), rounds=4)
    observed, info = env.reset(seed=0)
    previous = int(observed) // 2
    paid = {"CC": 3, "CD": 0, "DC": 4, "DD": 1}
    for number, action in enumerate([1, 1, 0, 0], start=1):
        observed, reward, terminated, truncated, info = env.step(np.int64(action))
        assert int(observed) == 2 * action + previous
        assert info["state"] == "CD"[action] + "CD"[previous]
        assert reward == info["payoff"] == paid[info["state"]]
        assert info["others"] == [paid[info["state"][::-1]]]
        assert (terminated, truncated) == (False, number == 4)
        previous = action
    with pytest.raises(ConfigurationError, match="call reset first"):
        env.step(np.int64(0))


def test_an_episode_begins_where_the_opponent_can_have_led() -> None:
    env = RepeatedGame(game("ipd"), Echo())
    env.reset(seed=5)
    seen = np.bincount([int(env.reset()[0]) for _ in range(400)], minlength=4)
    # 100 ± 8.7 each
    assert np.abs(seen - 100).max() < 45


def test_a_longer_history_keeps_the_newest_round_last() -> None:
    env = RepeatedGame(game("ipd"), Echo(), rounds=9, history=3)
    env.reset(seed=1)
    for action in (0, 1, 0, 0):
        observed, *_ = env.step(np.int64(action))
    # own 1, 0, 0 against the echoes 0, 1, 0: DC, CD, CC
    assert int(observed) == 2 * 16 + 1 * 4 + 0


def test_the_column_is_paid_as_the_column() -> None:
    env = RepeatedGame(TRIPLE, Dice(), role="column", rounds=20)
    assert env.action_space.n == 4
    env.reset(seed=2)
    for action in (0, 3, 2, 1) * 5:
        observed, reward, *_ = env.step(np.int64(action))
        own, met = divmod(int(observed), 3)
        assert own == action
        assert reward == TRIPLE.payoffs_2AB[1, met, own]


def test_another_reward_is_paid_by_the_state_before() -> None:
    reward_SAB = np.arange(16.0).reshape(4, 2, 2)
    env = RepeatedGame(game("ipd"), Dice(), rounds=10, history=2, reward_SAB=reward_SAB)
    before, _ = env.reset(seed=3)
    for action in (0, 1) * 5:
        after, reward, *_ = env.step(np.int64(action))
        assert reward == reward_SAB[int(before) % 4, action, int(after) % 2]
        before = after


@pytest.mark.parametrize("action", [2, -1, 0.0, "C", None])
def test_an_illegal_action_is_refused_not_clipped(action: Any) -> None:
    env = RepeatedGame(game("ipd"), Dice())
    env.reset(seed=0)
    with pytest.raises(ConfigurationError, match=r"ipd: action .*; the legal ones are 0 \(C\), 1 \(D\)"):
        env.step(action)
    learners = ParallelGame(game("ipd"))
    learners.reset(seed=0)
    with pytest.raises(ConfigurationError, match=r"action .* of 'column'; the legal ones"):
        learners.step({"row": np.int64(0), "column": action})


def test_all_agents_see_the_round_from_their_own_seat() -> None:
    env = ParallelGame(TRIPLE, rounds=2)
    env.reset(seed=0)
    observed, rewards, terminated, truncated, infos = env.step({"row": np.int64(2), "column": np.int64(1)})
    assert observed == {"row": 2 * 4 + 1, "column": 1 * 3 + 2}
    assert rewards == {"row": TRIPLE.payoffs_2AB[0, 2, 1], "column": TRIPLE.payoffs_2AB[1, 2, 1]}
    assert infos["column"]["state"] == "A1,A2"
    assert not any(terminated.values())
    assert not any(truncated.values())
    *_, truncated, _ = env.step({"row": np.int64(0), "column": np.int64(0)})
    assert truncated == {"row": True, "column": True}
    assert env.agents == []
    with pytest.raises(ConfigurationError, match="call reset first"):
        env.step({"row": np.int64(0), "column": np.int64(0)})


def test_a_player_of_many_observes_how_many_defected() -> None:
    env = ParallelGame(game("volunteer_4"))
    env.reset(seed=0)
    actions = {f"player_{i}": np.int64(move) for i, move in enumerate((0, 1, 1, 0))}
    observed, rewards, *_ = env.step(actions)
    assert observed == {"player_0": 2, "player_1": 4 + 1, "player_2": 4 + 1, "player_3": 2}
    assert rewards == {"player_0": 3, "player_1": 4, "player_2": 4, "player_3": 3}


def test_two_learners_may_learn_from_different_rewards() -> None:
    env = ParallelGame(game("ipd"), rewards={"row": np.arange(16.0).reshape(4, 2, 2)})
    before, _ = env.reset(seed=4)
    _, rewards, *_ = env.step({"row": np.int64(1), "column": np.int64(0)})
    assert rewards == {"row": 4 * int(before["row"]) + 2, "column": 0}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"rounds": 0}, "ipd: rounds 0; give a whole number above 0"),
        ({"history": 1.0}, "ipd: history 1.0"),
        ({"role": "umpire"}, "role 'umpire'"),
        ({"reward_SAB": np.zeros((2, 2))}, r"rewards of shape \(2, 2\); give \(4, 2, 2\)"),
        ({"reward_SAB": np.full((4, 2, 2), np.nan)}, "NaN or infinite somewhere"),
    ],
)
def test_settings_that_make_no_environment(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        RepeatedGame(game("ipd"), Dice(), **parameters)


def test_rewards_for_nobody_and_missing_actions_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="rewards for 'rwo'; the agents are row, column"):
        ParallelGame(game("ipd"), rewards={"rwo": np.zeros((4, 2, 2))})
    env = ParallelGame(game("ipd"))
    env.reset(seed=0)
    with pytest.raises(ConfigurationError, match="no action of 'column'"):
        env.step({"row": np.int64(0)})


@pytest.mark.parametrize(
    ("adapter", "library"), [("gymnasium", "gymnasium"), ("parallel", "gymnasium"), ("parallel", "pettingzoo")]
)
def test_a_missing_library_is_named_with_the_command_that_installs_it(
    adapter: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"lawgiver.games.env.{adapter}"
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ConfigurationError, match=rf"needs {library}, .* pip install 'lawgiver\[games\]'"):
        importlib.import_module(module)
