#!/bin/bash
# Killed at each of its last renames and removals, a run leaves either what the next one goes on from or its finished
# result: never work that is lost. And what it is killed in is done again, to the same bits.
# usage: last_writes.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
last=${1:-6} # so many of them; before the first there is nothing to lose

cat > killer.c <<'C'
/* Ends the process with SIGKILL before its call number KILL_AT of rename() and unlink(); counts them in the file CALLS. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static void count(const char *path)
{
    static int calls;
    const char *at = getenv("KILL_AT"), *out = getenv("KILL_IN");
    if (!out || strncmp(path, out, strlen(out)) != 0) return; /* of the results' folder */
    FILE *f = fopen(getenv("CALLS"), "w");
    if (f) fprintf(f, "%d\n", ++calls), fclose(f);
    if (at && atoi(at) == calls) kill(getpid(), SIGKILL);
}
int rename(const char *from, const char *to) { count(to); return syscall(SYS_rename, from, to); }
int unlink(const char *path) { count(path); return syscall(SYS_unlink, path); }
C
cc -shared -fPIC -o killer.so killer.c 2> /dev/null || { echo "skip: no C compiler"; exit 77; }

import_digits201
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 60}
predictor: {layers: 1, width: 16}
training: {epochs: 2, batch: 30, checkpoint_s: 0}
effort: quick
YAML
cat > score.yaml <<'YAML'
predictor: alone.train/predictor.sibyl
input: {file: table.sibyl}
score: {checkpoint_s: 0}
YAML
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: aging, evaluations: 8}
YAML
declare -A results=([train]=predictor.sibyl [score]="scores.csv top.csv" [search]="history.csv best.json")
# killed VERB OUT CALL: runs until this call.
killed() {
    LD_PRELOAD=$PWD/killer.so CALLS=$PWD/calls KILL_IN=$2/ KILL_AT=$3 "$sibyl" "$1" "$1.yaml" --out "$2" --threads 1 --quiet > log 2>&1
}

for verb in train score search; do
    killed $verb alone.$verb 0 || fail "$verb, left alone: status $?"
    calls=$(cat calls)
    for ((at = calls; at > calls - last && at > 1; at--)); do
        rm -rf out
        { killed $verb out $at; } 2> /dev/null
        [ $? = 137 ] || fail "$verb was not killed at call $at of $calls"
        ended=$(grep -c '"status": "done"' out/result.json 2> /dev/null)
        # A search that has evaluated nothing yet has nothing to go on with.
        [ $verb != search ] || "$sibyl" inspect out/run.journal | grep -q ' records: measurement' || ended=1
        run_job $verb out || fail "$verb, killed at call $at of $calls: status $?"
        [ "$ended" = 1 ] || [ "$(field out resumed)" = true ] ||
            fail "$verb, killed at call $at of $calls, began anew"
        for file in ${results[$verb]}; do
            cmp alone.$verb/$file out/$file || fail "$verb, killed at call $at of $calls: another $file"
        done
        left=$(find out -name 'checkpoint*' -o -name '*.sibyl-tmp' -o -name '*.partial' -o -name .lock)
        [ -z "$left" ] || fail "$verb, killed at call $at of $calls, leaves $left"
    done
    echo "$verb: killed at $((calls - at)) of $calls renames and removals"
done
finish
