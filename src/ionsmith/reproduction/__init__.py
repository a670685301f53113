"""The numbers of the source papers, computed again and put beside the published ones.

:mod:`~ionsmith.reproduction.papers` redoes a paper or all, :mod:`~ionsmith.reproduction.rows` says
when a row agrees and what it must explain otherwise; one module a paper computes its rows:
:mod:`~ionsmith.reproduction.geng_2023`, :mod:`~ionsmith.reproduction.yu_2021`,
:mod:`~ionsmith.reproduction.li_2022`, :mod:`~ionsmith.reproduction.xiong_2020`.
"""
