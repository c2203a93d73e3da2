#!/bin/bash
# The page docs/own-network.md by its text alone: its files and its commands as they stand there, with a smaller budget.
# usage: own_network.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
page=$root/docs/own-network.md

# A python3 that has what the page needs, under the name that the page calls it by.
for python in "$(command -v python3)" /usr/bin/python3; do
    "$python" -c 'import torch, sklearn' 2> /dev/null && break
    python=
done
[ -n "$python" ] || { echo "skip: PyTorch or scikit-learn is not there; install python3-torch and python3-sklearn"; exit 77; }
mkdir bin
ln -s "$python" bin/python3
ln -s "$sibyl" bin/sibyl
PATH=$PWD/bin:$PATH

# Each block of code into a file: of the name that stands before it in backquotes, at the beginning of its paragraph; commands into
# commands.1, commands.2 ..
python3 - "$page" <<'PY' || fail "the page cannot be taken apart"
import re, sys
name, count, out = None, 0, None
for line in open(sys.argv[1]):
    fence = re.match(r"```(\w*)", line)
    if fence and out:
        out.close()
        out = None
    elif fence and fence[1] == "sh":
        count += 1
        out = open(f"commands.{count}", "w")
    elif fence:
        out = open(name, "w")
    elif out:
        out.write(line)
    else:
        named = re.match(r"`(\w+\.(?:yaml|py))`", line)
        name = named[1] if named else name
PY
for file in space.yaml train.py job.yaml commands.1 commands.2 commands.3; do
    [ -s $file ] || { fail "the page has no $file"; finish; }
done
[ "$(wc -l < train.py)" -le 30 ] || fail "train.py has $(wc -l < train.py) lines"
sibyl inspect space.yaml > log 2>&1 || fail "inspect space.yaml: status $?"
grep -q 'points: 128' log && grep -q 'networks: 80' log || fail "space.yaml is not of 128 points and 80 networks"

# The search, for real: twelve trainings are too many for a test.
sed -i 's/^mpirun -n 3 \(.*\)$/mpirun --oversubscribe --bind-to none -n 3 \1 --set search.evaluations=8 --set search.initial=5 --threads 1/' commands.1
grep -q 'n 3 sibyl search job.yaml --out digits ' commands.1 || fail "commands.1 is not a search on three ranks"
timeout 300 bash -e commands.1 > log 2>&1 || fail "the commands of the search: status $?"
[ "$(field digits evaluations)" = 8 ] && [ "$(field digits status)" = done ] && [ "$(field digits ranks)" = 3 ] || fail "the search: $(cat digits/result.json)"
[ "$(field digits failed_evaluations)" = 0 ] || fail "a training failed: $(cat digits/history.csv)"
awk "BEGIN { exit !($(field digits best_value) > 0.5) }" || fail "the best accuracy is $(field digits best_value)"
head -n 1 digits/history.csv | grep -q ',parameters,' || fail "no column parameters: $(head -n 1 digits/history.csv)"
grep -q '^status: done$' log && [ -s digits/report.html ] || fail "inspect or report"

# The line for Slurm names what there is.
read -r sbatch _ _ script job out < commands.2
[ "$sbatch $job $out" = "sbatch job.yaml digits" ] && [ -x "$root/$script" ] || fail "the line for Slurm: $(cat commands.2)"

# Ask and tell.
sed 's/{kind: command.*}/{kind: ask, value: accuracy}/' job.yaml > ask.yaml
timeout 60 bash -e commands.3 > out 2> log || fail "the commands of ask and tell: status $?"
[ "$(grep -c '"task":' out)" = 2 ] || fail "ask: $(cat out)"
[ "$(field asked evaluations)" = 2 ] && [ "$(field asked failed_evaluations)" = 1 ] || fail "tell: $(cat asked/result.json)"
finish "docs/own-network.md: $(field digits best_value) after 8 trainings on three ranks"
