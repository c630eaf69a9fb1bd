#!/usr/bin/env bash
# Starts the test of the queue on one to five ranks.
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

for n in 1 2 3 4 5; do run "$n" 0; done
finish
