#!/bin/bash
# Manual pages and what shells complete by are made of the tables of `sibyl help`: they have its verbs, flags and keys, no others,
# and render without a warning. Bash, and zsh and fish where they are, complete verbs, a verb's own flags, keys of --set, their
# words, and files.
# usage: shells.sh   (SIBYL: the program; default build/release/bin/sibyl; SIBYL_BINARY_DIR: its build)
set -u
. "$(dirname "$0")/../prelude.sh"
cmake --install "${SIBYL_BINARY_DIR:-$root/build/release}" --prefix "$work/prefix" > log 2>&1 || fail "cmake --install"
share=prefix/share man=prefix/share/man

# ---- manual pages ----
verbs=$("$sibyl" help | sed -nE 's/^  ([a-z]+) .*/\1/p' | grep -vx help)
[ "$(grep -c . <<< "$verbs")" -ge 10 ] || fail "verbs: $verbs"
diff <(printf 'sibyl-%s.1\n' $verbs | cat - <(echo sibyl.1) | sort) <(find $man/man1 -type f -printf '%f\n' | sort) || fail "pages of verbs"
flags_of() { sed -nE 's/^  (--[a-z-]+).*/\1/p' | sort; }
for verb in $verbs; do
    "$sibyl" help "$verb" | flags_of > want
    sed -n 's/^\\fB//; t tag; d; :tag; s/\\fR.*//; s/\\-/-/g; s/^-[a-zA-Z], //; /^--/p' $man/man1/sibyl-"$verb".1 | sort > got
    diff want got > log || fail "flags of $verb: want <, got >"
    cmp $man/man1/sibyl-"$verb".1 <("$sibyl" help man "$verb") || fail "another page of $verb"
