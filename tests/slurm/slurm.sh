#!/bin/bash
# The scripts in slurm/ as they are, under a real Slurm of two nodes: jobs left alone, jobs that meet their time limit
# and jobs that are cancelled and submitted again give the bits of their commands on one rank without Slurm.
# usage: slurm.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
here=$(cd "$(dirname "$0")" && pwd)
[ "${1:-}" = inside ] || exec "$here/cluster.sh" "$here/slurm.sh" inside
# shellcheck source=tests/prelude.sh
. "$here/../prelude.sh"
export SIBYL=$sibyl
# fail_job JOB WHAT: with what Slurm and the job itself say.
fail_job() {
    fail "job $1: $2"
    scontrol -o show job "$1" | grep -oE '\b(JobName|JobState|Reason|Restarts|ExitCode)=[^ ]*' | paste -s -d ' '
    tail -n 40 "sibyl-"*"-$1.log" "sibyl-"*"-$1-"*.log 2> /dev/null
}

# submit VERB OPTION... -- ARGUMENT...: sets job. Two ranks on either node, unless options say otherwise.
submit() {
    local script=$root/slurm/$1.sbatch options=()
    shift
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    job=$(sbatch --parsable --nodes=2 --ntasks-per-node=2 "${options[@]}" "$script" "${@:2}") || {
        fail "sbatch $script"; exit 1; }
}
# show JOB KEY: one line, of an array one for each task.
show() { scontrol -o show job "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"; }
# within SECONDS JOB WHAT COMMAND...: waits until the command succeeds; a failure, and 1, where it does not.
within() {
    local end=$((SECONDS + $1)) job=$2 what=$3
    shift 3
    until "$@"; do
        [ $SECONDS -lt $end ] || { fail_job "$job" "$what: not so in time"; return 1; }
        sleep 0.2
    done
}
ended() {
    local states
    states=$(show "$1" JobState)
    # Slurm lets a job wait for half a minute before it starts again. It need not; but where it starts in the second in
    # which it was stopped, slurmd takes the new run for the stopped one and refuses it.
    [ "$states $(show "$1" Reason)" != "PENDING BeginTime" ] || { sleep 2 && scontrol update JobId="$1" StartTime=now; }
    [ -n "$states" ] && ! grep -qvxE 'COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL' <<< "$states"
}
# crashed JOB: a rank jumped to address 0 before the program had said anything. Seen twice so far, on a loaded machine, and not
# understood: 91 starts of four ranks in a row with core files allowed have not shown it.
crashed() { [ "$(show "$1" ExitCode)" = 139:0 ] && grep -q 'Failing at address: (nil)' "sibyl-"*"-$1.log"; }
# ends JOB STATE CODE: of an array, all its tasks. A job that crashed so is told of, and put back once.
ends() {
    local found
    within 120 "$1" "end" ended "$1" || return
    if crashed "$1"; then
        echo "NOTE job $1: a rank crashed in its start; once more"
        scontrol requeue "$1"
        within 120 "$1" "end" ended "$1" || return
    fi
    found=$(paste -d ' ' <(show "$1" JobState) <(show "$1" ExitCode) | sort -u | paste -s -d ',')
    [ "$found" = "$2 $3" ] || fail_job "$1" "ended as $found, want $2 $3"
}
# requeued JOB: by its own script.
requeued() {
    [ "$(show "$1" Restarts)" -ge 1 ] || fail_job "$1" "was not started again"
    grep -q 'back in the queue' "sibyl-"*"-$1.log" || fail_job "$1" "its log does not say that it was put back"
}
# same REFERENCE RUN FILE...
same() {
    local file
    for file in "${@:3}"; do
        diff "$1/$file" "$2/$file" > log || { fail "$2/$file is not that of one rank without Slurm"; head -n 6 log; }
    done
}
same_predictor() { # REFERENCE RUN
    [ "$(field "$2" ranks)" = 4 ] || fail "$2 ran on $(field "$2" ranks) ranks, not 4"
    [ "$(field "$2" predictor_sha256)" = "$(field "$1" predictor_sha256)" ] ||
        fail "$2: the predictor is not that of one rank without Slurm"
}
# untimed FILE: the columns of a table that are no times.
untimed() {
    awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) keep[i] = $i !~ /_s(_|$)|per_s|^seconds$/ }
              { for (i = 1; i <= NF; i++) if (keep[i]) printf "%s,", $i; print "" }' "$1"
}
resumed() { [ "$(field "$1" resumed)" = true ] || fail "$1/result.json does not say that it was resumed"; }

