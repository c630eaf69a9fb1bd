#!/usr/bin/env bash
# Starts the test of the transport on two and on three ranks.
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

for n in 2 3; do run "$n" 0; done
finish
