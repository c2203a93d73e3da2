#!/bin/bash
# A folder belongs to one job: another job, and another verb, are refused, and the message names the key that differs; what
# may change between runs of one job may; a finished job that is run again changes nothing, not even a time.
# usage: one_job.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
small_train 4 32
cat train.yaml - > grid.yaml <<'YAML'
repeat: 2
vary: {training.rate: [0.001, 0.002]}
YAML
cat > score.yaml <<'YAML'
predictor: t/predictor.sibyl
input: {file: table.sibyl, label: accuracy}
YAML
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: predictor, evaluations: 25, initial: 10, batch: 10}
predictor: {layers: 1, width: 16}
training: {epochs: 3}
YAML
grid() { timeout 120 "$sibyl" train grid.yaml --out "$1" --threads 1 --quiet "${@:2}" > log 2>&1; }

# all FOLDER: every file with its content and its time.
all() { find "$1" -type f -printf '%P %T@ %i ' -exec md5sum {} \; | sort; }
# again VERB FOLDER [ARGUMENT...]: the same job once more, whatever the threads and intervals.
again() {
    all "$2" > before
    timeout 120 "$sibyl" "$1" "$1.yaml" --out "$2" --threads 2 "${@:3}" > log 2>&1 || fail "$1 again: status $?"
    all "$2" > after
    cmp before after || fail "$1 again has changed $(diff before after | tail -n 1)"
    grep -q "$2: this job is done" log || fail "$1 again does not tell that it is done"
}

# In a folder with files of the user's own, which stay.
mkdir t
echo mine > t/notes.txt
run_job train t || fail "train: status $?"
run_job score s || fail "score: status $?"
run_job search o || fail "search: status $?"
grid g || fail "experiment: status $?"
[ "$(cat t/notes.txt)" = mine ] || fail "a file of the user's is gone"
for f in t s o g; do [ ! -e $f/.lock ] || fail "a finished run leaves $f/.lock"; done

again train t --set training.checkpoint_s=1
grep -q '^test_kendall_tau: ' log || fail "train again does not tell the result"
again score s --set score.checkpoint_s=1
again search o
mv train.yaml plain.yaml
mv grid.yaml train.yaml
again train g
again train g --only 2/2
mv train.yaml grid.yaml
mv plain.yaml train.yaml

# Another job: exit status 2, the key with both values, and nothing changes.
refuse_job train t "another job: training.epochs is 4 there .* 5 in this one; choose another --out" --set training.epochs=5
refuse_job train t "another job: seed is 1 there .* 2 in this one" --set seed=2
refuse_job train t "another job: predictor.heads is not set there .*forward.* in this one" --set predictor.heads='[forward]'
refuse_job train t "another job: data.test_label is not set there .* accuracy in" --set data.test_label=accuracy
refuse_job score s "another job: top is 100 there .* 7 in this one" --set top=7
refuse_job search o "another job: search.initial is 10 there .* 9 in this one" --set search.initial=9
refuse_job train t "another job: repeat" --set repeat=2
cp grid.yaml kept.yaml
sed -i 's/0.002/0.003/' grid.yaml
all g > before
grid g
[ $? = 2 ] && grep -q 'another job: vary.training.rate is \[0.001, 0.002\] there' log || fail "another experiment"
all g > after
cmp before after || fail "a refused experiment has changed its folder"
mv kept.yaml grid.yaml
# Another verb, and results without a word of whose they are.
refuse_job train s "s holds the results of another job, a score"
refuse_job train o "o holds the results of another job, a search"
refuse_job score t "t holds the results of another job, a train"
refuse_job search t "t holds the results of another job, a train"
mkdir orphan
cp t/predictor.sibyl orphan
refuse_job train orphan "orphan holds a predictor.sibyl, and no config.yaml"
rm o/result.json o/config.yaml
refuse_job train o "o holds the results of another job, a search"
run_job search o || fail "a search whose journal alone is there: status $?"
grep -q 'evaluations: 25$' o/config.yaml || fail "config.yaml is not written again"

