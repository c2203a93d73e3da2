#!/bin/bash
# A network that fails is not proposed again, and its likes less often: all networks with a convolution fail here, as those that
# do not fit a GPU do; the others are a tenth of the space. Whether their values differ or not, the search finds them.
# usage: failures_learned.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

cat > evaluate.sh <<'SH'
#!/bin/bash
read -r q
a=${q#*\"architecture\":\"} a=${a%%\"*}
case $a in *nor_conv_3x3*) echo "out of memory" >&2; exit 1 ;; esac
pools=${a//[^l]/}
[ "$1" = equal ] || value=.$((50 + ${#pools}))
echo "{\"accuracy\": ${value:-0.5}}" | sed 's/ \./ 0./'
SH
chmod +x evaluate.sh
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: command, command: [./evaluate.sh, different], value: accuracy, give_up_after: 0}
search: {algorithm: predictor, evaluations: 56, initial: 32, batch: 8}
predictor: {layers: 1, width: 16, members: 1}
training: {epochs: 40}
YAML
# try KIND SEED: leaves in KIND.SEED how many of the random networks failed, and of those that were proposed later.
try() {
    timeout 100 "$sibyl" search search.yaml --out out.$1.$2 --threads 1 --quiet --set seed=$2 \
        --set evaluator.command="[./evaluate.sh, $1]" > log.$1.$2 2>&1 || fail "$1, seed $2: status $?"
    cut -d, -f4,7 out.$1.$2/history.csv | awk -F, '$1 == "predictor" { n++; f += $2 == "failed" }
        $1 == "initial" { f0 += $2 == "failed"; n0++ } END { print f0, n0, f + 0, n + 0 }' > $1.$2
    [ $wrong = 0 ]
}
for kind in different equal; do
    for seed in 1 2 3; do beside try $kind $seed; done
done
all_done
for kind in different equal; do
    read -r f0 n0 f n <<< "$(cat $kind.[123] | awk '{ for (i = 1; i <= 4; i++) s[i] += $i } END { print s[1], s[2], s[3], s[4] }')"
    echo "$kind values: $f0 of $n0 random ones failed, $f of $n proposed by the predictor"
    [ $((f0 * 100)) -gt $((n0 * 80)) ] || fail "$kind: the test wants failures"
    [ "$n" -ge 48 ] && [ $((f * 100)) -lt $((n * 55)) ] || fail "$kind: the predictor runs into failures again and again"
done
finish "it learns what fails"
