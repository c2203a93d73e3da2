#!/bin/bash
# The example evaluator, jobs/evaluators/train_cell.py, for real: cells for handwritten digits, trained by PyTorch, under three
# ranks.
# usage: train_cell.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

# The first line of the program names the Python it runs under.
python=$(sed -n '1s/^#!//p' "$root/jobs/evaluators/train_cell.py")
"$python" -c 'import torch, sklearn' 2> /dev/null || {
    echo "skip: PyTorch or scikit-learn is not there; install python3-torch and python3-sklearn"; exit 77; }
cat > search.yaml <<YAML
space: digits201
evaluator: {kind: command, command: [$root/jobs/evaluators/train_cell.py, --seeds, "1", --epochs, "3", --train, "300"], value: accuracy, timeout_s: 120}
search: {algorithm: predictor, evaluations: 5, initial: 3, batch: 2}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 10}
YAML
timeout 300 mpirun --oversubscribe --bind-to none -n 3 "$sibyl" search search.yaml --out run --threads 1 > log 2>&1 || fail "search: status $?"
[ "$(field run evaluations)" = 5 ] && [ "$(field run failed_evaluations)" = 0 ] || fail "$(field run failed_evaluations) of $(field run evaluations) failed"
awk "BEGIN { exit !($(field run best_value) > 0.11 && $(field run best_value) <= 1) }" || fail "the best accuracy is $(field run best_value)"
head -n 1 run/history.csv | grep -q ',parameters,' || fail "no column parameters: $(head -n 1 run/history.csv)"
# The same network, the same seed: the same accuracy.
best=$(field run best_architecture)
task=$(awk -F, -v best="$best" 'NR > 1 && $6 == best { print $2 }' run/history.csv)
"$sibyl" inspect run > out || fail "inspect: status $?"
grep -q "^evaluations: 5 of 5 done, 0 of them failed" out && grep -qF "$best" out && [ -n "$task" ] || fail "inspect: $(cat out)"
finish "five cells trained on digits by three ranks, the best $(field run best_value)"
