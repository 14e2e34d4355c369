"""datacompy over polars: both files in memory, its own counts."""

import json
import sys

import datacompy
import polars as pl

old, new = (pl.read_parquet(path) for path in sys.argv[1:3])
found = datacompy.PolarsCompare(old, new, join_columns=["id", "line_no"])
print(
    json.dumps(
        {
            "changed": found.intersect_rows.height - found.count_matching_rows(),
            "only_old": found.df1_unq_rows.height,
            "only_new": found.df2_unq_rows.height,
        }
    )
)