import_digits201
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 60, seed: 5}
predictor: {layers: 2, width: 16}
training: {epochs: 200, batch: 20}
YAML
cat > score.yaml <<'YAML'
predictor: alone/predictor.sibyl
input: {space: digits201}
YAML
cat > table.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: predictor, evaluations: 36, initial: 20, batch: 8}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 10}
YAML
# In rounds, so that it is the same however long each evaluation takes.
sed '/^evaluator:/d; s/36/60/; s/batch: 8/batch: 8, pace: rounds/' table.yaml > command.yaml
echo 'evaluator: {kind: command, command: [./evaluate.sh], value: accuracy}' >> command.yaml
cat > experiment.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 60, seed: 5}
predictor: {layers: 1, width: 16}
training: {epochs: 30}
repeat: 5
vary: {training.loss.rank_all: [0, 1]}
YAML
cat table.yaml - > searches.yaml <<'YAML'
repeat: 3
vary: {search.algorithm: [aging, local]}
YAML
# A value between 0 and 1 that hangs on the architecture alone. While there is a file `pause`, it takes 3 s.
cat > evaluate.sh <<'SH'
#!/bin/sh
[ ! -e pause ] || sleep 3
grep -o '"architecture": *"[^"]*"' | cksum | awk '{ printf "{\"accuracy\": %.9f}\n", $1 / 4294967296 }'
SH
chmod +x evaluate.sh
alone() { timeout 60 "$sibyl" "$@" --threads 1 --quiet 2> log || fail "$* without Slurm: status $?"; }
alone train train.yaml --out alone
alone score score.yaml --out alone.score
alone search table.yaml --out alone.table
alone search command.yaml --out alone.command
alone train experiment.yaml --out alone.experiment
alone search searches.yaml --out alone.searches

# Slurm looks at time limits every 30 s, and warns 120 s before: a job of one minute is warned when it first looks.
: > pause
submit search --time=1 -- command.yaml limited
limited=$job

# Jobs left alone. With --export=NONE a job has nothing of the environment here; its program is the one in the folder.
mkdir -p build/release/bin && ln -s "$sibyl" build/release/bin/sibyl
submit train -- train.yaml train
trained=$job
submit score --export=NONE -- score.yaml score
scored=$job
submit search -- table.yaml table
searched=$job
submit train --time=2 -- gone.yaml gone
refused=$job
ends "$scored" COMPLETED 0:0 && same alone.score score scores.csv top.csv
ends "$searched" COMPLETED 0:0 && same alone.table table history.csv best.json
ends "$trained" COMPLETED 0:0 && same_predictor alone train
ends "$refused" FAILED 2:0
echo "left alone: $SECONDS s"

# The script that a plan prints, with its flags, names the program itself; these nodes have no memory to give.
# Few epochs, and threads that wait give way: there are more of them than CPUs.
"$sibyl" plan train.yaml --ranks 4 --threads 2 --set training.epochs=4 --out planned > plan.txt 2> log || fail "plan"
sed -n '/^#!/,$p' plan.txt > plan.sbatch
job=$(env -u SIBYL SIBYL_SLURM="$root/slurm" OMP_WAIT_POLICY=passive sbatch --parsable --nodes=2 --mem-per-cpu=1M plan.sbatch) ||
    fail "sbatch plan.sbatch"
alone train train.yaml --set training.epochs=4 --out alone.4
ends "$job" COMPLETED 0:0 && same_predictor alone.4 planned
[ "$(field planned threads)" = 2 ] || fail "planned ran on $(field planned threads) threads a rank, not 2"

