#!/bin/bash
# Labels that are penalties for failed networks: found, said, left out; and what data.labels says of them.
# usage: penalties.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
import_digits201
small_train 60 20

# spoil FILE VALUE: the table with this label in one of 29 rows.
spoil() {
    awk -F, -v OFS=, -v value="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "accuracy") a = i }
        NR > 1 && NR % 29 == 5 { $a = value } { print }' "$root/jobs/examples/digits201.csv" > spoilt.csv
    "$sibyl" import nasbench201-csv spoilt.csv --out "$1.sibyl" --label accuracy=accuracy --quiet || fail "import $2"
}
# The same rows are trained on where they are holes and where they are penalties.
spoil holes ""
"$sibyl" train train.yaml --set data.file=holes.sibyl --out holes --quiet > log 2>&1 || fail "train with holes"
for value in 1e20 -1e8 -1; do
    spoil bad "$value"
    "$sibyl" train train.yaml --set data.file=bad.sibyl --out "bad$value" --quiet > log 2>&1 || fail "train with $value"
    grep -q "labels accuracy are penalties" log || fail "no warning of $value"
    for key in test_kendall_tau train_size test_size unlabelled predictor_sha256; do
        [ "$(field "bad$value" $key)" = "$(field holes $key)" ] || fail "$value: $key $(field "bad$value" $key), not $(field holes $key)"
    done
    [ "$(field "bad$value" penalties)" -gt 10 ] || fail "$value: penalties $(field "bad$value" penalties)"
done
spoil bad 1e20
"$sibyl" train train.yaml --set data.file=bad.sibyl --set data.labels=as_is --out as_is --quiet > log 2>&1 || fail as_is
! grep -q penalties log || fail "as_is warns"
[ "$(field as_is unlabelled)" = 0 ] || fail "as_is leaves rows out"
"$sibyl" train train.yaml --set data.file=bad.sibyl --set data.labels=ranks --out ranks --quiet > log 2>&1 || fail ranks
[ "$(field ranks unlabelled)" = 0 ] || fail "ranks leaves rows out"
"$sibyl" train train.yaml --set data.labels=ranks --set training.target=plain --out r > log 2>&1
[ $? = 2 ] && grep -q 'data.labels: ranks goes with' log || fail "ranks and plain"
# An honest table has none.
"$sibyl" train train.yaml --out honest > log 2>&1 || fail honest
! grep -q penalties log honest/result.json || fail "penalties in an honest table"
finish "penalties are left out"
