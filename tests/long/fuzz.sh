#!/bin/bash
# Fuzzing for an hour a target (tests/fuzz/fuzz.sh; the quick test runs its seeds and changes of them).
exec "$(dirname "$0")/../fuzz/fuzz.sh" "${1:-3600}"
