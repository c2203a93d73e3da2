#!/bin/bash
# From a bare Debian 12 to a finished search with its report: installs packages, builds, imports a table of
# small cells trained on handwritten digits, searches it on two ranks, and writes the report.
# Run it again as often as you like: what is there already is not done again, and the search starts afresh.
set -euo pipefail
cd "$(dirname "$0")/.."

trap 'echo "quickstart.sh: stopped in line $LINENO; the lines above say why" >&2' ERR

sibyl=build/release/bin/sibyl
out=runs/quickstart

jobs/install_packages.sh
cmake --preset release
cmake --build --preset release

mkdir -p runs
"$sibyl" import nasbench201-csv jobs/examples/digits201.csv --out runs/digits201.sibyl --label accuracy=accuracy

# Open MPI refuses to start as root unless told twice; in a container one mostly is.
if [ "$(id -u)" = 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
rm -rf "$out" # else a finished search is only read again
mpirun --oversubscribe -n 2 "$sibyl" search jobs/examples/quickstart.yaml --out "$out"
"$sibyl" report "$out"

echo
echo "best cell ($out/best.json):"
python3 - "$out/best.json" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    for key, value in json.load(file).items():
        print(f"  {key}: {value}")
PYTHON
echo "report: $PWD/$out/report.html"
