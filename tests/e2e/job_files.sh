#!/bin/bash
# Job files that are no job, through the program: what the message names, and that nothing is written; and help about keys.
# (The parser itself has unit tests: tests/unit/test_config.c.)
# usage: job_files.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201

# refuse TEXT VERB FILE [ARGUMENT...]: status 2, one line that has this text, no folder.
refuse() {
    local text=$1 status
    shift
    timeout 60 "$sibyl" "$@" --out out > log 2>&1
    status=$?
    [ $status = 2 ] || fail "sibyl $*: status $status, want 2"
    grep -qF -- "$text" log && [ "$(wc -l < log)" = 1 ] || fail "sibyl $*: no line about: $text"
    grep -q -- '--set' log && fail "sibyl $*: a flag is blamed"
    [ ! -e out ] || fail "sibyl $*: a folder was made"
}

: > empty.yaml
refuse 'job file empty.yaml: is empty' search empty.yaml
refuse 'job file empty.yaml: is empty' plan empty.yaml
refuse 'cannot read .: Is a directory' train .
refuse 'job file /dev/zero: more than 1 MB' train /dev/zero
head -c 3000 "$sibyl" > binary.yaml
refuse 'binary.yaml:1: not YAML' score binary.yaml

cat > two.yaml <<'YAML'
space: digits201
evaluator: {file: table.sibyl, value: accuracy}
---
search: {evaluations: 3}
YAML
refuse 'two.yaml:3: a second document begins here' search two.yaml

printf 'data: {file: table.sibyl, label: accuracy}\nsplit:\n  train: 1.0\n' > one.yaml
refuse 'one.yaml:3: split.train: 1.0 may mean one row or all of them' train one.yaml
printf 'data: {file: table.sibyl, label: accuracy}\nvary:\n  split.train: [0.8, 1.0]\n' > vary.yaml
refuse 'vary.yaml:3: split.train: 1.0 may mean one row or all of them' train vary.yaml

# 433 bytes that would be nine million values.
{
    printf 'data: {file: table.sibyl, label: accuracy}\nsettings:\n  a: &a [1,1,1,1,1,1,1,1,1]\n'
    last=a
    for name in b c d e f g h; do
        printf '  %s: &%s [*%s,*%s,*%s,*%s,*%s,*%s,*%s,*%s,*%s]\n' $name $name $last $last $last $last $last $last $last $last $last
        last=$name
    done
} > bomb.yaml
refuse 'bomb.yaml:8: the aliases stand for more than 100000 values' train bomb.yaml

# 16,000 settings: seconds, not hours.
{
    printf 'data: {file: table.sibyl, label: accuracy}\neffort: quick\nsplit: {train: 10}\nvary: {seed: ['
    seq -s ', ' 16000
    printf ']}\n'
} > many.yaml
timeout 60 "$sibyl" train many.yaml --dry-run > out.txt 2> log || fail "16,000 settings: status $?"
[ "$(grep -c '^setting ' out.txt)" = 16000 ] || fail "16,000 settings are not all there"

"$sibyl" help search.batch > out.txt 2> log || fail "help search.batch: status $?"
grep -q 'A whole number 0..100000. Default: 0.' out.txt || fail "help search.batch says no bounds"
"$sibyl" help search.bacth > out.txt 2> log
[ $? = 2 ] && grep -q 'there is no key search.bacth; the nearest is search.batch' log && [ ! -s out.txt ] ||
    fail "help search.bacth does not name the nearest key"
"$sibyl" help job-files | cmp - "$root/docs/job-files.md" || fail "docs/job-files.md is not current"
finish "job files and help, as they should be"
