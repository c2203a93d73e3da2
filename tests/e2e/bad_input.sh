#!/bin/bash
# Wrong commands and job files: the exit status, one line on stderr that says what is wrong, and no hang, on 1 and 2 ranks.
# usage: bad_input.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
runs=0

# Real input: three cells of NAS-Bench-201 with made-up labels.
cat > cells.csv <<'CSV'
index,arch,acc
0,|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|avg_pool_3x3~2|,90.5
1,|nor_conv_1x1~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|avg_pool_3x3~2|,91.5
2,|avg_pool_3x3~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|avg_pool_3x3~2|,92.5
CSV
"$sibyl" import nasbench201-csv cells.csv --out cells.sibyl --label acc=acc:0.01 --quiet || {
    echo "FAIL the import that the other cases need"; exit 1; }
head -c 100 cells.sibyl > cut.sibyl
printf 'not a record file at all, but long enough to be looked at\n' > other.sibyl
printf 'arch,acc\n|bad|,1\n' > bad.csv
echo 'data: {file: cells.sibyl, label: acc}' > train.yaml
echo 'data: {file: cells.sibyl, label: nothing}' > label.yaml
echo 'data: {file: gone.sibyl, label: acc}' > gone.yaml
echo 'data: {file: cut.sibyl, label: acc}' > cut.yaml
echo 'data: {file: other.sibyl, label: acc}' > other.yaml
printf 'data: {file: cells.sibyl, label: acc}\npredictor:\n  widht: 3\n' > unknown.yaml
printf 'data: {file: cells.sibyl, label: acc}\n\npredictor:\n  layers: 0\n' > bound.yaml
printf 'data: [\n' > syntax.yaml
: > empty.yaml
echo 'seed: 1' > seed.yaml
cat > search.yaml <<'YAML'
space: nasbench201
evaluator: {kind: table, file: cells.sibyl, value: acc}
YAML
printf 'space: flatland\nevaluator: {file: cells.sibyl, value: acc}\n' > space.yaml
printf 'space: nasbench201\nevaluator: {kind: command, command: [./gone.sh]}\n' > command.yaml
printf 'space: nasbench201\nevaluator: {kind: command, command: [no-such-program-anywhere]}\n' > program.yaml
printf 'predictor: gone.sibyl\ninput: {file: cells.sibyl}\n' > score.yaml
printf 'predictor: cells.sibyl\ninput: {file: cells.sibyl}\n' > kind.yaml
printf 'predictor: p\ninput: {}\n' > input.yaml
mkdir nothing
: > file

# checked RANKS STATUS PART ARGUMENT...: in files named for it, so that several can be at once.
checked() {
    local ranks=$1 want=$2 part=$3 log=log.$BASHPID launch=() got
    shift 3
    [ "$ranks" = 1 ] || launch=(mpirun --oversubscribe --bind-to none -n "$ranks")
    timeout 60 "${launch[@]}" "$sibyl" "$@" > /dev/null 2> "$log"
    got=$?
    if [ "$got" != "$want" ] || ! grep -qF -- "$part" "$log" || [ "$(grep -c '^sibyl: ' "$log")" != 1 ]; then
        echo "FAIL sibyl $* ($ranks ranks): exit $got, want $want, with one line about: $part"
        cat "$log"
        return 1
    fi
}
# check STATUS PART ARGUMENT...
check() {
    local ranks
    for ranks in 1 2; do
        beside checked $ranks "$@"
        runs=$((runs + 1))
    done
}

# the command line
check 2 "no verb given"
check 2 "unknown verb fly" fly
check 2 "unknown flag --colour" train train.yaml --colour
check 2 "--set width: want KEY.PATH=VALUE" train train.yaml --set width
check 2 "--set needs a value" train train.yaml --set
check 2 "want: sibyl train JOB.yaml" train
check 2 "want: sibyl train JOB.yaml" train train.yaml search.yaml
check 2 "want: sibyl report DIR..." report
check 2 "want: sibyl inspect FILE.sibyl" inspect
check 2 "unknown format table" import table cells.csv --out x.sibyl
check 2 "wants --space SPACE and --architecture COLUMN" import csv cells.csv --out x.sibyl
check 2 "want --out" import nasbench201-csv cells.csv
check 2 "--label" import nasbench201-csv cells.csv --out x.sibyl --label acc
# job files
check 2 "gone-job.yaml" train gone-job.yaml
check 2 "syntax.yaml:2: not YAML" train syntax.yaml
check 2 "job file empty.yaml: is empty" train empty.yaml
check 2 "the key data.file is missing" train seed.yaml
check 2 "unknown.yaml:3: predictor: unknown key widht" train unknown.yaml
check 2 "bound.yaml:4: predictor.layers: want a whole number 1..64" train bound.yaml
check 2 "--set: predictor.width: want a whole number" train train.yaml --set predictor.width=many
check 2 "--set: predictor: unknown key depth" train train.yaml --set predictor.depth=3
check 2 "split.train: want 1..3 rows" train train.yaml --set split.train=4 --out o1
check 2 "unknown key evaluator" train train.yaml --set evaluator.kind=table
check 2 "flatland" search space.yaml --out o2
check 2 "the key space is missing" search seed.yaml
check 2 "want one of the keys file and space" score input.yaml
# files and folders
check 2 "there is no label nothing" train label.yaml --out o3
check 1 "gone.sibyl" train gone.yaml --out o4
check 1 "cut.sibyl" train cut.yaml --out o5
check 1 "other.sibyl" train other.yaml --out o6
check 1 "bad.csv:2" import nasbench201-csv bad.csv --out x.sibyl
check 1 "gone.csv" import nasbench201-csv gone.csv --out x.sibyl
check 1 "no/such" import nasbench201-csv cells.csv --out no/such/folder/x.sibyl
check 2 "./gone.sh" search command.yaml --out o7
check 2 "no-such-program-anywhere" search program.yaml --out o8
check 1 "gone.sibyl" score score.yaml --out o9
check 1 "cells.sibyl" score kind.yaml --out o10
check 1 "file/run" train train.yaml --out file/run
check 1 "file/run" search search.yaml --out file/run
check 1 "no result.json" report nothing
check 1 "other.sibyl" inspect other.sibyl
check 1 "gone.sibyl" inspect gone.sibyl

all_done

# Nothing of these leaves a predictor, and a dry run leaves nothing at all.
find . -name predictor.sibyl | grep -q . && fail "a refused job wrote a predictor"
timeout 30 "$sibyl" train train.yaml --dry-run --out dry > out 2> log || fail "dry run"
[ -e dry ] && fail "a dry run made its folder"
for ask in --help --version "train --help"; do
    # shellcheck disable=SC2086
    timeout 30 "$sibyl" $ask > out 2> log && [ -s out ] && [ ! -s log ] || fail "sibyl $ask"
done
finish "$runs runs, as they should be"
