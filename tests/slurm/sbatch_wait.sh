#!/bin/bash
# Trainings as jobs of their own, under a real Slurm of two nodes: a search that is left alone, one that is stopped and goes
# on, and one that is killed and finds its jobs again give the same answers; no job is left, and none is paid for twice.
# usage: sbatch_wait.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
here=$(cd "$(dirname "$0")" && pwd)
[ "${1:-}" = inside ] || exec "$here/cluster.sh" "$here/sbatch_wait.sh" inside
# shellcheck source=tests/prelude.sh
. "$here/../prelude.sh"
export SBATCH_WAIT_POLL=0.5

# Says where it runs and how often; waits while there is a file `hold`.
cat > train.sh <<'SH'
#!/bin/bash
q=$(cat)
echo "$SIBYL_TASK" >> begun
while [ -e hold ]; do sleep 0.1; done
[ ! -e "full$SIBYL_TASK" ] || { rm "full$SIBYL_TASK"; echo "disk full" >&2; exit 75; }
[ "$SIBYL_TASK" != 3 ] || { echo "diverged" >&2; exit 4; }
echo "$SIBYL_TASK" >> ended
echo "on $SLURMD_NODENAME in job $SLURM_JOB_ID"
printf '{"accuracy": %s, "own_job": %d}\n' "$(grep -o '"architecture":"[^"]*"' <<< "$q" | cksum | cut -d ' ' -f 1)" \
    "$([ -n "$SLURM_JOB_ID" ] && echo 1)"
SH
chmod +x train.sh
cat > search.yaml <<YAML
space: digits201
evaluator:
  kind: command
  command: [$root/jobs/evaluators/sbatch_wait.sh, --ntasks=1, --time=5, --, ./train.sh]
  value: accuracy
  pause_s: 0.1
search: {algorithm: random, evaluations: 6, batch: 6}
YAML
search() { timeout 200 mpirun --oversubscribe -n 3 "$sibyl" search search.yaml --out "$1" --quiet > log 2>&1; }
# shellcheck disable=SC2317 # until_true calls these three
in_queue() { squeue -h -o %A | wc -l; }
# until_true WHAT COMMAND...: a failure where it is not so within a minute.
until_true() {
    local end=$((SECONDS + 60)) what=$1
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || { fail "$what: not so in time"; squeue; return 1; }
        sleep 0.1
    done
}
# shellcheck disable=SC2317
queue_is() { [ "$(in_queue)" = "$1" ]; }
# shellcheck disable=SC2317
begun_are() { [ -e begun ] && [ "$(wc -l < begun)" -ge "$1" ]; }
# answers OUT: what does not hang on time, nor on the machine.
answers() {
    python3 -c '
import csv, sys
for row in csv.DictReader(open(sys.argv[1] + "/history.csv")):
    print(row["task"], row["status"], row["value"], row["own_job"], row["error"])' "$1" | sort -n
}

# ---- left alone; one of the jobs is tried again ----
touch full4
search alone || fail "alone: not done"
until_true "alone: the queue is empty" queue_is 0
answers alone > want
[ "$(grep -c ' ok .* 1\.\?0\? $\| ok [0-9]* 1 $' want)" = 5 ] || fail "alone: $(cat want)"
grep -q '^3 failed  .*exit status 4: diverged' want || fail "alone: $(cat want)"
[ "$(sort begun | paste -s -d ' ')" = "0 1 2 3 4 4 5" ] || fail "alone: begun: $(sort begun | paste -s -d ' ')"
grep -q '^on n[12] in job [0-9]' alone/evaluations/0.log || fail "alone: its log has not what the job printed"

# ---- stopped: the jobs are cancelled, and run again when the search goes on ----
rm -f begun ended
touch hold
search stopped &
run=$!
until_true "stopped: 3 jobs run" begun_are 3
mine '^mpirun .*--out stopped' | xargs -r kill -TERM # not timeout, which would tell mpirun twice
wait $run
until_true "stopped: no job is left" queue_is 0
rm -f hold
search stopped || fail "stopped: it does not go on"
answers stopped | cmp - want || fail "stopped: other answers"

# ---- killed: the jobs run on, and are found again ----
rm -f begun ended
touch hold
search killed &
run=$!
until_true "killed: 3 jobs run" begun_are 3
mine "search search.yaml --out killed" | xargs -r kill -KILL
wait $run
rm -f hold # they end while nobody waits
until_true "killed: the jobs end" queue_is 0
search killed || fail "killed: it does not go on"
answers killed | cmp - want || fail "killed: other answers"
[ "$(sort ended | uniq -d | wc -l)" = 0 ] || fail "killed: paid twice for: $(sort ended | uniq -d | paste -s -d ' ')"
until_true "killed: no job is left" queue_is 0

# ---- what Slurm does not take is a failure for the machine's sake ----
sed 's/--time=5/--partition=none/; s/pause_s: 0.1/pause_s: 0.1\n  retries: 0/; s/evaluations: 6/evaluations: 1/' search.yaml > refused.yaml
timeout 60 "$sibyl" search refused.yaml --out refused --quiet > log 2>&1
status=$?
grep -q 'exit status 75: .*sbatch did not take the job' log || fail "refused: no reason"
[ $status = 1 ] || fail "refused: status $status"
finish "trainings as jobs of their own: stopped, killed and gone on with, none left, none paid twice"
