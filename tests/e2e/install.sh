#!/bin/bash
# `cmake --install` puts the program and all that goes with it below a prefix, where it works without the source tree: a job
# file of the installed examples runs, links between documents lead to files, DESTDIR is obeyed, and no file knows where it was
# built or installed.
# usage: install.sh   (SIBYL: the program; default build/release/bin/sibyl; SIBYL_BINARY_DIR: its build)
set -u
. "$(dirname "$0")/../prelude.sh"
build=${SIBYL_BINARY_DIR:-$root/build/release}

cmake --install "$build" --prefix "$work/prefix" > log 2>&1 || fail "cmake --install"
cd prefix || finish
[ "$(bin/sibyl --version)" = "$("$sibyl" --version)" ] || fail "the installed program does not run"
for file in share/sibyl/examples/quickstart.yaml share/sibyl/evaluators/train_cell.py share/sibyl/slurm/train.sbatch \
    share/doc/sibyl/LICENSE share/doc/sibyl/README.md share/doc/sibyl/docs/cli.md; do
    cmp "$file" "$root/$(sed 's,^share/doc/sibyl/,,; s,^share/sibyl/\(examples\|evaluators\),jobs/\1,; s,^share/sibyl/,,' <<< "$file")" ||
        fail "$file"
done
for script in share/sibyl/evaluators/train_cell.py share/sibyl/slurm/chain.sh; do [ -x $script ] || fail "$script cannot be run"; done

# Links of the documents: [text](path), without those of the web and within a page.
links=0
for page in share/doc/sibyl/README.md share/doc/sibyl/docs/*.md; do
    while read -r link; do
        links=$((links + 1))
        [ -e "$(dirname "$page")/$link" ] || fail "$page: there is no $link"
    done < <(grep -o '](\([^)]*\))' "$page" | sed 's/^](//; s/)$//; s/#.*//' | grep -v -e '^$' -e '^[a-z]*:')
done
[ $links -gt 20 ] || fail "only $links links"

# The examples, as they were installed, by the program that was installed.
mkdir -p share/sibyl/runs && cd share/sibyl || finish
PATH=$work/prefix/bin:$PATH
sibyl import nasbench201-csv examples/digits201.csv --out runs/digits201.sibyl --label accuracy=accuracy --quiet || fail "import"
cd "$work" || finish
mkdir -p runs && mv prefix/share/sibyl/runs/digits201.sibyl runs && rmdir prefix/share/sibyl/runs
mkdir jobs && cp -r prefix/share/sibyl/examples jobs/ # they want to write beside the folder
sibyl search jobs/examples/quickstart.yaml --out found --set search.algorithm=random --set search.evaluations=5 --quiet > log 2>&1 ||
    fail "a search of the installed examples"
[ -s found/best.json ] || fail "nothing found"

# A batch script, away from a source tree, takes the program of the PATH, unless SIBYL names another.
mkdir fake && printf '#!/bin/sh\necho "$@"\n' > fake/srun && printf '#!/bin/sh\necho 10:00\n' > fake/squeue && chmod +x fake/*
for script in train score search; do
    said=$(PATH=$work/fake:$PATH SLURM_JOB_ID=1 SLURM_SUBMIT_DIR=$work env -u SIBYL prefix/share/sibyl/slurm/$script.sbatch job.yaml)
    [ "$said" = "--mpi=pmix $work/prefix/bin/sibyl $script job.yaml --threads 1 --walltime 10:00" ] || fail "$script.sbatch: $said"
done
said=$(PATH=$work/fake:$PATH SLURM_JOB_ID=1 SLURM_SUBMIT_DIR=$work SIBYL=/bin/true prefix/share/sibyl/slurm/train.sbatch job.yaml)
[[ $said == "--mpi=pmix /bin/true train"* ]] || fail "SIBYL: $said"
SLURM_JOB_ID=1 SLURM_SUBMIT_DIR=$work SIBYL=/no/such prefix/share/sibyl/slurm/train.sbatch job.yaml > out 2> log && fail "a program that is not there"
grep -q 'no program /no/such' log || fail "no word of the program"

DESTDIR=$work/stage cmake --install "$build" --prefix /opt/sibyl > log 2>&1 || fail "DESTDIR"
(cd stage/opt/sibyl && find . | sort) > staged
(cd prefix && find . | sort) | diff - staged || fail "DESTDIR: other files"
diff -r prefix stage/opt/sibyl || fail "files that know their prefix"
grep -rlI -e "$work" -e "$root/build" prefix && fail "paths of this machine in what is installed"
find prefix -xtype l | grep . && fail "links that lead nowhere"
finish "install: $(grep -c . staged) files, $links links"