# A chain, whose second job wants what the first leaves; and one whose first job fails.
sed 's|alone/|chained/|' score.yaml > chained.yaml
mapfile -t chain < <("$root/slurm/chain.sh" --nodes=2 --ntasks-per-node=2 -- train train.yaml chained \
    -- score chained.yaml chained.score)
[ ${#chain[@]} = 2 ] || fail "chain.sh names ${#chain[@]} jobs: ${chain[*]}"
ends "${chain[1]%% *}" COMPLETED 0:0 && same_predictor alone chained && same alone.score chained.score scores.csv top.csv
mapfile -t chain < <("$root/slurm/chain.sh" --nodes=2 --ntasks-per-node=2 -- train gone.yaml gone \
    -- score chained.yaml gone.score)
ends "${chain[0]%% *}" FAILED 2:0
ends "${chain[1]%% *}" CANCELLED 0:0
[ ! -e gone.score ] || fail "a job ran whose chain was broken"
echo "plan and chain: $SECONDS s"

# Tasks 3, 5, 7 and 9 of an array do parts 1 to 4.
submit experiment --array=3-9:2 --nodes=1 -- experiment.yaml experiment
ends "$job" COMPLETED 0:0
for table in experiment summary; do
    cmp <(untimed alone.experiment/$table.csv) <(untimed experiment/$table.csv) ||
        fail "experiment/$table.csv is not that of one rank without Slurm"
done
# The same of searches: two parts.
submit experiment --array=1-2 --nodes=1 -- searches.yaml searches
ends "$job" COMPLETED 0:0
cmp <(rev alone.searches/experiment.csv | cut -d , -f 5- | rev) <(rev searches/experiment.csv | cut -d , -f 5- | rev) ||
    fail "searches/experiment.csv is not that of one rank without Slurm"
# An array with gaps would leave parts out.
submit experiment --array=2,3,7 --nodes=1 -- experiment.yaml gaps
ends "$job" FAILED 2:0
[ ! -e gaps ] || fail "an array with gaps began its parts"
echo "array: $SECONDS s"

# A training of about 6 s, on this machine, is long enough to be met on its way.
epochs=$(awk -v s="$(field train train_s)" 'BEGIN { e = s > 0 ? int(200 * 6 / s) : 0; print e < 200 ? 200 : e }')
sed "s/epochs: 200/epochs: $epochs/" train.yaml > long.yaml
alone train long.yaml --out alone.long
in_hand() { [ -e "$1/metrics.csv" ] && [ "$(wc -l < "$1/metrics.csv")" -gt 20 ]; }

# Warned as before a time limit: USR1 to every rank.
submit train -- long.yaml warned
within 60 "$job" "20 epochs" in_hand warned && scancel -s USR1 "$job"
ends "$job" COMPLETED 0:0 && requeued "$job" && resumed warned && same_predictor alone.long warned
echo "warned in one of $epochs epochs: $SECONDS s"

# Cancelled, which is TERM to all and no requeue; then the same command again.
submit train -- long.yaml cancelled
within 60 "$job" "20 epochs" in_hand cancelled && scancel "$job"
ends "$job" CANCELLED 0:15
[ -e cancelled/checkpoint.sibyl ] || fail_job "$job" "left no checkpoint"
submit train -- long.yaml cancelled
ends "$job" COMPLETED 0:0 && resumed cancelled && same_predictor alone.long cancelled
echo "cancelled: $SECONDS s"

within 90 "$limited" "warned of its time limit" grep -qs 'back in the queue' "sibyl-search-$limited.log"
rm -f pause
ends "$limited" COMPLETED 0:0 && requeued "$limited" && resumed limited && same alone.command limited best.json
cmp <(untimed alone.command/history.csv) <(untimed limited/history.csv) ||
    fail "limited/history.csv is not that of one rank without Slurm"
echo "over its time limit: $SECONDS s"
finish "train, score, search and an array: the bits of one rank, also after time limits and scancel"
