"""Pictures of structures, and writing the picture of any result to a file.

Results draw themselves (``result.plot(ax)`` into given axes, ``result.draw()`` as a figure);
:func:`ionsmith.pictures.saving.save_picture` writes that as PNG, SVG or PDF, the same bytes each
time. :mod:`ionsmith.pictures.structures` draws structures.
"""
