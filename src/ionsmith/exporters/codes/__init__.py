"""One module for each code: how it is told a calculation, and how it is run.

Each holds a subclass of :class:`ionsmith.exporters.Code` and is loaded when the code is used.
"""
