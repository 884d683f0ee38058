"""Descriptions of published data sets, one file each; `dataset.py` reads them."""
