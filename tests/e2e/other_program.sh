#!/bin/bash
# The journal of a search knows the program that gave its values: another one, or a script that was changed meanwhile, is
# refused and named, and --accept-program goes on with it.
# usage: other_program.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

# program FILE VALUE: evaluates the first four networks and then waits to be stopped.
program() {
    cat > "$1" <<SH
#!/bin/sh
cat > /dev/null
echo x >> calls
[ "\$(wc -l < calls)" -gt "\$(cat room)" ] && exec sleep 60
echo '{"accuracy": $2}'
SH
    chmod +x "$1"
}
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: command, command: [./evaluate.sh], value: accuracy}
search: {algorithm: random, evaluations: 12, batch: 2}
YAML
# part OUT [ARGUMENT...]: a search that is stopped at its fifth evaluation.
part() {
    rm -f calls
    echo 4 > room
    stop_job search "$1" ../calls 5 "${@:2}"
    echo 1000 > room
}
values() { tail -n +2 "$1/history.csv" | cut -d, -f8 | sort | uniq -c | tr -s ' \n' ' '; }

program evaluate.sh 0.25
part o
refuse_none() { run_job "$@" || fail "refused: $*: status $?"; }
cp -r o same
cp evaluate.sh kept.sh
refuse_none search same # the same program
program evaluate.sh 0.75
refuse_job search o "the program .*/evaluate.sh is not the one that this run began with .*--accept-program"
cp -r o changed
refuse_none search changed --accept-program
[ "$(values changed)" = " 4 0.25 8 0.75 " ] || fail "gone on with another program: $(values changed)"
cp changed/history.csv first
refuse_none search changed # it is the run's program now
cmp first changed/history.csv || fail "another history"
timeout 20 "$sibyl" inspect changed/run.journal > log 2>&1
grep -q '1 records: program' log && grep -q '^complete' log || fail "inspect does not tell of the other program"
cp kept.sh evaluate.sh
refuse_job search changed "the program .*/evaluate.sh is not the one"
refuse_none search o # the old one is back
[ "$(values o)" = " 12 0.25 " ] || fail "with its own program: $(values o)"

# A script behind an interpreter; data and logs among the arguments do not count.
cat > run.py <<'PY'
import sys
open(sys.argv[1], "a").write("x\n")
PY
words=(--set evaluator.command='[sh, run.sh, log.txt]')
program run.sh 0.25
echo > log.txt
part script "${words[@]}"
echo more >> log.txt
cp -r script kept
refuse_none search kept "${words[@]}"
echo '# a line more' >> run.sh
refuse_job search script "the program .*/run.sh is not the one" "${words[@]}"
refuse_job search script "another job: evaluator.command is .sh, run.sh, log.txt. there" --set evaluator.command='[sh, ./run.sh, log.txt]'

# The same name in another folder of PATH.
mkdir a b
program a/evaluator 0.25
program b/evaluator 0.75
words=(--set evaluator.command='[evaluator]')
PATH=$PWD/a:$PATH part found "${words[@]}"
PATH=$PWD/b:$PATH refuse_job search found "the program .*/b/evaluator is not the one" "${words[@]}"
PATH=$PWD/a:$PATH refuse_none search found "${words[@]}"

# A folder that was moved is the same job.
program evaluate.sh 0.25
part here
mkdir moved
mv search.yaml evaluate.sh here room calls moved
cd moved || exit 1
refuse_none search here
[ "$(values here)" = " 12 0.25 " ] || fail "moved: $(values here)"
finish "a search goes on with its own program"
