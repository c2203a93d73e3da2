#!/bin/bash
# How much of the time evaluating ranks are busy, in free pace and in rounds: on 4 evaluating ranks, with a program that takes
# 0.1 to 2 s, fails in 10% and hangs in 2% of the cases (evaluator.timeout_s: 3).
# usage: pace_busy.sh [EVALUATIONS [ALGORITHM]]   (SIBYL: the program; default build/release/bin/sibyl; 400, predictor)
set -u
. "$(dirname "$0")/../prelude.sh"
evaluations=${1:-400} algorithm=${2:-predictor}
cp "$root/tests/bench/long_tail_program.sh" program.sh
cat > job.yaml <<YAML
space: nasbench201
evaluator: {kind: command, command: [bash, program.sh], value: accuracy, timeout_s: 3}
search: {algorithm: $algorithm, evaluations: $evaluations, population: 20}
predictor: {layers: 1, width: 16, members: 2}
YAML

# busy LOG: share of the time from the first start to the last end that 4 ranks spent in programs; then the same until the
# last program began.
busy() {
    python3 - "$1" <<'PY'
import sys
rows = [line.split() for line in open(sys.argv[1])]
spans = [(float(b), float(b) + 3 if e == "-" else float(e)) for _, _, b, e in rows]
first, last, began = min(b for b, e in spans), max(e for b, e in spans), max(b for b, e in spans)
whole = sum(e - b for b, e in spans) / 4 / (last - first)
steady = sum(min(e, began) - b for b, e in spans) / 4 / (began - first)
print(f"{len(rows)} programs in {last - first:.1f} s: busy {100 * whole:.1f}%, until the last one began {100 * steady:.1f}%")
PY
}
# The same ranks evaluate: in free pace rank 0 trains, and is a fifth; in rounds it evaluates too.
for pace in free rounds; do
    ranks=4
    [ $pace = free ] && [ "$algorithm" = predictor ] && ranks=5
    export LONG_TAIL_LOG=$PWD/log.$pace
    mpirun --oversubscribe --bind-to none -x LONG_TAIL_LOG -n $ranks "$sibyl" search job.yaml --set search.pace=$pace \
        --out $pace --threads 1 --quiet 2> warnings.$pace || { fail "$pace: status $?"; cat warnings.$pace; }
    [ "$(wc -l < $pace/history.csv)" = $((evaluations + 1)) ] || fail "$pace: not all of the budget was spent"
    echo "$pace, $algorithm, $ranks ranks: $(busy "$LONG_TAIL_LOG")"
    pgrep -f "$PWD/program.sh|sleep 1000" > /dev/null && fail "$pace: a program is left"
done
finish
