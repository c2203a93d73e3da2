#!/bin/bash
# 200 kills of each verb, at other moments each time (tests/e2e/kills.sh does a few).
# usage: kills.sh [SEED]   (SIBYL: the program; default build/release/bin/sibyl)
exec "$(dirname "$0")/../e2e/kills.sh" 200 "$@"
