#!/bin/bash
# import csv: tables whose rows are named by a space's text or by one column for each gene, plain, compressed and from pipes;
# what is wrong is told with file, line, column, and what is allowed.
# usage: any_table.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

table=$root/jobs/examples/digits201.csv
import() { timeout 60 "$sibyl" import "$@" > log 2>&1; }
# same A B: two datasets hold the same, text for text.
same() { cmp "$1" "$2" || fail "$2 is not $1"; }

# By the space's text: what the format of that space reads, too.
import nasbench201-csv "$table" --out text.sibyl || fail "nasbench201-csv"
import csv "$table" --space nasbench201 --architecture arch --out any.sibyl || fail "csv by text"
same text.sibyl any.sibyl
import "$table" --space nasbench201 --architecture arch --out any.sibyl || fail "csv, which --space tells"
same text.sibyl any.sibyl

# By a column for each gene, among others in another order.
awk -F, 'NR == 1 { print "accuracy,e0,e1,e2,e3,e4,e5,id"; next }
         { t = $1; gsub(/~[0-9]/, "", t); gsub(/\|\+\|/, "|", t); split(t, e, "|")
           printf "%s,%s,%s,%s,%s,%s,%s,net%d\n", $2, e[2], e[3], e[4], e[5], e[6], e[7], NR }' "$table" > genes.csv
genes=(--space nasbench201 --architecture e0,e1,e2 --architecture "e3, e4 ,e5")
import csv genes.csv "${genes[@]}" --out genes.sibyl || fail "csv by genes"
grep -q '483 architectures, 1 labels: accuracy' log || fail "the labels are not those: ids or genes are among them"
"$sibyl" inspect text.sibyl | sed 1d > a
"$sibyl" inspect genes.sibyl | sed 1d > b
cmp a b || fail "other labels by genes"
gzip -k genes.csv && bzip2 -k genes.csv
for packed in genes.csv.gz genes.csv.bz2; do
    import csv $packed "${genes[@]}" --out packed.sibyl || fail "$packed"
    same genes.sibyl packed.sibyl
done
if command -v zstd > /dev/null; then
    zstd -q genes.csv
    import csv genes.csv.zst "${genes[@]}" --out packed.sibyl || fail "genes.csv.zst"
    same genes.sibyl packed.sibyl
fi
import csv <(cat genes.csv.gz) "${genes[@]}" --out packed.sibyl || fail "a pipe"
same genes.sibyl packed.sibyl

# Ids are kept, and name the networks of a pool; another column may be them.
printf '%s\n' "space: {file: genes.sibyl}" "evaluator: {kind: table, file: text.sibyl, value: accuracy}" \
    "search: {algorithm: exhaustive, evaluations: 483}" > search.yaml
run_job search pool || fail "a search of the pool"
[ "$(cut -d, -f6 pool/history.csv | sed -n 2p)" = net2 ] || fail "the first network is not net2"
[ "$(field pool failed_evaluations)" = 0 ] || fail "a network of the pool is not in the table"
import csv genes.csv "${genes[@]}" --id accuracy --label y=accuracy --out ids.sibyl || fail "--id"

# Holes in labels stay holes.
sed '2s/^[^,]*/NA/; 3s/^[^,]*//; 4s/^[^,]*/null/; 5s/^[^,]*/nan/' genes.csv > holes.csv
import csv holes.csv "${genes[@]}" --out holes.sibyl || fail "holes in labels"
grep -q 'label accuracy: 4 of 483 rows have no number, the first of them in line 2 ("NA")' log || fail "no word of holes"
"$sibyl" inspect holes.sibyl | grep -q '^accuracy *479 ' || fail "not 479 of 483 values are known"

# refused STATUS MESSAGE ARGUMENT...
refused() {
    rm -f refused.sibyl
    import "${@:3}" --out refused.sibyl
    [ $? = "$1" ] || fail "status is not $1: ${*:3}"
    grep -q -- "$2" log || fail "no message of $2: ${*:3}"
    [ -e refused.sibyl ] && fail "a refused import has left a file: ${*:3}"
}
sed '7s/skip_connect/skip/' genes.csv > wrong.csv
refused 1 'wrong.csv:7: column e0: "skip" is no operation of the space digits201; want one of skip_connect, nor_conv_3x3' \
    csv wrong.csv --space digits201 --architecture e0,e1,e2,e3,e4,e5
