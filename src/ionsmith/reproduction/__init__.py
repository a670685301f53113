"""The numbers of the source papers, computed again and compared with the published ones.

:mod:`~ionsmith.reproduction.papers` repeats one paper or all of them;
:mod:`~ionsmith.reproduction.rows` defines when a row agrees and how a difference is explained; one
module per paper computes its rows: :mod:`~ionsmith.reproduction.geng_2023`,
:mod:`~ionsmith.reproduction.yu_2021`, :mod:`~ionsmith.reproduction.li_2022`,
:mod:`~ionsmith.reproduction.xiong_2020`.
"""
