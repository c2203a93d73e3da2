#!/bin/bash
# libsibyl as others build with it, from what `cmake --install` leaves: its headers alone are C99, C17 and C++17 without a warning;
# the example builds by pkg-config and by CMake, and its scores are those of `sibyl score`, bit for bit, on any number of threads.
# usage: library.sh   (SIBYL: the program; default build/release/bin/sibyl; SIBYL_BINARY_DIR: its build)
set -u
. "$(dirname "$0")/../prelude.sh"
cmake --install "${SIBYL_BINARY_DIR:-$root/build/release}" --prefix "$work/first" > log 2>&1 || fail "cmake --install"
mv first moved # nothing of it knows where it is
prefix=$work/moved
lib=$(dirname "$(find moved -name libsibyl.so)")
pc=$(dirname "$(find "$prefix" -name sibyl.pc)")

for header in moved/include/sibyl/*.h; do
    printf '#include <sibyl/%s>\nint main(void) { return 0; }\n' "$(basename "$header")" > alone.c
    for standard in c99 c11 c17; do
        cc -std=$standard -Wall -Wextra -Wpedantic -Wshadow -Werror -Imoved/include -c alone.c > log 2>&1 || fail "$header as $standard"
    done
    cp alone.c alone.cc
    for standard in c++11 c++17; do
        c++ -std=$standard -Wall -Wextra -Wpedantic -Wshadow -Werror -Imoved/include -c alone.cc > log 2>&1 || fail "$header as $standard"
    done
done

# A C++ program that uses what it takes.
cat > cpp.cc <<'CPP'
#include <sibyl/sibyl.h>
#include <iostream>
int main()
{
    sibyl_space *space = nullptr;
    sibyl_status status;
    char text[2000];
    const sibyl_text out = {text, sizeof(text)};
    if (sibyl_space_open(&space, "digits201", &status) || sibyl_space_networks(space, &out, &status)) {
        std::cerr << status.message << '\n';
        return 1;
    }
    std::cout << sibyl_version() << ' ' << sibyl_space_points(space) << ' ' << text << '\n';
    sibyl_space_free(space);
}
CPP
flags=$(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs sibyl) || fail "pkg-config"
# shellcheck disable=SC2086
c++ -std=c++17 -Wall -Wextra -Werror cpp.cc -o cpp $flags > log 2>&1 || fail "C++ by pkg-config"
read -r version points networks < <(LD_LIBRARY_PATH=$lib ./cpp)
[ "sibyl $version" = "$("$sibyl" --version)" ] || fail "version $version"
"$sibyl" inspect digits201 > said 2> log || fail "inspect"
[ "$points" = 729 ] || fail "$points points"
grep -qx "networks: $networks" said || fail "$networks networks"
[ "$(PKG_CONFIG_PATH=$pc pkg-config --modversion sibyl)" = "$version" ] || fail "pkg-config has another version"

# By pkg-config, and by CMake from a copy of the example, which stands among what is installed.
# shellcheck disable=SC2086
cc -std=c17 -Wall -Wextra -Wpedantic -Werror moved/share/sibyl/examples/library/score.c -o by_pc $flags > log 2>&1 || fail "C by pkg-config"
cp -r moved/share/sibyl/examples/library theirs
{ cmake -S theirs -B theirs/build -DCMAKE_PREFIX_PATH="$prefix" && cmake --build theirs/build; } > log 2>&1 || fail "by CMake"
sed -i 's/Sibyl 0.1/Sibyl 0.9/' theirs/CMakeLists.txt
cmake -S theirs -B theirs/other -DCMAKE_PREFIX_PATH="$prefix" > log 2>&1 && fail "CMake takes 0.1 for 0.9"
ldd by_pc theirs/build/score > log
env LD_LIBRARY_PATH="$lib" ldd by_pc | grep -E 'not found|libmpi|libpmix|scalapack|libopenblas' && fail "libraries that it should do without"

import_digits201
small_train 20
run_job train trained || fail "train"
printf '%s\n' 'predictor: trained/predictor.sibyl' 'input: {file: table.sibyl}' 'score: {precision: float32}' > score.yaml
run_job score scored || fail "score"
cut -d, -f3 scored/scores.csv | tail -n +2 > want
[ "$(grep -c . want)" = 483 ] || fail "no scores to compare with"
[ "$(sort -u want | grep -c .)" -gt 100 ] || fail "scores that are all the same"
for threads in 1 2 5; do
    LD_LIBRARY_PATH=$lib ./by_pc trained/predictor.sibyl table.sibyl $threads > got 2> log || fail "the example, $threads threads"
    cmp got want || fail "$threads threads: other scores"
    theirs/build/score trained/predictor.sibyl table.sibyl $threads > got 2> log || fail "by CMake, $threads threads"
    cmp got want || fail "by CMake, $threads threads: other scores"
done

# Points drawn from a space, one a line as scores.csv has them. Of equal networks that lists only the first.
cat > draw.c <<'C'
#include <sibyl/sibyl.h>
#include <stdio.h>
int main(void)
{
    struct sibyl_predictor *predictor;
    struct sibyl_space *space;
    struct sibyl_graphs *graphs;
    struct sibyl_scorer *scorer;
    struct sibyl_status status;
    char text[300][200];
    double values[300];
    struct sibyl_scores scores = {.values = values};
    if (sibyl_predictor_read(&predictor, "trained/predictor.sibyl", &status)) return 1;
    if (sibyl_space_open(&space, "digits201", &status) || sibyl_predictor_graphs(predictor, &graphs, &status)) return 1;
    for (int i = 0; i < 300; i++) {
        const struct sibyl_text room = {text[i], sizeof(text[i])};
        if (sibyl_space_sample(space, 5, (uint64_t)i, &room, &status)) return 1;
        if (sibyl_graphs_add_text(graphs, space, text[i], &status)) return 1;
    }
    if (sibyl_scorer_new(&scorer, predictor, NULL, &status) || sibyl_scorer_score(scorer, graphs, &scores, &status)) return 1;
    for (int i = 0; i < 300; i++) printf("%d,%s,%.9g\n", i, text[i], values[i]);
    sibyl_scorer_free(scorer);
    sibyl_graphs_free(graphs);
    sibyl_space_free(space);
    sibyl_predictor_free(predictor);
    return 0;
}
C
# shellcheck disable=SC2086
cc -std=c17 -Wall -Wextra -Werror draw.c -o draw $flags > log 2>&1 || fail "draw.c"
printf '%s\n' 'predictor: trained/predictor.sibyl' 'input: {space: digits201, sample: 300}' 'seed: 5' 'score: {precision: float32}' > score.yaml
run_job score drawn || fail "score a sample"
LD_LIBRARY_PATH=$lib ./draw > all || fail "draw"
tail -n +2 drawn/scores.csv > some
[ "$(grep -c . some)" -gt 100 ] || fail "no sample to compare with"
[ "$(grep -cxFf all some)" = "$(grep -c . some)" ] || fail "other points or scores"

# What is wrong is one line, and status 1.
wrong_file() {
    LD_LIBRARY_PATH=$lib ./by_pc "$1" "$2" > got 2> said && fail "$1 $2: status 0"
    if [ -s got ] || [ "$(grep -c . said)" != 1 ] || ! grep -q "^score: .*$3" said; then fail "$1 $2: $(cat said)"; fi
}
wrong_file table.sibyl table.sibyl table.sibyl
wrong_file trained/predictor.sibyl gone.sibyl gone.sibyl
head -c 3000 table.sibyl > cut.sibyl
wrong_file trained/predictor.sibyl cut.sibyl cut.sibyl
"$sibyl" train train.yaml --set predictor.head=gp --out gp --quiet > log 2>&1 || fail "train with a Gaussian process"
wrong_file gp/predictor.sibyl table.sibyl 'sibyl score'
finish "library: $(grep -c . want) scores"
