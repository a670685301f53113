"""The numbers of the source papers, computed again and put beside the published ones."""
