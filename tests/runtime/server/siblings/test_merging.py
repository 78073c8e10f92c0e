from __future__ import annotations

from hive_resilience.runtime.server.siblings.merging import merged

ONE = """# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{model="a} b",x="\\"{"} 3
# HELP alive Whether.
# TYPE alive gauge
alive 1
"""
OTHER = """# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{model="c"} 4
# HELP late_seconds Late.
# TYPE late_seconds histogram
late_seconds_bucket{le="+Inf"} 2
late_seconds_count 2
"""


def test_each_sample_says_whose_it_is_and_a_family_stands_once() -> None:
    assert (
        merged({1: ONE, 2: OTHER})
        == """# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{worker="1",model="a} b",x="\\"{"} 3
calls_total{worker="2",model="c"} 4
# HELP alive Whether.
# TYPE alive gauge
alive{worker="1"} 1
# HELP late_seconds Late.
# TYPE late_seconds histogram
late_seconds_bucket{worker="2",le="+Inf"} 2
late_seconds_count{worker="2"} 2
"""
    )


def test_the_end_of_openmetrics_stands_once_and_last() -> None:
    texts = {1: f"{ONE}# EOF\n", 2: f"{OTHER}# EOF\n"}

    lines = merged(texts).splitlines()

    assert lines.count("# EOF") == 1
    assert lines[-1] == "# EOF"


def test_nothing_is_merged_to_nothing() -> None:
    assert merged({1: "", 2: ""}) == ""
