#!/bin/bash
# The number of ranks or threads changes no bit of predictors, scores and searches.
# usage: same_bits.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
table=$root/../shared/data/nasbench201.csv space=nasbench201 label=cifar10_test scale=:0.01
if [ ! -r "$table" ]; then
    table=$root/jobs/examples/digits201.csv space=digits201 label=accuracy scale=
fi

"$sibyl" import nasbench201-csv "$table" --out table.sibyl --label "$label=$label$scale" --quiet || {
    echo "FAIL import of $table"; exit 1; }
cat > train.yaml <<YAML
data: {file: table.sibyl, label: $label}
split: {train: 156, seed: 1}
predictor: {layers: 2, width: 32}
training: {epochs: 20}
effort: quick
YAML
cat > search.yaml <<YAML
space: $space
evaluator: {kind: table, file: table.sibyl, value: $label}
search: {algorithm: predictor, evaluations: 36, initial: 20, batch: 8}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 10}
YAML

for ranks in 1 2 3 4 6 8; do
    for verb in train search; do
        timeout 60 mpirun --oversubscribe --bind-to none -n $ranks "$sibyl" $verb $verb.yaml --out $verb$ranks --quiet \
            > log 2>&1 || fail "$verb on $ranks ranks: status $?"
    done
    [ "$(field train$ranks ranks)" = $ranks ] || fail "train$ranks did not run on $ranks ranks"
    sha=$(field train$ranks predictor_sha256)
    echo "$ranks ranks: $sha"
    [ ${#sha} = 64 ] || fail "$ranks ranks: predictor_sha256 is '$sha'"
    [ "$sha" = "$("$sibyl" inspect train$ranks/predictor.sibyl | sed -n 's/^sha256 //p')" ] ||
        fail "$ranks ranks: predictor_sha256 is not the file's"
    [ "$sha" = "$(field train1 predictor_sha256)" ] || fail "predictors differ on 1 and $ranks ranks"
    for file in best.json history.csv; do
        cmp search1/$file search$ranks/$file || fail "searches differ on 1 and $ranks ranks"
    done
done

# Nor does the number of threads, in either precision. Without AVX512-BF16 a bf16 training is refused in one line.
precisions=float32
if grep -qw avx512_bf16 /proc/cpuinfo; then
    precisions="float32 bf16"
else
    timeout 60 "$sibyl" train train.yaml --set training.precision=bf16 --out refused --quiet > log 2>&1
    [ $? = 2 ] && grep -q bfloat16 log || fail "training.precision: bf16 on this CPU"
fi
for precision in $precisions; do
    cat > score.yaml <<YAML
predictor: train1/predictor.sibyl
input: {file: table.sibyl, label: $label}
score: {precision: $precision}
YAML
    for threads in 1 3; do
        timeout 60 "$sibyl" train train.yaml --set training.precision=$precision --threads $threads \
            --out train.$precision.$threads --quiet 2> log || fail "train in $precision, $threads threads"
        timeout 60 "$sibyl" score score.yaml --threads $threads --out score.$precision.$threads --quiet 2> log ||
            fail "score in $precision, $threads threads"
        [ "$(field score.$precision.$threads threads)" = $threads ] || fail "not $threads threads"
        [ "$(field score.$precision.$threads precision)" = $precision ] || fail "not $precision"
    done
    [ "$(field train.$precision.1 predictor_sha256)" = "$(field train.$precision.3 predictor_sha256)" ] ||
        fail "predictors differ on 1 and 3 threads in $precision"
    cmp score.$precision.1/scores.csv score.$precision.3/scores.csv || fail "scores differ on 1 and 3 threads in $precision"
done
[ "$(field train.float32.3 predictor_sha256)" = "$(field train1 predictor_sha256)" ] ||
    fail "predictors differ on 1 rank and in 3 threads"
if [ "$precisions" = "float32 bf16" ]; then
    tau=$(field score.bf16.1 precision_kendall_tau)
    awk -v tau="$tau" 'BEGIN { exit !(tau > 0.98 && tau <= 1) }' || fail "precision_kendall_tau is $tau"
    ! cmp -s score.float32.1/scores.csv score.bf16.1/scores.csv || fail "bf16 scores are those of float32"
fi

# Nor does any of this change a bit where nodes carry numbers; scores in another order of rows are the same.
awk 'BEGIN {
    srand(1)
    for (i = 0; i < 60; i++) {
        a = int(3 * rand()); b = 0.1 * int(9 * rand()); c = int(5 * rand())
        printf "{\"ops\":[\"input\",\"x\",\"x\",\"output\"],\"edges\":[[0,1],[0,2],[1,3],[2,3]],"
        printf "\"attributes\":[[0,0],[%g,%g],[%g,1],[0,0]],\"y\":%g}\n", a, b, c, a * b + c * c
    }
}' > numbers.jsonl
tac numbers.jsonl > reversed.jsonl
for file in numbers reversed; do
    "$sibyl" import graph-jsonl $file.jsonl --out $file.sibyl --quiet || fail "import of $file.jsonl"
done
cat > numbers.yaml <<YAML
data: {file: numbers.sibyl, label: y}
split: {train: 40}
predictor: {layers: 2, width: 16}
training: {epochs: 10}
effort: quick
YAML
numbers() { # NAME RANKS ARGS...
    local name=$1 ranks=$2
    shift 2
    timeout 60 mpirun --oversubscribe --bind-to none -n "$ranks" "$sibyl" train numbers.yaml --out "$name" --quiet "$@" \
        > log 2>&1 || fail "$name with attributes"
}
for precision in $precisions; do
    numbers n1.$precision 1 --threads 1 --set training.precision=$precision
    numbers n3.$precision 3 --threads 1 --set training.precision=$precision
    numbers nt.$precision 1 --threads 3 --set training.precision=$precision
    for other in n3 nt; do
        [ "$(field $other.$precision predictor_sha256)" = "$(field n1.$precision predictor_sha256)" ] ||
            fail "predictors of nodes with attributes differ: $other, $precision"
    done
    for file in numbers reversed; do
        printf 'predictor: n1.%s/predictor.sibyl\ninput: {file: %s.sibyl}\nscore: {precision: %s}\n' \
            $precision $file $precision > score.yaml
        timeout 60 "$sibyl" score score.yaml --threads 2 --out score.$file.$precision --quiet || fail "score of $file"
        sed 1d score.$file.$precision/scores.csv | cut -d, -f3 > $file.$precision.values
    done
    tac reversed.$precision.values | cmp - numbers.$precision.values || fail "scores depend on the order in $precision"
    [ "$(sort -u numbers.$precision.values | wc -l)" -gt 20 ] || fail "the attributes make no difference in $precision"
done
printf 'predictor: train1/predictor.sibyl\ninput: {file: numbers.sibyl}\n' > score.yaml
timeout 60 "$sibyl" score score.yaml --out refused2 --quiet > log 2>&1
grep -q "nodes with 0 attributes, but those of .*numbers.sibyl have 2" log || fail "another number of attributes"

# Equal because the same was computed, not because nothing was: another seed gives another predictor.
timeout 60 "$sibyl" train train.yaml --set seed=2 --out other --quiet || fail "train with seed 2"
[ "$(field other predictor_sha256)" != "$(field train1 predictor_sha256)" ] ||
    fail "seeds 1 and 2 give the same predictor"
finish "the same bits on 1, 2, 3, 4, 6 and 8 ranks, and in 1 and 3 threads"
