"""Pictures and pages made from models and results.

One page with structures to turn: :mod:`~ionsmith.report.page`. Pictures, PNG or SVG, the same bytes
each time: :mod:`~ionsmith.report.stack_picture`, :mod:`~ionsmith.report.interface_picture`,
:mod:`~ionsmith.report.match_picture`, :mod:`~ionsmith.report.overlap_picture`,
:mod:`~ionsmith.report.spot_picture`, :mod:`~ionsmith.report.haadf_picture`,
:mod:`~ionsmith.report.pattern_picture`, :mod:`~ionsmith.report.pair_distribution_picture`,
:mod:`~ionsmith.report.pore_picture`, :mod:`~ionsmith.report.storage_picture`.
"""