done
"$sibyl" help job-files | sed -nE 's/^\| `([a-z0-9_.]+)` .*/\1/p' | sort -u > want
grep -A1 -x '.TP' $man/man5/sibyl-job-files.5 | sed -n 's/^\.B //p' | sort -u > got
[ "$(comm -23 want got | grep -c .)" = 0 ] || fail "keys without a place in the manual: $(comm -23 want got | head)"
[ "$(grep -c . want)" -gt 100 ] || fail "only $(grep -c . want) keys"
if command -v groff > /dev/null; then
    for page in $man/man?/*; do
        groff -ww -man -Tascii -P-cbou "$page" > rendered 2> log
        [ ! -s log ] || fail "$page: warnings"
        grep -q EXAMPLE rendered || [[ $page != *sibyl-*.1 ]] || fail "$page: no example"
    done
else
    echo "no groff: pages are not rendered"
fi
for topic in "man nothing" "completion tcsh" completion "train now" "man train now"; do
    # shellcheck disable=SC2086
    "$sibyl" help $topic > out 2> log
    [ $? = 2 ] || fail "help $topic: no status 2"
done

# ---- bash ----
cat > complete.bash <<'BASH'
# complete.bash WORD...: what completes the last word, one candidate a line; or `files`, or `nothing`.
asked=
compopt() { asked+=" $*"; }
. prefix/share/bash-completion/completions/sibyl
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_sibyl sibyl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
[ ${#COMPREPLY[@]} -gt 0 ] || [[ $asked = *'+o default'* ]] || COMPREPLY=(files)
[ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=(nothing)
printf '%s\n' "${COMPREPLY[@]}"
BASH
# bash_gives WANT WORD...: candidates with blanks between them.
bash_gives() {
    local got
    got=$(bash complete.bash "${@:2}" | sort | paste -s -d ' ')
    [ "$got" = "$1" ] || fail "bash, ${*:2}: $got; want $1"
}
bash_gives 'score search' sibyl s
bash_gives '--help' sibyl --h
bash_gives '--walltime' sibyl search --wa
bash_gives '--replay' sibyl search job.yaml --re
bash_gives 'files' sibyl inspect ''
bash_gives 'files' sibyl inspect tab
bash_gives 'files' sibyl search jo
bash_gives 'files' sibyl search job.yaml --out ''
bash_gives 'files' sibyl search job.yaml --out = runs/
bash_gives 'nothing' sibyl search job.yaml --threads ''
bash_gives 'search.batch=' sibyl search job.yaml --set search.ba
bash_gives 'search.batch=' sibyl search job.yaml --set = search.ba
bash_gives 'nothing' sibyl train job.yaml --set search.ba
bash_gives 'nothing' sibyl help nothing.such
bash_gives 'predictor' sibyl search job.yaml --set search.algorithm = pre
bash_gives 'predictor' sibyl search job.yaml --set = search.algorithm = pre
bash_gives 'dedicated shared' sibyl search job.yaml --set search.coordinator =
bash_gives 'false true' sibyl train job.yaml --set data.minimise =
bash_gives 'search.batch' sibyl help search.ba
bash_gives 'import' sibyl help im

# ---- fish ----
# fish_gives WANT LINE
fish_gives() {
    local got
    got=$(fish --no-config -c "source prefix/share/fish/vendor_completions.d/sibyl.fish; complete -C '$2'" | cut -f1 | sort | paste -s -d ' ')
    [ "$got" = "$1" ] || fail "fish, $2: $got; want $1"
}
touch job1.yaml job2.yaml
if command -v fish > /dev/null; then
    export HOME=$work
    fish_gives 'score search' 'sibyl s'
    fish_gives '--replay' 'sibyl search job.yaml --re'
    fish_gives '' 'sibyl train job.yaml --re'
    fish_gives 'job1.yaml job2.yaml' 'sibyl search job'
    fish_gives 'job1.yaml job2.yaml' 'sibyl search job.yaml --out job'
    fish_gives 'search.batch=' 'sibyl search job.yaml --set search.ba'
    fish_gives 'search.algorithm=predictor' 'sibyl search job.yaml --set search.algorithm=pre'
    fish_gives 'search.batch' 'sibyl help search.ba'
else
    echo "no fish: its completion is not tried"
fi

# ---- zsh: the completion system is stood in for ----
cat > complete.zsh <<'ZSH'
# complete.zsh WORD...: what is offered for the last word.
say() { local c; for c in "$@"; do [[ ${c%%:*} == ${PREFIX}* ]] && print -r -- "${c%%:*}"; done; return 0; }
_describe() { local name=${@[-1]}; say "${(@P)name}"; }
compadd() { local name=${@[-1]}; say "${(@P)name}"; }
_files() { print files; }
words=("$@") CURRENT=$# PREFIX=${@[-1]}
source prefix/share/zsh/site-functions/_sibyl
ZSH
zsh_gives() {
    local got
    got=$(zsh -f complete.zsh "${@:2}" | sort | paste -s -d ' ')
    [ "$got" = "$1" ] || fail "zsh, ${*:2}: $got; want $1"
}
if command -v zsh > /dev/null; then
    head -n 1 prefix/share/zsh/site-functions/_sibyl | grep -qx '#compdef sibyl' || fail "zsh: no compdef"
    zsh_gives 'score search' sibyl s
    zsh_gives '--replay' sibyl search job.yaml --re
    zsh_gives '' sibyl train job.yaml --re
    zsh_gives 'files' sibyl search job
    zsh_gives 'files' sibyl search job.yaml --out job
    zsh_gives '' sibyl search job.yaml --threads ''
    zsh_gives 'search.batch=' sibyl search job.yaml --set search.ba
    zsh_gives 'search.algorithm=predictor' sibyl search job.yaml --set search.algorithm=pre
    zsh_gives 'search.batch' sibyl help search.ba
else
    echo "no zsh: its completion is not tried"
fi
finish "shells: $(grep -c . <<< "$verbs") verbs, $(grep -c . want) keys"
