#!/bin/bash
# A scoring that is stopped, goes on and ends with the bytes of one left alone, on any number of ranks; and what it says
# of checkpoints that are damaged, of another job, or without their file of scores.
# usage: score_stop.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
small_train 10
cat > score.yaml <<'YAML'
predictor: trained/predictor.sibyl
input: {space: nasbench201, sample: 400000}
score: {deduplicate: true, checkpoint_s: 0}
YAML
timeout 60 "$sibyl" train train.yaml --out trained --quiet || { echo "FAIL train"; exit 1; }

# scored RANKS OUT [ARGUMENT...]: its messages in `log`, its status is that of mpirun.
scored() {
    timeout 100 mpirun --oversubscribe --bind-to none -n "$1" "$sibyl" score score.yaml --threads 1 --quiet --out "$2" \
        "${@:3}" > log 2>&1
}
same() { cmp alone/scores.csv "$1/scores.csv" && cmp alone/top.csv "$1/top.csv" || fail "$2: not the files of a run left alone"; }
says() { grep -q -- "$1" log || fail "no message about '$1'"; }
# stop RANKS OUT SIGNAL: when it has two checkpoints the last rank gets the signal.
stop() {
    local rank
    holding checkpoint.sibyl.before scored "$1" "$2"
    rank=$(mine "^$sibyl score score.yaml .*--out $2\$" | tail -n 1)
    kill -s "$3" "$rank" || fail "$2: no rank to send $3"
    kill -s CONT "$held"
    wait $job
    [ $? = 3 ] || fail "$2 on $1 ranks: not stopped by $3"
    [ -e "$2/scores.csv" ] && fail "$2: scores.csv is there after a stop"
    grep -q '"status": "stopped"' "$2/result.json" || fail "$2/result.json does not say stopped"
}

scored 1 alone || fail "left alone: status $?"
grep -q '"resumed": false' alone/result.json || fail "alone/result.json: resumed"
for signal in TERM USR1 USR2; do
    stop 2 parts $signal
    rm -f parts/checkpoint.sibyl.before
done
[ $(($(stat -c %s parts/scores.csv.partial))) -gt 1000 ] || fail "no scores after three stops"
scored 3 parts || fail "the last part: status $?"
same parts "stopped three times"
grep -q '"resumed": true' parts/result.json || fail "parts/result.json does not say that it was resumed"
grep -q '"architectures": 400000,' parts/result.json || fail "parts: not 400000 architectures"
cmp <(grep '"distinct"' alone/result.json) <(grep '"distinct"' parts/result.json) || fail "other numbers of distinct networks"
[ -z "$(find parts -name 'checkpoint*' -o -name '*.partial')" ] || fail "something is left behind: $(ls parts)"

# A damaged checkpoint is the one before; two are an error.
stop 1 damaged USR1
cp -r damaged both
cp -r damaged short
cp -r damaged other
cp -r damaged line
printf 'x' | dd of=damaged/checkpoint.sibyl bs=1 seek=60 conv=notrunc status=none
scored 2 damaged || fail "a damaged checkpoint: status $?"
says "going on from the checkpoint before it"
same damaged "a damaged checkpoint"
truncate -s 50 both/checkpoint.sibyl
truncate -s 40 both/checkpoint.sibyl.before
scored 2 both && fail "two damaged checkpoints: it went on"
says "both/checkpoint.sibyl.before"
truncate -s 5000 short/scores.csv.partial
scored 2 short && fail "a file of scores cut short: it went on"
says "shorter than its checkpoint tells"
scored 2 other --set seed=7 && fail "another job's checkpoint: it went on"
says "another job: seed is 1 there .* and 7 in this one"
printf 'x' | dd of=line/scores.csv.partial bs=1 seek=3 conv=notrunc status=none
scored 2 line && fail "another first line of scores: it went on"
says "its first line was changed"
# Killed between the last two steps: the scores have their name, the checkpoint is still there.
mkdir -p late/top.csv
scored 2 late && fail "late: a folder in the place of top.csv"
[ -e late/scores.csv ] && [ -e late/checkpoint.sibyl ] || fail "late: no scores.csv beside a checkpoint: $(ls late)"
rmdir late/top.csv
scored 2 late || fail "killed before its checkpoint was removed: status $?"
same late "killed before its checkpoint was removed"

# Another dataset of the same name and the same size.
awk 'NR == 1 { print; next } { row[NR] = $0 } END { for (k = 0; k < 150; k++) for (i = 2; i <= NR; i++) print row[i] }' \
    "$root/jobs/examples/digits201.csv" > many.csv
import_many() { "$sibyl" import nasbench201-csv many.csv --out many.sibyl --label accuracy=accuracy --quiet; }
import_many || fail "the import of many rows"
cp score.yaml points.yaml
printf 'predictor: trained/predictor.sibyl\ninput: {file: many.sibyl}\nscore: {deduplicate: false, checkpoint_s: 0}\n' > score.yaml
stop 2 many USR1
cp many.sibyl first.sibyl
cp many.csv first.csv
{ sed -n 1p first.csv; sed -n 1026,2049p first.csv; sed -n 2,1025p first.csv; sed -n '2050,$p' first.csv; } > many.csv
import_many # two blocks have changed places
[ "$(stat -c %s many.sibyl)" = "$(stat -c %s first.sibyl)" ] || fail "the other dataset has another size"
scored 2 many && fail "another dataset of the same size: it went on"
says "the input .*many.sibyl is not the one that this run began with"
mv points.yaml score.yaml

# A dataset whose header lies about its rows, and one that is cut short.
printf 'predictor: trained/predictor.sibyl\ninput: {file: table.sibyl}\n' > score.yaml
scored 2 table || fail "a dataset: status $?"
[ "$(wc -l < table/scores.csv)" = "$(wc -l < "$root/jobs/examples/digits201.csv")" ] || fail "a dataset: not all rows"
head -c $(($(stat -c %s table.sibyl) - 5000)) table.sibyl > cut.sibyl
sed -i 's/table.sibyl/cut.sibyl/' score.yaml
scored 2 cut && fail "a dataset that is cut short: it went on"
says "cut.sibyl: record .*cut short"
finish "stopped, resumed and damaged scorings: all as they should be"
