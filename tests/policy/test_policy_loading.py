import time

import pytest

from lawgiver.outcome import PolicyError
from lawgiver.policy import CanonicalError, PolicyEngine, isolate, load

QUERY = "data.p.decision"
GOOD = 'package p\ndefault action := "block"\naction := "allow" if input.ok\ndecision := {"action": action}\n'
RECURSIVE = 'package p\nf(x) := f(x - 1)\ndecision := {"action": "allow"} if f(1)\n'
NESTED = "package p\ndecision := " + "[" * 500 + "]" * 500 + "\n"


def attempt(modules, says, **options):
    with pytest.raises(PolicyError, match=says):
        load(modules, {}, QUERY, **options)


def test_a_good_policy_loads():
    policy = load({"p.rego": GOOD, "p_test.rego": "not even Rego"}, {}, QUERY)
    assert isinstance(policy, PolicyEngine)
    assert policy.evaluate({"ok": True})["action"] == "allow"


def test_a_vetted_policy_is_not_tried_again(own_cache, monkeypatch):
    load({"p.rego": GOOD}, {"a": 1}, QUERY)
    assert len(list(own_cache.rglob("vetted-policies/*"))) == 1
    monkeypatch.setattr(isolate.subprocess, "Popen", None)
    load({"p.rego": GOOD}, {"a": 1}, QUERY)
    for modules, data in (({"p.rego": GOOD + "\n"}, {"a": 1}), ({"p.rego": GOOD}, {"a": 2})):
        with pytest.raises(TypeError):  # it starts a process again, which is what was taken away
            load(modules, data, QUERY)


def test_a_cache_that_cannot_be_written_is_no_obstacle(own_cache):
    own_cache.write_text("a file where the folder should be")
    assert load({"p.rego": GOOD}, {}, QUERY).evaluate({"ok": 1})["action"] == "allow"


def test_recursion_is_refused_by_name(own_cache):
    attempt({"p.rego": RECURSIVE}, r"p\.rego:2: error \[recursion\] .*p\.f → p\.f")
    assert not list(own_cache.rglob("vetted-policies/*"))


def test_a_crash_is_reported_as_one(monkeypatch):
    monkeypatch.setattr("lawgiver.policy.canary.lint_run", lambda run: [])  # suppose the lint had missed it
    attempt({"p.rego": RECURSIVE}, r"evaluating data\.p\.decision ended the process: SIG.*on the empty input")


def test_a_hang_is_stopped():
    began = time.monotonic()
    attempt(
        {"good.rego": "package g", "p.rego": NESTED},
        r"parsing p\.rego took longer than 0\.5 s",
        time_limit_s=0.5,
    )
    assert time.monotonic() - began < 5


def test_a_slow_rule_is_stopped():
    source = (
        "package p\nn := numbers.range(1, 3000)\n"
        'decision := {"action": "allow"} if count([1 | some a in n; some b in n; a * b == -1]) == 0\n'
    )
    attempt(
        {"p.rego": source},
        r"evaluating data\.p\.decision took longer than 0\.5 s.*empty input",
        time_limit_s=0.5,
    )


def test_a_panic_is_reported():
    source = 'package p\ndecision := {"action": "allow"} if strings.count(input.response, "") > 0\n'
    attempt({"p.rego": source}, "panic on the sample input: window size")


def test_the_sample_can_be_chosen():
    source = 'package p\ndecision := {"action": "allow"} if strings.count("a", input.find) > 0\n'
    load({"p.rego": source}, {}, QUERY)
    attempt({"p.rego": source}, "panic on the sample input", sample={"find": ""})


@pytest.mark.parametrize(
    ("modules", "says"),
    [
        ({"a.rego": GOOD, "dir/b.rego": "package b\n\nx := ["}, r"dir/b\.rego:3: error \[parse\]"),
        (
            {"a.rego": GOOD, "b.rego": "package b\n\nx if nobody"},
            r"b\.rego:3: error \[compile\].*nobody.*unsafe",
        ),
        ({"a.rego": GOOD, "b.rego": "package b\nf(1)\n"}, r"b\.rego:2: error \[bodyless-head\]"),
        ({"a.rego": 'package p\nx := "\ud800"'}, r"a\.rego.*error \[parse\]"),
        ({"a.rego": "package p\nx := 1"}, r"data\.p\.decision: no such rule in a\.rego"),
        ({"a_test.rego": GOOD}, "no policy to load"),
        ({}, "no policy to load"),
    ],
)
def test_what_does_not_load_is_named(modules, says):
    attempt(modules, says)


def test_all_broken_files_are_named_at_once():
    attempt({"a.rego": "package", "b.rego": "nope"}, r"a\.rego:1.*\n.*b\.rego:1")


def test_a_failing_sample_is_no_reason_to_refuse():
    source = 'package p\ndecision := {"action": "allow"} if to_number(input.response) > 0\n'
    policy = load({"p.rego": source}, {}, QUERY)
    assert policy.evaluate({"response": "1"})["action"] == "allow"
    assert policy.evaluate({"response": "one"})["action"] == "block"


def test_unvetted_loading_starts_no_process(monkeypatch):
    monkeypatch.setattr(isolate.subprocess, "Popen", None)
    assert load({"p.rego": GOOD}, {}, QUERY, vet=False).evaluate({"ok": 1})["action"] == "allow"


def test_bad_data_is_refused():
    with pytest.raises(CanonicalError, match="weights: the key False is bool"):
        load({"p.rego": GOOD}, {"weights": {False: 1}}, QUERY)


def test_prints_do_not_disturb_the_trial():
    source = 'package p\ndecision := {"action": "allow"} if { print("{\\"done\\": true}", input) }\n'
    assert load({"p.rego": source}, {}, QUERY).evaluate({})["action"] == "allow"
