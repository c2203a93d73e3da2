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
effort: quick
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
# Random graphs, more than a plan tries at a time.
awk 'BEGIN { srand(1); for (i = 0; i < 2400; i++) {
    printf "{\"ops\": [\"input\""; for (k = 0; k < 6; k++) printf ", \"%s\"", rand() < 0.5 ? "conv" : "pool"
    printf ", \"output\"], \"edges\": ["; for (k = 0; k < 7; k++) printf "[%d, %d], ", k, k + 1
    printf "[0, %d]], \"value\": %.6f}\n", 2 + rand() * 5, rand() } }' > many.jsonl
"$sibyl" import graph-jsonl many.jsonl --out many.sibyl --label value=value --quiet || { echo "FAIL import"; exit 1; }
printf 'data: {file: many.sibyl, label: value}\neffort: quick\nsplit: {train: 2400}\npredictor: {layers: 2, width: 16}\n' > many.yaml
mkdir stub && printf '#!/bin/sh\nprintf "%%s|" "$SRUN_CPUS_PER_TASK" "$@"\n' > stub/srun && : > stub/squeue && : > stub/sibyl && chmod +x stub/*
: > files && ls > files

# runs [NAME=VALUE...]: what script.sbatch starts where srun only tells.
runs() { env "$@" PATH="$PWD/stub:$PATH" SLURM_JOB_ID=1 bash script.sbatch; }
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
    grep -q -- '--nodes' script.sbatch && fail "plan $job: how many CPUs a node has, the cluster knows"
    want="1|--mpi=pmix|sibyl|$verb|$job|--threads|1|--out|runs/$verb-${job%.yaml}|"
    [ "$(runs SIBYL_SLURM="$root/slurm" SIBYL=stub/sibyl)" = "${want/sibyl/stub/sibyl}" ] || {
        fail "plan $job: the script runs $(runs SIBYL_SLURM="$root/slurm" SIBYL=stub/sibyl)"; cat script.sbatch; }
    rm script.sbatch out err
    ls | diff files - || fail "plan $job left files"
}
plan train train.yaml 1
plan train plain.yaml 6
plan train "an experiment's.yaml" 4
plan score score.yaml 2
plan score space.yaml 3
plan search search.yaml 5
plan search command.yaml 8 --evaluation-time 3600
# Who does what, in both paces; numbers of ranks that the roles are not of are told as such, and refused where asked for. A
# search in rounds of 8 takes its 20 + 20 evaluations in 3 + 3 turns on 8 ranks, one in free pace on 6 in 4 + 4.
roles=(command.yaml --set search.initial=20 --set ranks.evaluate=6 --set ranks.train=2 --evaluation-time 36000)
"$sibyl" plan "${roles[@]}" --ranks 8 > out || fail "plan with roles"
grep -q '^8 ranks, in free pace: ranks 2 to 7 evaluate.* ranks 0 to 1 train' out || fail "roles of 8 ranks"
[ "$(grep -c '^ *[24]  not these ranks' out)" = 2 ] || fail "2 and 4 ranks have these roles"
grep -q '^ *8  3 d 08 h' out || fail "8 evaluations of 10 h, one after the other"
"$sibyl" plan "${roles[@]}" --ranks 8 --set search.pace=rounds --set ranks.train=0 --set ranks.evaluate=0 > out || fail "plan of rounds"
grep -q '^8 ranks, in rounds: ranks 0 to 7 evaluate.* all 8 train' out || fail "8 ranks in rounds"
grep -q '^ *8  2 d 12 h' out || fail "6 evaluations of 10 h, one after the other"
"$sibyl" plan "${roles[@]}" --ranks 4 > out 2> log && fail "a plan of 4 ranks for 6 and 2"
grep -q 'ranks: 6 to evaluate and 2 to train are not the 4 ranks' log || fail "4 ranks"
: > log
mpirun --oversubscribe --bind-to none -n 3 "$sibyl" search command.yaml --out o --dry-run > out 2>&1 || fail "a dry run"
[ "$(grep -c 'in free pace: ranks 1 to 2 evaluate.* rank 0 trains' out)" = 1 ] || fail "a dry run does not tell who does what"
"$sibyl" plan command.yaml --set evaluator.kind=ask > out 2> log && fail "a plan of what nobody runs"
grep -q 'evaluator.kind is ask' log || fail "a plan of what nobody runs"
rm log out
# Folds, which want more rows than the shards that a plan tries.
"$sibyl" plan train.yaml --set split.train=40 --set training.folds=40 > out 2> log || fail "plan of 40 folds"

# Without SIBYL and SIBYL_SLURM, from any folder: this program and the scripts of its tree; with the flags of the plan.
"$sibyl" plan plain.yaml --ranks 2 --threads 2 --out "it's" --set training.epochs=7 --set "data.label=acc uracy" \
    --set data.label=accuracy --stall-timeout 90 > out || fail "plan with flags"
sed -n '/^#!/,$p' out > script.sbatch
told=$(runs -u SIBYL -u SIBYL_SLURM SLURM_CPUS_PER_TASK=2)
want="2|--mpi=pmix|$(readlink -f "$sibyl")|train|plain.yaml|--threads|2|--out|it's|--set|training.epochs=7|"
want+="--set|data.label=acc uracy|--set|data.label=accuracy|--stall-timeout|90|"
[ "$told" = "$want" ] || { fail "the script starts $told, want $want"; cat script.sbatch; }

# How long a program takes only the user knows, and what memory it takes.
"$sibyl" plan command.yaml --ranks 2 > out || fail "plan command.yaml"
if ! grep -q '^No batch script.*--evaluation-time' out || grep -q '^#!' out; then fail "a script of unknown length"; fi
"$sibyl" plan command.yaml --ranks 2 --evaluation-time 86400 > out || fail "plan command.yaml"
if grep -q '^#SBATCH --mem' out || ! grep -q '^# No --mem-per-cpu' out; then fail "memory of a program that is not known"; fi
[ "$(sed -n 's/^#SBATCH --time=//p' out)" -gt 1445 ] || fail "less time than one evaluation takes"

# megabytes JOB FLAG...: a rank's memory, for each row of the table.
megabytes() { "$sibyl" plan "$@" | sed -n 's/.* \(-\{0,1\}[0-9]*\) MB .* %$/\1/p'; }
# A batch of more shards than a plan tries: each rank has the program and its share of the shards.
bulk=(many.yaml --set training.batch=2400 --set training.shards=64 --set predictor.width=64 --ranks 64)
read -r -d '' -a mb < <(megabytes "${bulk[@]}")
if [ "${#mb[@]}" != 7 ] || [ "${mb[6]}" -lt 10 ] || [ "${mb[0]}" -le $((${mb[6]} + 20)) ]; then
    fail "64 shards of a large batch: ${mb[*]} MB on 1, 2, 4 .. 64 ranks"
fi
# A process alone has no use for the networks of folds.
"$sibyl" plan many.yaml --set predictor.head=gp --set training.folds=10 | grep -q '[:] 1 networks' || fail "head gp with folds"
# A process's memory does not get lost among the trainings of an experiment.
sed '$a vary: {predictor.head: [gp, linear]}' many.yaml > heads.yaml
process=$(megabytes many.yaml --ranks 1 --set predictor.head=gp) || fail "plan of a process"
both=$(megabytes heads.yaml --ranks 1) || fail "plan of heads"
[ "$both" -gt $((process * 9 / 10)) ] || fail "an experiment takes $both MB, and one of its trainings $process MB"

# So does a scoring's, and that of a search trains networks of folds.
"$sibyl" train many.yaml --set split.train=1000 --set predictor.head=gp --set training.epochs=1 --out q --quiet 2> log ||
    fail "a training with a process"
process=$(megabytes score.yaml --ranks 1 --set input.file=many.sibyl --set input.label=value --set predictor=q/predictor.sibyl)
none=$(megabytes space.yaml --ranks 1)
[ "$process" -gt $((none + 10)) ] || fail "a scoring takes $process MB with a process of 1,000 rows, and $none MB without one"
rm -r q
# seconds JOB FLAG...: on one rank
seconds() {
    "$sibyl" plan "$@" --ranks 1 | sed -n 's/^ *1  \(.*[a-z]\)  *[0-9]* MB .*/\1/p' |
        awk '{ for (i = 1; i < NF; i += 2) s += $i * ($(i+1) == "h" ? 3600 : $(i+1) == "min" ? 60 : 1); print int(s) }'
}
long=(search.yaml --set predictor.members=1 --set training.epochs=4000)
one=$(seconds "${long[@]}") folds=$(seconds "${long[@]}" --set predictor.head=linear+gp --set training.folds=9)
[ "$folds" -gt $((4 * one)) ] || fail "a search with 9 networks of folds takes $folds s, and $one s with one network"
# There are no more evaluations than networks.
for algorithm in exhaustive random; do
    "$sibyl" plan search.yaml --set search.algorithm=$algorithm --set search.evaluations=700 | grep -q 'at most 483 eval' ||
        fail "more evaluations than networks by $algorithm"
