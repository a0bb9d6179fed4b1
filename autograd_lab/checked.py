"""``check`` as users know it: the cross-check, whose report the views draw.

The cross-check stands below the views and cannot call them; this module, above both, introduces one to the other.
"""

from __future__ import annotations

from .crosscheck import assert_gradients, check, report

__all__ = ["assert_gradients", "check"]


def _drawn(found) -> str:
    """A report as a part of a page."""
    from .views.report import report_html

    return report_html(found)


def _page(found) -> str:
    """A report as a page of its own."""
    from .views.report import report_page

    return report_page(found)


report.drawing, report.page = _drawn, _page
