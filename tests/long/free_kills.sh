#!/bin/bash
# 50 kills of a search in free pace (tests/e2e/free_kills.sh does a few).
# usage: free_kills.sh [SEED]   (SIBYL: the program; default build/release/bin/sibyl)
exec "$(dirname "$0")/../e2e/free_kills.sh" 50 "$@"
