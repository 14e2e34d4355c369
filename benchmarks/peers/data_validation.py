"""Google's data-validation tool, a hash of each row, between two databases with the table ``t``."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

PROGRAM = Path(sys.executable).with_name("data-validation")
with tempfile.TemporaryDirectory() as folder:
    env = {**os.environ, "PSO_DV_CONN_HOME": folder}
    for name, dsn in zip(("old", "new"), sys.argv[1:3], strict=True):
        parts = urlsplit(dsn)
        connection = {
            "source_type": "Postgres", "host": parts.hostname, "port": parts.port,
            "user": parts.username, "password": "none", "database": parts.path[1:],
        }  # fmt: skip
        Path(folder, f"{name}.connection.json").write_text(json.dumps(connection))
    said = subprocess.run(
        [PROGRAM, "validate", "row", "-sc", "old", "-tc", "new", "-tbls", "public.t=public.t",
         "--primary-keys", "id,line_no", "--hash", "*", "--filter-status", "fail",
         "--format", "json"],
        env=env, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
rows = json.loads(said[said.index("{") :]).values()
kinds = Counter(
    "only_new"
    if row["source_agg_value"] is None
    else "only_old"
    if row["target_agg_value"] is None
    else "changed"
    for row in rows
)
print(json.dumps({kind: kinds[kind] for kind in ("changed", "only_old", "only_new")}))
