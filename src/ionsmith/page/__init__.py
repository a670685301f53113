"""Structures, tables and pictures as one HTML page that opens without a network.

:func:`render_page` writes structures (:class:`PageStructure`, of any ordered crystal) in 3D with
their coordination and provenance, the comparison of two, and further sections;
:func:`render_results` makes such a section of any results that have a picture.
"""

from ionsmith.page._page import PageStructure, check_page, render_page
from ionsmith.page._parts import render_results

__all__ = ["PageStructure", "check_page", "render_page", "render_results"]
