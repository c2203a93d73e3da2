#!/bin/bash
# Every key that a verb takes does something there: another value of it changes what a small job leaves behind, or the job is
# refused by that key's name. The keys come from `sibyl help job-files`, so that a new one is tried without a line here; one whose
# effect wants another job, or another value than the next one, has a line in keys_read.py.
# usage: keys_read.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
export OPENBLAS_NUM_THREADS=1
import_digits201
# The same networks with other values, a second label, and not all of them.
awk -F, 'NR == 1 { print $0 ",cost" } NR > 1 { printf "%s,%s,%d\n", $1, $2, (NR * 7) % 100 }' "$root/jobs/examples/digits201.csv" > cost.csv
awk -F, 'NR == 1 || NR > 60 { OFS = ","; if (NR > 1) $2 = 1 - $2; print }' cost.csv > other.csv
sed '2,20s|[a-z0-9_]*~|none~|g' cost.csv | awk -F, '!seen[$1]++' > mixed.csv # one of them has no path from input to output
head -n 30 cost.csv | sed '1s/arch/architecture/' > known.csv
awk -F, 'NR % 9 == 5 { OFS = ","; $2 = 1e20 } 1' cost.csv > penalty.csv
for name in cost other mixed penalty; do
    "$sibyl" import nasbench201-csv $name.csv --out $name.sibyl --label accuracy=accuracy --label cost=cost --quiet || fail "import $name"
done
mkdir elsewhere
for seed in 1 2; do
    printf 'data: {file: cost.sibyl, label: accuracy}\nsplit: {train: 40}\npredictor: {layers: 1, width: 8, members: 2}\ntraining: {epochs: 2}\n' > p.yaml
    "$sibyl" train p.yaml --out p$seed --set seed=$seed --quiet || fail "the training that scorings need"
done
cat > program.sh <<'SH2'
request=$(cat)
echo "$CUDA_VISIBLE_DEVICES $(ulimit -d) $(pwd) ${SIBYL_SCRATCH%/*} $*"
case $request in
*'"task":1,'*) exit 75 ;;
*'"task":2,'*) sleep 0.2 ;;
esac
[ -z "$SIBYL_CHECKPOINT" ] || echo "$SIBYL_BUDGET" > "$SIBYL_CHECKPOINT/state"
hash=${request#*'"hash":"'}
echo "{\"value\": $((0x${hash%"${hash#??????}"}))}"
SH2
timeout 500 python3 "$root/tests/e2e/keys_read.py" "$sibyl" || fail "keys that are not read"
finish "every key of every verb does something there"
