#!/bin/bash
# A search all of whose evaluations failed leaves a result.json that says so, can be reported on, and names the way out.
# usage: all_failed.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

cat > evaluate.sh <<'SH'
#!/bin/bash
echo "no such data set" >&2
exit 1
SH
chmod +x evaluate.sh
cat > job.yaml <<'YAML'
space: digits201
evaluator: {kind: command, command: [./evaluate.sh], value: accuracy, give_up_after: 0}
search: {algorithm: random, evaluations: 6}
YAML
for run in first again; do
    timeout 60 "$sibyl" search job.yaml --out failed --quiet > log 2>&1
    status=$?
    [ $status = 1 ] || fail "$run: status $status, want 1"
    grep -q 'all 6 evaluations failed.*another --out' log || fail "$run: the message names no way out"
    [ "$(field failed status)" = failed ] || fail "$run: result.json has not the status failed"
    [ "$(field failed failed_evaluations)" = 6 ] || fail "$run: result.json does not count the failures"
done
timeout 60 "$sibyl" report failed --quiet > log 2>&1 || fail "report: status $?"
grep -q failed_evaluations failed/report.html || fail "report.html does not count the failures"

# Mended, and with another folder.
cat > evaluate.sh <<'SH'
#!/bin/bash
echo '{"accuracy": 0.5}'
SH
timeout 60 "$sibyl" search job.yaml --out mended --quiet > log 2>&1 || fail "mended: status $?"
[ "$(field mended status)" = "done" ] || fail "mended: not done"
timeout 60 "$sibyl" report failed mended --out both --quiet > log 2>&1 || fail "report of both: status $?"
finish "a search without a result is told, and reported on"
