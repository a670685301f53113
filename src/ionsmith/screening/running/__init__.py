"""Work on a campaign: who does which piece, on what, and how far it has come.

:func:`run_campaign` hands pieces to an executor; :func:`status_of` counts what is done.
"""

from ionsmith.screening.running._run import STALL, run_campaign
from ionsmith.screening.running._status import Status, status_of

__all__ = ["STALL", "Status", "run_campaign", "status_of"]
