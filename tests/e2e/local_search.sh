#!/bin/bash
# search.algorithm: local goes as local search does, evaluation by evaluation, in a space whose edits are known.
# usage: local_search.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
printf 'name: small\nparts:\n  - chain: 4\n    block: {operation: [a, b, c, d]}\n' > small.yaml
(echo architecture,value; seq 0 255 | awk '{ n = $1; text = ""
    for (i = 0; i < 4; i++) { text = text (i ? "-" : "") n % 4; n = int(n / 4) }
    print text "," ($1 * 7919 % 1009) }') > small.csv
"$sibyl" import csv small.csv --space small.yaml --architecture architecture --out small.sibyl --label value=value --quiet ||
    fail "import"
cat > job.yaml <<'YAML'
space: small.yaml
evaluator: {kind: table, file: small.sibyl, value: value}
search: {algorithm: local, evaluations: 200}
YAML
cat > check.py <<'PY'
import csv, sys
sign = -1 if sys.argv[2] == "min" else 1
known, centre, climbs, moves, bad = {}, None, 0, 0, []
def near(text):
    genes = text.split("-")
    return {"-".join(genes[:i] + [o] + genes[i + 1:]) for i in range(4) for o in "0123"} - {text}
for row in csv.DictReader(open(sys.argv[1] + "/history.csv")):
    while centre and near(centre) <= set(known):
        best = max(near(centre), key=known.get)
        moves += known[best] > known[centre]
        centre = best if known[best] > known[centre] else None
    text = row["architecture"]
    if centre and (row["origin"] != "neighbour" or text not in near(centre)):
        bad.append(f"{text} is no neighbour of {centre}")
    if not centre and row["origin"] != "random":
        bad.append(f"{text} is no random start")
    known[text] = sign * float(row["value"])
    if not centre:
        centre, climbs = text, climbs + 1
print(f"{climbs} climbs, {moves} moves")
sys.exit(bool(bad) and print("\n".join(bad[:5])) is None or len(known) != 200 or climbs < 3 or moves < 5)
PY
for goal in max min; do
    minimise=$([ $goal = min ] && echo true || echo false)
    for seed in 1 2 3; do
        "$sibyl" search job.yaml --out $goal$seed --set seed=$seed --set evaluator.minimise="$minimise" --threads 1 --quiet \
            > log 2>&1 || fail "seed $seed: status $?"
        python3 check.py $goal$seed $goal || fail "$goal, seed $seed: this is not local search"
    done
done
finish "local search moves to the best neighbour of all, and starts again where none is better"
