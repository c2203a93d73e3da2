#!/bin/bash
# One run at a time in a folder: a second one is refused and told who is there; a killed one blocks nobody, and its time
# counts; parts of an experiment share a folder; a report may be made of a folder that a run is in.
# usage: folder_lock.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
small_train 3 32
run_job train trained || fail "train: status $?"
cat > grid.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 60}
predictor: {layers: 1, width: 16}
training: {epochs: 3, batch: 32}
effort: quick
repeat: 4
YAML
cat > score.yaml <<'YAML'
predictor: trained/predictor.sibyl
input: {space: nasbench201, sample: 600000}
score: {checkpoint_s: 0.05}
YAML
cat > evaluate.sh <<'SH'
#!/bin/sh
cat > /dev/null
echo x >> begun
while [ ! -e go ]; do sleep 0.02; done
echo '{"accuracy": 0.5}'
SH
chmod +x evaluate.sh
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: command, command: [./evaluate.sh], value: accuracy}
search: {algorithm: random, evaluations: 3}
YAML

# until COMMAND...: waits for it, 20 s.
until_() {
    local i
    for ((i = 0; i < 1000; i++)); do "$@" && return; sleep 0.02; done
    fail "waited in vain for: $*"
}
# begin VERB OUT [ARGUMENT...]: in the background, its process in `job`, once it is at work.
begin() {
    "$sibyl" "$1" "$1.yaml" --out "$2" --threads 1 --quiet "${@:3}" > "$2.log" 2>&1 &
    job=$!
    until_ grep -qs "pid $job " "$2/.lock"
    until_ test -s "$2/config.yaml"
}
# busy VERB OUT [ARGUMENT...]: a second run is refused with status 1, and names this host and the first one's process.
busy() {
    local holder=$job
    kill -STOP $job # it would else be done too soon, on a busy machine
    run_job "$1" "$2" "${@:3}"
    status=$?
    kill -CONT $job
    [ $status = 1 ] || fail "$1 twice: status $status, want 1"
    grep -q "$2 is in use by process $holder on $(uname -n); wait for it, or choose another --out" log || fail "$1 twice: no word of who is there"
}

begin train t --set training.epochs=1000000
busy train t --set training.epochs=1000000
busy score t
timeout 60 "$sibyl" report t --quiet > log 2>&1 # status: a result.json may not be there yet
kill -9 $job
wait $job 2> /dev/null
[ -e t/.lock ] || fail "a killed run leaves no trace of its time"
touch t/predictor.sibyl.0123456789abcdef.sibyl-tmp t/report.html.0123456789abcdef.sibyl-tmp
refuse_job train t "another job: training.epochs" --set training.epochs=2
begin train t --set training.epochs=1000000 # a killed run blocks nobody
until_ [ ! -e t/predictor.sibyl.0123456789abcdef.sibyl-tmp ] # what the killed run was writing
[ -e t/report.html.0123456789abcdef.sibyl-tmp ] || fail "what a report may be writing was taken away"
kill -TERM $job
wait $job
[ $? = 3 ] || fail "the training that went on was not stopped"

# Two scores at once: one of them is refused, the other's file is whole.
begin score s
busy score s
wait $job || fail "score: status $?"
run_job score alone || fail "score alone: status $?"
cmp alone/scores.csv s/scores.csv || fail "the scores beside a second run are others"

# A search: beside a second one; killed twice; its time is that of all runs, in result.json once it is done.
begun() { [ "$(cat begun 2> /dev/null | wc -l)" -ge "$1" ]; }
for i in 1 2; do
    begin search o
    until_ begun $i
    [ $i = 2 ] || busy search o
    sleep 1.3
    kill -9 $job
    wait $job 2> /dev/null
done
touch go
run_job search o || fail "search: status $?"
awk -v s="$(field o wall_s)" 'BEGIN { exit !(s > 2 && s < 60) }' || fail "wall_s after two kills: $(field o wall_s)"
[ ! -e o/.lock ] || fail "a finished run leaves its lock"
rm go begun
# Stopped, not killed.
begin search stopped
until_ begun 1
sleep 1
kill -TERM $job
wait $job
[ $? = 3 ] || fail "search: not stopped"
first=$(field stopped wall_s)
touch go
timeout 60 "$sibyl" report stopped --quiet > log 2>&1 || fail "report of a stopped search: status $?"
run_job search stopped || fail "search, stopped: status $?"
awk -v a="$first" -v b="$(field stopped wall_s)" 'BEGIN { exit !(a >= 1 && b > a) }' || fail "wall_s $first, then $(field stopped wall_s)"

# Parts of an experiment at once; a part that another one has, and the whole, are refused meanwhile.
mv train.yaml plain.yaml
cp grid.yaml train.yaml
begin train g --only 1/2 --set training.epochs=1000000
sed -i 's/epochs: 3/epochs: 1000000/' train.yaml
busy train g --only 1/2
busy train g --only 1/4
busy train g
"$sibyl" train train.yaml --out g --only 2/2 --threads 1 --quiet > g2.log 2>&1 &
second=$!
until_ grep -q "pid $second " g/.lock
kill -9 $job $second
wait $job $second 2> /dev/null
rm -r g
sed -i 's/epochs: 1000000/epochs: 3/' train.yaml
for i in 1 2 3 4; do run_job train g --only $i/4 & done
wait
[ "$(find g/tasks -name '????.json' | wc -l)" = 4 ] || fail "four parts at once: not all rows are there"
run_job train g || fail "four parts at once: status $?"
[ "$(field g trainings)" = 4 ] && [ ! -e g/.lock ] || fail "four parts at once: not done"

# A file system without locks: a warning, not a failure.
cat > nolock.c <<'C'
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>
static int call(int fd, int what, long argument)
{
    if (what != F_SETLK && what != F_GETLK) return syscall(SYS_fcntl, fd, what, argument);
    errno = ENOLCK;
    return -1;
}
int fcntl(int fd, int what, ...) { va_list l; va_start(l, what); long a = va_arg(l, long); va_end(l); return call(fd, what, a); }
int fcntl64(int fd, int what, ...) { va_list l; va_start(l, what); long a = va_arg(l, long); va_end(l); return call(fd, what, a); }
C
if cc -shared -fPIC -o nolock.so nolock.c 2> /dev/null; then
    cp plain.yaml train.yaml
    LD_PRELOAD=$PWD/nolock.so timeout 60 "$sibyl" train train.yaml --out n --threads 1 --quiet > log 2>&1 || fail "no locks: status $?"
    grep -q 'warning: n: its file system has no locks' log || fail "no locks: no warning"
fi
finish "one run at a time in a folder"
