#!/bin/bash
# `sibyl plan`: a table for the numbers of ranks and a batch script that bash and the shipped scripts can read, for each
# kind of job; nothing is written; what is wrong with a job is said as it would be when the job ran.
# usage: plan.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
# shellcheck source=tests/prelude.sh
. "$(dirname "$0")/../prelude.sh"
import_digits201
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 60}
predictor: {layers: 2, width: 16, members: 2, head: linear+gp}
training: {epochs: 20, folds: 3, structure: true, pretraining: 2}
YAML
sed 's/^training:.*/training: {epochs: 20}/; s/, members: 2, head: linear+gp//' train.yaml > plain.yaml
sed '$a repeat: 3\nvary: {training.loss.rank_all: [0, 1]}' plain.yaml > "an experiment's.yaml"
printf 'predictor: p/predictor.sibyl\ninput: {file: table.sibyl, label: accuracy}\n' > score.yaml
printf 'predictor: p/predictor.sibyl\ninput: {space: digits201}\n' > space.yaml
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {evaluations: 40}
YAML
sed 's/^evaluator:.*/evaluator: {kind: command, command: [true]}/' search.yaml > command.yaml
"$sibyl" train plain.yaml --out p --quiet || { echo "FAIL the training that scorings need"; exit 1; }
: > files && ls > files

# plan VERB JOB RANKS FLAG...: the table's column `ranks`, and the script.
plan() {
    local verb=$1 job=$2 ranks=$3 row want
    "$sibyl" plan "$job" --ranks "$ranks" "${@:4}" > out 2> err || { fail "plan $job: status $?"; cat err; return; }
    row=$(sed -n 's/^ *\([0-9]*\)  [0-9.]* .* MB .* %$/\1/p' out | paste -s -d ' ')
    want=$(for ((r = 1; r < ranks; r *= 2)); do printf '%d ' $r; done; echo "$ranks")
    [ "$row" = "$want" ] || { fail "plan $job: rows for $row ranks, want $want"; cat out; }
    sed -n '/^#!/,$p' out > script.sbatch
    bash -n script.sbatch || fail "plan $job: the script is none"
    grep -qx "#SBATCH --ntasks=$ranks" script.sbatch || fail "plan $job: no --ntasks=$ranks"
    mkdir -p slurm && printf '#!/bin/bash\nprintf "%%s|" "%s" "$@"\n' "$verb" > "slurm/$verb.sbatch"
    [ "$(bash script.sbatch)" = "$verb|$job|runs/$verb-${job%.yaml}|" ] || {
        fail "plan $job: the script runs $(bash script.sbatch)"; cat script.sbatch; }
    rm -r slurm script.sbatch out err
    ls | diff files - || fail "plan $job left files"
}
plan train train.yaml 1
plan train plain.yaml 6
plan train "an experiment's.yaml" 4
plan score score.yaml 2
plan score space.yaml 3
plan search search.yaml 5
plan search command.yaml 8 --evaluation-time 3600

# An hour each: at least as long as the evaluations that cannot overlap.
"$sibyl" plan command.yaml --ranks 1 --evaluation-time 3600 | grep -q '^ *1  1 d 1[67] h' || fail "40 evaluations of an hour"
mpirun --oversubscribe --bind-to none -n 2 "$sibyl" plan plain.yaml --ranks 2 > out || fail "plan under mpirun"
[ "$(grep -c '#SBATCH --ntasks=2' out)" = 1 ] || fail "plan under mpirun speaks more than once"

# refused STATUS PART ARGUMENT...
refused() {
    "$sibyl" plan "${@:3}" > out 2> err
    local status=$?
    [ $status = "$1" ] && grep -qF -- "$2" err && [ "$(wc -l < err)" = 1 ] && [ ! -s out ] ||
        { fail "plan ${*:3}: status $status, want $1 and '$2'"; cat out err; }
}
refused 2 'JOB.yaml'
refused 2 'gone.yaml' gone.yaml
refused 2 'want 1..' plain.yaml --ranks 0
refused 2 'want seconds' command.yaml --evaluation-time soon
refused 2 'predictor.layers' plain.yaml --set predictor.layers=0
refused 2 'no label' plain.yaml --set data.label=nothing
refused 1 'gone.sibyl' plain.yaml --set data.file=gone.sibyl
refused 1 'gone.sibyl' score.yaml --set predictor=gone.sibyl
refused 1 'other operations' space.yaml --set input.space=nasbench101
refused 1 'gone.sibyl' search.yaml --set evaluator.file=gone.sibyl
refused 2 'flatland' search.yaml --set space=flatland
finish "plans of trainings, scorings and searches, and what is wrong with them"
