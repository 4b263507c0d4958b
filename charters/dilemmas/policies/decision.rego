package charter.dilemmas

# What a move is worth by every framework that has something to say about it. Whatever is no move of a game is
# blocked: these rules cannot judge it.

default action := "block"

action := "allow" if input.phase == "move"

rewards := {name: framework.reward | some name, framework in data.charter.dilemmas.frameworks}

decision := {"action": action, "rewards": rewards}
