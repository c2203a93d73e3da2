#!/bin/bash
# Fuzzing for long: builds the targets with clang's libFuzzer and AddressSanitizer into build/fuzz and runs each for so many
# seconds. What is found stays in build/fuzz/TARGET.found; `build/release/bin/fuzz_TARGET FILE` runs it once.
# usage: fuzz.sh [SECONDS]   (default 600); exit status 77 where clang is absent
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600} status=0
command -v clang > /dev/null || { echo "skip: no clang"; exit 77; }
cmake --preset tested
cmake --build --preset tested --target fuzz_import fuzz_records fuzz_space
cmake -S . -B build/fuzz -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSIBYL_FUZZ=ON
cmake --build build/fuzz --target fuzz_import fuzz_records fuzz_space
for target in import records space; do
    mkdir -p build/fuzz/$target.corpus build/fuzz/$target.found
    build/release/bin/fuzz_$target --write build/fuzz/$target.corpus
    OPENBLAS_NUM_THREADS=1 LSAN_OPTIONS=suppressions=tests/lsan.supp build/fuzz/bin/fuzz_$target \
        -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=1024 -artifact_prefix="build/fuzz/$target.found/" \
        build/fuzz/$target.corpus > build/fuzz/$target.log 2>&1 || status=1
    tail -n 3 build/fuzz/$target.log
done
exit $status