# A file that has another content, or lies elsewhere with the same.
cp table.sibyl same.sibyl
again train t --set data.file=same.sibyl
again search o --set evaluator.file=same.sibyl
awk -F, -v OFS=, 'NR > 1 { $2 = $2 * 0.9 } 1' "$root/jobs/examples/digits201.csv" > changed.csv
"$sibyl" import nasbench201-csv changed.csv --out changed.sibyl --label accuracy=accuracy --quiet || fail import
refuse_job train t "another job: data.file is .*/table.sibyl there .*/changed.sibyl in this one" --set data.file=changed.sibyl
mv changed.sibyl table.sibyl
refuse_job train t "the table .*/table.sibyl is not the one that t was made with"
refuse_job score s "the input .*/table.sibyl is not the one that s was made with"
all g > before
grid g
[ $? = 2 ] && grep -q "the table .*/table.sibyl is not the one that g was made with" log || fail "an experiment with another table"
all g > after
cmp before after || fail "an experiment with another table has changed its folder"
mv same.sibyl table.sibyl
grid g || fail "an experiment whose table is back: status $?"
mkdir rows
cp -r g/tasks rows
grid rows
[ $? = 2 ] && grep -q 'rows holds a tasks/0000.json, and no config.yaml' log && cmp g/tasks/0000.json rows/tasks/0000.json ||
    fail "rows without a word of whose they are"
# A dry run refuses what the run would refuse.
for line in "t --set seed=2:seed is 1 there" "o:the results of another job, a search" "table.sibyl:is not a folder"; do
    # shellcheck disable=SC2086
    "$sibyl" train train.yaml --dry-run --out ${line%%:*} > log 2>&1 && fail "a dry run into ${line%%:*} is taken"
    grep -q "${line#*:}" log || fail "a dry run into ${line%%:*}"
done
"$sibyl" train train.yaml --dry-run --out t > log 2>&1 || fail "a dry run into its own folder"
# A result that is not as it was is no result.
cp -r t kept
truncate -s -9 kept/predictor.sibyl
run_job train kept && fail "a predictor that was cut short passes for the result"
grep -q 'kept/predictor.sibyl: record .* cut short' log || fail "a predictor that was cut short is not named"
run_job train other --set seed=2 && cp other/predictor.sibyl kept
run_job train kept && fail "another job's predictor passes for the result"
grep -q 'kept/predictor.sibyl is not the one that result.json there tells of' log || fail "another predictor is not named"
rm -r kept
cp -r t kept
rm kept/predictor.sibyl # what a user does who wants it trained anew
run_job train kept || fail "a training whose predictor was removed: status $?"
cmp t/predictor.sibyl kept/predictor.sibyl || fail "a training whose predictor was removed: another one"
mkdir moved
mv train.yaml table.sibyl t moved
cd moved || exit 1
again train t
cd ..
mv moved/* .

# What may change: more evaluations, more repeats. Nothing is done twice.
find g/tasks -name '*.json' -printf '%f %T@\n' | sort > before
grid g --set repeat=3 || fail "more repeats: status $?"
find g/tasks -name '*.json' -printf '%f %T@\n' | sort > after
[ -z "$(comm -23 before after)" ] && [ "$(wc -l < after)" = 6 ] || fail "more repeats: rows were trained again"
[ "$(field g trainings)" = 6 ] || fail "more repeats: result.json has not 6 trainings"
run_job search o --set search.evaluations=47 || fail "more evaluations: status $?"
[ "$(field o evaluations)" = 47 ] || fail "more evaluations: $(field o evaluations)"
[ "$(tail -n +2 o/history.csv | cut -d, -f5 | sort -u | wc -l)" = 47 ] || fail "a network was evaluated twice"
again search o --set search.evaluations=47
again search o # a smaller budget than it has used
cp -r o killed
python3 - killed/run.journal <<'PY' || fail "the journal cannot be cut"
import struct, sys # all but the last three records, as a kill leaves it
data = open(sys.argv[1], "rb").read()
starts, at = [], 16
while at < len(data):
    starts.append(at)
    at += 24 + struct.unpack_from("<I", data, at + 4)[0]
open(sys.argv[1], "wb").write(data[:starts[-3]])
PY
run_job search killed --set search.evaluations=47 || fail "killed while it was extended: status $?"
cmp o/history.csv killed/history.csv || fail "killed while it was extended: another history"

# A file of the user's that is called config.yaml is not written over.
mkdir own
cp train.yaml own/config.yaml
"$sibyl" train own/config.yaml --out own --quiet > log 2>&1
[ $? = 2 ] && cmp train.yaml own/config.yaml || fail "the job file was written over"
echo "colour: blue" > own/config.yaml
"$sibyl" train train.yaml --out own --quiet > log 2>&1
[ $? = 2 ] && grep -q 'own has a config.yaml that this program does not understand' log && [ "$(cat own/config.yaml)" = "colour: blue" ] ||
    fail "another program's config.yaml was written over"
# The saved values are a job file themselves.
timeout 60 "$sibyl" train t/config.yaml --out t --quiet > log 2>&1 || fail "a run from its own config.yaml: status $?"
finish "a folder belongs to one job, and a finished one stays as it is"