done

# An hour each: at least as long as the evaluations that cannot overlap.
"$sibyl" plan command.yaml --ranks 1 --evaluation-time 3600 | grep -q '^ *1  1 d 1[67] h' || fail "40 evaluations of an hour"
mpirun --oversubscribe --bind-to none -n 2 "$sibyl" plan plain.yaml --ranks 2 > out || fail "plan under mpirun"
[ "$(grep -c '#SBATCH --ntasks=2' out)" = 1 ] || fail "plan under mpirun speaks more than once"
# What the node has, and where that is too little.
"$sibyl" plan plain.yaml --ranks 1 > out 2> log || fail "plan on one rank"
grep -q '^this node: [1-9][0-9]* CPUs and [1-9][0-9]* MB for this job$' out || fail "no line about this node"
[ ! -s log ] || fail "a warning where all is well"
"$sibyl" plan plain.yaml --ranks 100000 > out 2> log || fail "plan on many ranks"
grep -q 'warning: 100000 ranks take .* MB, and this node has .*; start at most [1-9][0-9]* on such a node' log ||
    fail "no warning of 100000 ranks"

# Without --ranks: the most that keep four fifths of the efficiency, no more than Slurm's partitions have room for, in one that
# fits. A fake sinfo tells what there is.
recommended() { sed -n 's/^recommended: \([0-9]*\) ranks\{0,1\}, .*/\1/p' out; }
cat > stub/sinfo <<'SH'
#!/bin/sh
cat "$(dirname "$0")/partitions"
SH
chmod +x stub/sinfo
: > stub/partitions
stubbed() { PATH="$PWD/stub:$PATH" "$sibyl" plan "$@" > out 2> log || fail "plan $*"; }
long=(command.yaml --evaluation-time 3600 --set search.evaluations=400)
stubbed "${long[@]}"
most=$(recommended)
[ "${most:-0}" -ge 16 ] || fail "recommended ${most:-nothing} for 400 evaluations of an hour"
awk -v most="$most" '$1 == most && $NF == "%" { e = $(NF - 1) } $1 == 2 * most && $NF == "%" { next_one = $(NF - 1) }
    END { exit !(e >= 79.5 && next_one > 0 && next_one < 80.5) }' out || { fail "$most ranks are not the most of 80%"; cat out; }
