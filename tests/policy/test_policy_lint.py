import pytest

from lawgiver.outcome import PolicyError
from lawgiver.policy import lint_modules

LIB = "package lib\nok(x) if x == 1\n"


def findings(source, **more):
    found = lint_modules({"a.rego": f"package a\nimport data.lib\nimport data.lib.ok as fine\n{source}\n", **more})
    return [(each.file, each.line, each.rule, each.severity) for each in found]


def only(source, rule, severity, line=4):
    assert findings(source, **{"lib.rego": LIB}) == [("a.rego", line, rule, severity)]


def none(source):
    assert findings(source, **{"lib.rego": LIB}) == []


@pytest.mark.parametrize(
    "source",
    [
        "f(x) := f(x)",
        "p if q\nq if p",
        "p contains 1 if p[2]",
        "f(x) := y if { y := g(x) }\ng(x) := {y | y := f(x)}",
        "p if { every x in [1] { q with input as x } }\nq if { not p }",
        "p if data.a.q\nq := 1 if { some x in [1]; x == 2 } else := p",
        "p := data[input.package]",
        'o["x"] := data.a.o',
        "p[x] := 1 if some x in q\nq := [k | some k, _ in p]",
        "f(x) := 1 if input.y with input.y as f(2)",
    ],
)
def test_recursion(source):
    only(source, "recursion", "error")


def test_recursion_across_files():
    lib = "package lib\nok(x) if data.a.p\n"
    assert findings("p if fine(1)", **{"lib.rego": lib}) == [("a.rego", 4, "recursion", "error")]


def test_every_cycle_is_reported():
    assert [each[1] for each in findings("f(x) := f(x)\ng(x) := g(x)")] == [4, 5]


@pytest.mark.parametrize(
    "source",
    [
        "p := 1\nf(p) := p",
        "o.x := o.y\no.y := 1",
        "q if p\np if { every q in [1] { q == 1 } }",
        "q := 1 if p\np if { x := [q | q := input.z]; x == [] }",
        "t if q with data.a.t as 1\nq := 1",
        "p if data.other.p",
        "p if input.p.q",
    ],
)
def test_what_only_looks_like_recursion(source):
    none(source)


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        ("p if not fine(input.x)", "error"),
        ("p if not lib.ok(input.x.y)", "error"),
        ("p if not data.lib.ok(input[0])", "error"),
        ("p if { x := input.x; not fine(x.y) }", "error"),
        ("p if not fine(lower(input.x))", "error"),
        ("p if not fine([1, input.x])", "error"),
        ("p if not fine(input.x) == true", "error"),
        ("p if not fine(q)\nq := input.q", "error"),
        ("p if { x := {1 | not fine(input.x)}; count(x) == 1 }", "error"),
        ('p if not startswith(input.x, "a")', "warning"),
    ],
)
def test_negated_calls(source, severity):
    only(source, "negated-call", severity)


@pytest.mark.parametrize(
    "source",
    [
        "p if not fine(1)",
        "p if { x := input.x; not fine(x) }",
        "p if { some x in input; not fine(x) }",
        "f(x) if not fine(x)",
        "p if not fine(q)\ndefault q := 1\nq := input.q",
        "p if not count([x | x := input.x]) == 1",
        "p if not input.x",
        "p if not lib.missing",
    ],
)
def test_negations_that_are_safe(source):
    none(source)


@pytest.mark.parametrize(
    "source",
    [
        "p if regex.match(`^\\w+$`, input.x)",
        'p if regex.match("\\\\d", input.x)',
        "pattern := `a\\b`",
        "p if regex.match(`\\\\\\W`, input.x)",
    ],
)
def test_unicode_regex(source):
    only(source, "unicode-regex", "warning")


@pytest.mark.parametrize(
    "source", ["p := `(?-u:\\w)`", "p := `(?i-u)\\d`", "p := `[0-9]\\.`", "p := `\\\\w`", 'p := "\\n\\t\\b"']
)
def test_regexes_that_are_the_same_everywhere(source):
    none(source)


def test_undefined_object():
    only(
        'p := {"values": values}\nvalues.a := 1 if input.a\nvalues.b := 2 if input.b',
        "undefined-object",
        "warning",
    )
    none('p := {"values": values}\nvalues["a"] := 1 if input.a\nvalues.b := 2 if input.b')
    none("p := values.a\nvalues.a := 1 if input.a")


def test_bodyless_head():
    only("f(1)", "bodyless-head", "error")


def test_missing_default():
    only('action := "allow" if input.x', "missing-default", "warning")
    none('default action := "block"\naction := "allow" if input.x')
    assert findings("", **{"b_test.rego": 'package b_test\naction := "allow" if input.x\n'}) == []


def test_a_default_in_another_file_counts():
    assert findings('action := "allow" if input.x', **{"b.rego": 'package a\ndefault action := "block"\n'}) == []


def test_parse_and_compile_errors_are_findings():
    assert findings("p := [") == [("a.rego", 5, "parse", "error")]
    assert findings("p if nobody") == [("a.rego", 4, "compile", "error")]


def test_names_are_read_rightly_after_other_alphabets():
    # positions in the syntax tree count bytes; read as characters, the local name q would be missed
    none('text := "Ωμέγα 漢字 😀"\np if { every q in [1] { q == 1 } }\nq if p')


def test_a_finding_says_what_to_do():
    (finding,) = lint_modules({"p.rego": "package p\nx if not y(input.z)\ny(z) if z\n"})
    assert str(finding) == (
        "p.rego:2: error [negated-call] `not y(…)` is true when its argument input.z is undefined; "
        "bind the argument first (`x := …`), so that the rule stops there when it is missing"
    )


def test_a_parser_that_hangs_is_an_error():
    with pytest.raises(PolicyError, match=r"cannot be linted: parsing p\.rego took longer"):
        lint_modules({"p.rego": "package p\nx := " + "[" * 40 + "]" * 40}, time_limit_s=0.5)
