#!/bin/bash
# The pictures of docs/report.md: runs on NAS-Bench-201's table, their pages, and how these look in Chromium.
# usage: report_pictures.sh [FOLDER]   (default docs/pictures; SIBYL: the program; TABLE: by default ../shared/data/nasbench201.csv; wants
# chromium and, for the printed page, pdftoppm)
set -eu
folder=$(realpath -m "${1:-$(dirname "$0")/../../docs/pictures}")
. "$(dirname "$0")/../prelude.sh"
"$sibyl" import nasbench201-csv "${TABLE:-$root/../shared/data/nasbench201.csv}" --out nb201.sibyl --quiet
search() { printf '%s\n' 'space: nasbench201' "evaluator: {kind: table, file: nb201.sibyl, value: cifar10_val}" 'seed: 1' "$@"; }
search 'search: {algorithm: aging, evaluations: 300, target: best}' > search.yaml
search 'search: {evaluations: 300, target: best}' 'repeat: 20' 'settings:' '  random: {search.algorithm: random}' \
    '  aging: {search.algorithm: aging}' '  local: {search.algorithm: local}' > experiment.yaml
search 'search: {evaluations: 150}' 'objectives: [{value: cifar10_val, goal: max}, {value: params_M, goal: min}]' > pareto.yaml
cat > training.yaml << 'YAML'
data: {file: nb201.sibyl, label: cifar10_test}
effort: quick
split: {train: 156, seed: 1}
predictor: {layers: 2, width: 32, head: linear+gp}
training: {epochs: 60, batch: 64}
YAML
for job in search experiment pareto; do "$sibyl" search $job.yaml --out $job --quiet; done
"$sibyl" train training.yaml --out training --quiet
for job in search experiment pareto training; do "$sibyl" report $job --quiet; done
mkdir -p "$folder"
python3 - "$root" "$folder" << 'PY'
import base64, subprocess, sys
sys.path.insert(0, sys.argv[1] + "/tests/e2e")
from browser import Browser
out = sys.argv[2]
b = Browser()


def picture(run, name, width, dark, height, quality=70):
    b.open(f"{run}/report.html", width, dark)
    shot = b.call("Page.captureScreenshot", format="webp", quality=quality, captureBeyondViewport=True,
                  clip=dict(x=0, y=0, width=width, height=height, scale=1))
    open(f"{out}/{name}.webp", "wb").write(base64.b64decode(shot["data"]))


picture("search", "report_search", 1280, False, 1900)
picture("experiment", "report_experiment", 1280, False, 2900)
picture("pareto", "report_pareto_dark", 1280, True, 1900)
picture("training", "report_training", 1280, False, 3000, 60)
picture("experiment", "report_experiment_390", 390, True, 2400)
b.open("search/report.html")
open("print.pdf", "wb").write(base64.b64decode(b.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"]))
b.close()
subprocess.run(["pdftoppm", "-r", "70", "-png", "-f", "1", "-l", "1", "print.pdf", out + "/report_print"])
PY
ls -l "$folder"