grep -qx "#SBATCH --ntasks=$most" out || fail "the script is not for the $most ranks that are recommended"
grep -q 'partition' out && fail "a partition where there is no Slurm"
printf 'small*|up|2|2|4000|10:00\nlong|up|3|4|64000|10-00:00:00\n' > stub/partitions
stubbed "${long[@]}"
[ "$(recommended)" = 8 ] || fail "$(recommended) ranks where there is room for 12"
grep -qx '#SBATCH --partition=long' out || fail "not the partition with the room"
[ "$(sed -n 's/^#SBATCH --time=//p' out)" -le 14400 ] || fail "more time than the partition gives"
stubbed "${long[@]}" --ranks 100
grep -q '^# No partition has room for 100 ranks; long has most, for 12: give --ranks' out || fail "no word about 100 ranks"
stubbed "${long[@]}" --ranks 2
if [ "$(sed -n 's/^#SBATCH --time=//p' out)" != 14400 ] || ! grep -q '^# It takes about 2 such jobs' out; then
    fail "a job that is longer than its partition's limit"
fi
stubbed plain.yaml
grep -q 'partition' out && fail "the standard partition has no need of its name"
rm stub/sinfo stub/partitions log out

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
refused 2 '--only' plain.yaml --only 1/2
refused 2 'want seconds' command.yaml --evaluation-time soon
refused 2 'predictor.layers' plain.yaml --set predictor.layers=0
refused 2 'no label' plain.yaml --set data.label=nothing
refused 2 'nothing to learn' plain.yaml --set training.pretraining=5
refused 2 'only 60 rows' plain.yaml --set predictor.head=linear+gp --set training.folds=61
refused 1 'gone.sibyl' plain.yaml --set data.file=gone.sibyl
refused 1 'gone.sibyl' score.yaml --set predictor=gone.sibyl
refused 1 'other operations' space.yaml --set input.space=nasbench101
refused 1 'gone.sibyl' search.yaml --set evaluator.file=gone.sibyl
refused 2 'flatland' search.yaml --set space=flatland
"$sibyl" train plain.yaml --set training.pretraining=5 --dry-run > out 2> err
if [ $? != 2 ] || ! grep -q 'nothing to learn' err; then fail "a dry run of what a training refuses"; fi
finish "plans of trainings, scorings and searches, and what is wrong with them"
