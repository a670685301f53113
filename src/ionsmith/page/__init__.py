"""TODO ionsmith.page."""

from ionsmith.page._page import Shown, check_page, page
from ionsmith.page._pictures import haadf_section, powder_section, spots_section

__all__ = ["Shown", "check_page", "haadf_section", "page", "powder_section", "spots_section"]
