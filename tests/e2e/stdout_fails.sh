#!/bin/bash
# What should be printed and cannot be is exit status 1 and one line on stderr, for every verb; what need not be printed is
# no failure, and a closed stdout ends up in no file.
# usage: stdout_fails.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
small_train 2
printf '%s\n' 'predictor: trained/predictor.sibyl' 'input: {file: table.sibyl}' > score.yaml
printf '%s\n' 'space: digits201' 'evaluator: {kind: table, file: table.sibyl, value: accuracy}' \
    'search: {algorithm: random, evaluations: 5}' > search.yaml
csv=$root/jobs/examples/digits201.csv
"$sibyl" train train.yaml --out trained --quiet || fail "train"
trained=$(sha256sum < trained/predictor.sibyl)

# judge STATUS LINES ARGUMENT...
judge() {
    [ "$status" = "$1" ] || fail "sibyl ${*:3} ($to): status $status, want $1"
    [ "$(grep -c '^sibyl: standard output' log)" = "$2" ] || fail "sibyl ${*:3} ($to): want $2 lines about it"
}
number=0
for verb in --version --help help "help score" "train -h" "inspect table.sibyl" "inspect trained/predictor.sibyl" \
    "import nasbench201-csv $csv --out new.sibyl --label accuracy=accuracy" "train train.yaml --out OUT" \
    "score score.yaml --out OUT" "search search.yaml --out OUT" "report trained --out OUT" "plan train.yaml" \
    "train train.yaml --dry-run" "bench --dry-run"; do
    for to in full closed; do
        number=$((number + 1))
        words=${verb//OUT/out$number}
        # shellcheck disable=SC2086
        if [ $to = full ]; then timeout 60 "$sibyl" $words > /dev/full 2> log; else timeout 60 "$sibyl" $words >&- 2> log; fi
        status=$?
        judge 1 1 "$words"
        case $verb in
        train*OUT) [ "$(sha256sum < out$number/predictor.sibyl)" = "$trained" ] || fail "another predictor ($to)" ;;
        import*) cmp -s table.sibyl new.sibyl || fail "another dataset ($to)" ;;
        esac
    done
done
for verb in "import nasbench201-csv $csv --out new.sibyl --quiet" "train train.yaml --out quiet --quiet" \
    "report trained --out page --quiet"; do
    to=closed
    # shellcheck disable=SC2086
    timeout 60 "$sibyl" $verb >&- 2> log
    status=$?
    judge 0 0 "$verb"
done
# A failure of the verb itself keeps its status.
to=full
timeout 60 "$sibyl" inspect gone.sibyl > /dev/full 2> log; status=$?; judge 1 0 inspect gone.sibyl
timeout 60 "$sibyl" fly > /dev/full 2> log; status=$?; judge 2 0 fly
# The other two may be closed as well.
timeout 60 "$sibyl" inspect table.sibyl <&- 2>&- > out || fail "inspect with stdin and stderr closed"
grep -q '483 architectures' out || fail "nothing was printed"
timeout 60 "$sibyl" inspect gone.sibyl <&- >&- 2>&-
[ $? = 1 ] || fail "all three closed"
finish "$((number + 7)) runs without a stdout"
