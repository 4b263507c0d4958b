import pytest

from lawgiver.outcome import PolicyError
from lawgiver.policy import run_tests

POLICY = """package p

default action := "block"

action := "allow" if {
	input.a == 1
	input.b == data.b
}

f(x) := 1 if {
	x == 3
}
"""
TESTS = """package p_test

import data.p

test_allow if p.action == "allow" with input as {"a": 1, "b": 2}

test_wrong if p.action == "nope" with input as {}

test_false := false

test_five := 5

test_error if to_number("x") == 1

helper if true
"""


def test_each_outcome():
    report = run_tests({"p.rego": POLICY, "p_test.rego": TESTS}, {"b": 2})
    assert {(each.name.rpartition(".")[2], each.line): each.outcome for each in report.results} == {
        ("test_allow", 5): "pass",
        ("test_wrong", 7): "fail",
        ("test_false", 9): "fail",
        ("test_five", 11): "fail",
        ("test_error", 13): "error",
    }
    assert not report.passed
    error = report.results[-1]
    assert error.file == "p_test.rego"
    assert "p_test.rego:13:" in error.message
    assert "could not parse" in error.message


def test_coverage():
    report = run_tests({"p.rego": POLICY, "p_test.rego": TESTS}, {"b": 2})
    assert list(report.coverage) == ["p.rego"]
    assert report.coverage["p.rego"].covered == (3, 5, 6, 7)
    assert report.coverage["p.rego"].not_covered == (10, 11)
    assert report.coverage["p.rego"].ratio == pytest.approx(4 / 6)


def test_coverage_stops_where_evaluation_stopped():
    tests = 'package p_test\ntest_block if data.p.action == "block" with input as {"a": 2}\n'
    report = run_tests({"p.rego": POLICY, "p_test.rego": tests})
    assert report.passed
    assert 7 not in report.coverage["p.rego"].covered


def test_no_tests_is_no_pass():
    report = run_tests({"p.rego": POLICY + "test_here if true\n"})
    assert report.results == ()
    assert not report.passed


def test_a_hanging_test_is_an_error_and_so_are_those_after_it():
    slow = (
        "package p_test\nn := numbers.range(1, 3000)\ntest_a if true\n"
        "test_b if count([1 | some a in n; some b in n; a * b == -1]) == 0\ntest_c if true\n"
    )
    report = run_tests({"p.rego": POLICY, "p_test.rego": slow}, time_limit_s=1)
    assert [each.outcome for each in report.results] == ["pass", "error", "error"]
    assert "took longer than 1 s" in report.results[1].message
    assert report.results[2].message.startswith("not run: ")
    assert report.coverage == {}
    assert not report.passed


def test_a_panicking_test_is_an_error():
    report = run_tests({"p_test.rego": 'package p_test\ntest_a if strings.count("a", "") == 1\n'})
    assert report.results[0].outcome == "error"
    assert "panicked" in report.results[0].message


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("package p_test\ntest_a if {", r"p_test\.rego:2.*\[parse\]"),
        ("package p_test\ntest_a if test_a", r"\[recursion\]"),
        ("package p_test\ntest_a if nobody", r"\[compile\]"),
    ],
)
def test_what_cannot_run_is_refused(source, says):
    with pytest.raises(PolicyError, match=says):
        run_tests({"p.rego": POLICY, "p_test.rego": source})
