"""What a fleet has done and what to set; see `docs/reports.md`.

A name is loaded at its first use.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runtime.observability.analytics.availability import Budget as Budget
    from .runtime.observability.analytics.costs import Cost as Cost
    from .runtime.observability.analytics.costs import Tokens as Tokens
    from .runtime.observability.analytics.incidents import Incident as Incident
    from .runtime.observability.analytics.incidents import Times as Times
    from .runtime.observability.analytics.incidents import Took as Took
    from .runtime.observability.analytics.incidents import Typical as Typical
    from .runtime.observability.analytics.latencies import Quantile as Quantile
    from .runtime.observability.analytics.shares import Interval as Interval
    from .runtime.observability.analytics.shares import Share as Share
    from .runtime.observability.reports.making.making import make_report as make_report
    from .runtime.observability.reports.page.page import report_css as report_css
    from .runtime.observability.reports.page.page import report_html as report_html
    from .runtime.observability.reports.report import Advice as Advice
    from .runtime.observability.reports.report import Compared as Compared
    from .runtime.observability.reports.report import Comparison as Comparison
    from .runtime.observability.reports.report import Durations as Durations
    from .runtime.observability.reports.report import Fallback as Fallback
    from .runtime.observability.reports.report import Finding as Finding
    from .runtime.observability.reports.report import Injected as Injected
    from .runtime.observability.reports.report import Known as Known
    from .runtime.observability.reports.report import Missing as Missing
    from .runtime.observability.reports.report import ModelLine as ModelLine
    from .runtime.observability.reports.report import Point as Point
    from .runtime.observability.reports.report import Report as Report
    from .runtime.observability.reports.report import Service as Service
    from .runtime.observability.reports.telling.text import report_text as report_text
    from .runtime.reporting import report_of as report_of
else:
    from ._lazily import lazily as _lazily

    # The same names once more, for the interpreter; a test compares the two.
    __all__, __getattr__, __dir__ = _lazily(
        __name__,
        {
            ".runtime.observability.analytics.availability": "Budget",
            ".runtime.observability.analytics.costs": "Cost Tokens",
            ".runtime.observability.analytics.incidents": "Incident Times Took Typical",
            ".runtime.observability.analytics.latencies": "Quantile",
            ".runtime.observability.analytics.shares": "Interval Share",
            ".runtime.observability.reports.making.making": "make_report",
            ".runtime.observability.reports.page.page": "report_css report_html",
            ".runtime.observability.reports.report": (
                "Advice Compared Comparison Durations Fallback Finding Injected "
                "Known Missing ModelLine Point Report Service"
            ),
            ".runtime.observability.reports.telling.text": "report_text",
            ".runtime.reporting": "report_of",
        },
    )
