#!/bin/bash
# A search goes on in its folder: with more evaluations, other time limits, slots, ranks and pace; what cannot change is refused by
# the name of its key. And training.from: the trainings of a search start from another predictor.
# usage: goes_on.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
cat > evaluate.sh <<'SH'
#!/bin/sh
cat > /dev/null
echo "{\"accuracy\": $SIBYL_TASK}"
SH
chmod +x evaluate.sh
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: command, command: [./evaluate.sh], value: accuracy}
search: {algorithm: aging, evaluations: 10, population: 8, sample: 3, batch: 4}
YAML
run_job search o || fail "search: status $?"
more=10
for change in evaluator.timeout_s=50 evaluator.grace_s=1 evaluator.retries=0 evaluator.pause_s=3 evaluator.give_up_after=9 \
    evaluator.gpus=0 evaluator.memory_gb=4 evaluator.log_mb=2 search.coordinator=dedicated search.pace=rounds search.pace=free \
    search.target=1000000 evaluator.folder=.; do
    more=$((more + 1))
    run_job search o --set search.evaluations=$more --set $change || fail "$change: status $?"
    [ "$(field o evaluations)" = $more ] || fail "$change: $(field o evaluations) evaluations, want $more"
done
timeout 60 mpirun --oversubscribe --bind-to none -n 3 "$sibyl" search search.yaml --out o --threads 1 --quiet --set search.evaluations=30 \
    --set ranks.evaluate=2 > log 2>&1 || fail "three ranks: status $?"
[ "$(field o evaluations)" = 30 ] && [ "$(tail -n +2 o/history.csv | cut -d, -f 5 | sort -u | wc -l)" = 30 ] || fail "three ranks: $(field o evaluations)"
for change in space=nasbench201 seed=2 evaluator.value=loss evaluator.minimise=true search.algorithm=random search.population=9 \
    search.sample=2 search.batch=5 evaluator.command="[/bin/true]"; do
    refuse_job search o "another job: ${change%%=*} is" --set search.evaluations=40 --set "$change"
done

# Starting weights: other results than without, the same on any ranks, and the predictor is part of the job.
small_train 20 50
sed -i 's/predictor: {layers: 1, width: 16}/predictor: {layers: 1, width: 16, members: 2}/' train.yaml
run_job train trained || fail "train: status $?"
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: predictor, model: network, evaluations: 32, initial: 20, batch: 4}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 3}
YAML
run_job search without || fail "without: status $?"
sed -i 's/epochs: 3/epochs: 3, from: trained\/predictor.sibyl/' search.yaml
run_job search with || fail "with: status $?"
cmp -s with/history.csv without/history.csv && fail "training.from changes nothing"
timeout 60 mpirun --oversubscribe --bind-to none -n 2 "$sibyl" search search.yaml --out with2 --threads 1 --quiet > log 2>&1 || fail "two ranks: status $?"
cmp with/history.csv with2/history.csv || fail "training.from: other results on two ranks"
run_job search wide --set predictor.width=32
[ $? = 2 ] && grep -q "training.from: .* has other layers, width, heads or operations" log || fail "a predictor of another shape is not refused"
run_job train other --set seed=9 && cp other/predictor.sibyl trained/predictor.sibyl
refuse_job search with "the predictor .* is not the one that this run began with" --set search.evaluations=36
finish "a search goes on with what may change, and refuses the rest by name"