refused 1 'digits201.csv:2: column arch: .*no architecture of the space nasbench101' csv "$table" --space nasbench101 --architecture arch
refused 2 'column e0: 2 columns of architectures, but the points of digits201 have 6 genes' csv genes.csv --space digits201 --architecture e0,e1
refused 2 'no column e9 for --architecture; there are: accuracy, e0, e1' csv genes.csv --space digits201 --architecture e0,e9
refused 2 'the column e0 is there twice' csv genes.csv --space digits201 --architecture e0,e0
refused 2 'a name between any two commas' csv genes.csv --space digits201 --architecture e0,,e1
refused 2 'no column name for ids; there are: ' csv genes.csv "${genes[@]}" --id name
refused 2 'wants --space SPACE and --architecture' csv genes.csv --space digits201
refused 2 'wants --space SPACE and --architecture' csv genes.csv --architecture e0
refused 2 '--space: there is no search space named "digits"' csv genes.csv --space digits --architecture e0
refused 2 '--space is for the format csv, not for nasbench201-csv' nasbench201-csv "$table" --space digits201
refused 1 'column accuracy (label y): "x" is not a number' csv <(sed '2,$s/^[0-9.]*/x/' genes.csv) "${genes[@]}" --label y=accuracy
LC_ALL=C sed 's/net3$/n\xe9t3/' genes.csv > latin.csv
refused 1 'latin.csv:3: the id "n?t3" is no text in UTF-8' csv latin.csv "${genes[@]}"
refused 1 'a header, but no rows' csv <(head -1 genes.csv) "${genes[@]}"
# A space file: its genes' values, words as numbers, 3.0 as 3, holes where a gene does not count, and its text.
cat > block.yaml << 'YAML'
name: block
parts:
  - choices:
      attention: {values: [true, false]}
      heads: {values: [2, 4], when: {attention: true}}
      width: [0.5, 1]
YAML
printf '%s\n' attention,heads,width,y True,2.0,1.0,1 FALSE,,.5,2 false,NA,1,3 1,4,0.5,4 > block.csv
block=(csv block.csv --space block.yaml --architecture attention,heads,width)
import "${block[@]}" --out block.sibyl || fail "a space file"
printf '%s\n' 'space: {file: block.sibyl}' 'evaluator: {kind: table, file: block.sibyl, value: y}' \
    'search: {algorithm: exhaustive}' > search.yaml
run_job search block || fail "a search of these rows"
[ "$(cut -d, -f6,8 block/history.csv | tail -n +2 | tr '\n' ' ')" = "0-0-1,1 1-0-0,2 1-0-1,3 0-1-0,4 " ] ||
    fail "these are other points: $(cut -d, -f6,8 block/history.csv | tr '\n' ' ')"
cut -d, -f6,8 block/history.csv > text.csv
import csv text.csv --space block.yaml --architecture architecture --label y=value --out text.sibyl || fail "the text of a space file"
same block.sibyl text.sibyl
sed -i '3s/FALSE/1/' block.csv
refused 1 'block.csv:3: column heads: "" is no value of heads in the space block; want one of 2, 4' "${block[@]}"
refused 2 '--space: space file: cannot open absent.yaml' csv block.csv --space absent.yaml --architecture width

# Accel-NASBench as it is published, and the space that is among the examples.
accel=$root/../shared/data/accel_nasbench.csv
if [ -r "$accel" ]; then
    import csv "$accel" --space "$root/jobs/examples/spaces/accel.yaml" --architecture "$(echo block{0..6}_{e,k,l,se} | tr ' ' ,)" \
        --out accel.sibyl || fail "Accel-NASBench"
    "$sibyl" inspect accel.sibyl > accel.txt
    grep -q 'dataset, 5138 architectures of 9..9 nodes, space accel' accel.txt && grep -q '^attributes: 5 of each node' accel.txt ||
        fail "these are other networks: $(head -4 accel.txt)"
    grep -q '^val_top1 *5138 *42.85 *60.1761 *67.052' accel.txt && grep -q '^latency_zcu102 *5136 *1.68331 *7.07845 *23.5799' accel.txt ||
        fail "these are other labels: $(cat accel.txt)"
    grep -q '^block\|^id' accel.txt && fail "choices or ids are labels"
    printf '%s\n' "space: $root/jobs/examples/spaces/accel.yaml" 'evaluator: {kind: table, file: accel.sibyl, value: val_top1}' \
        'search: {algorithm: aging, evaluations: 200}' > search.yaml
    run_job search accel || fail "a search of Accel-NASBench"
    [ "$(field accel failed_evaluations)" = 0 ] || fail "a search of Accel-NASBench leaves its table"
else
    echo "not tried, for ../shared/data/accel_nasbench.csv is not there: Accel-NASBench"
fi
"$sibyl" import --list | grep -q '^csv ' || fail "--list does not tell of csv"
finish "tables of any space come in"
