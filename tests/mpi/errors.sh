#!/usr/bin/env bash
# What goes wrong is said once, however many ranks there are, and all of them end with the same exit status.
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

one=(cycles --field 2 --coefficients '1,0,1,1' --progress never)
endless=(cycles --field 2 --degree 60 --feedback 'x0 + x7 + x1*x2*x40' --progress never --threads 1)

for ranks in 0 1 3; do
  run "$ranks" 2 "${one[@]}" --thread 2
  says_once "unknown option '--thread'"
  run "$ranks" 2 cycles --field 6 --coefficients 1,1
  says_once "'--field'"
  run "$ranks" 3 cycles --batch absent.jsonl
  says_once 'absent.jsonl'
  run "$ranks" 4 "${one[@]}" --output absent/a.h5
  says_once "directory 'absent' does not exist"
  run "$ranks" 0 "${one[@]}" --output a.h5 --force --threads 1
  cp a.h5 copy.h5
  run "$ranks" 2 "${one[@]}" --output a.h5
  says_once "output file 'a.h5' exists"
  cmp -s a.h5 copy.h5 || fail "$what: a file that was refused is changed"
  OMP_THREAD_LIMIT=2 run "$ranks" 1 "${one[@]}" --output limited.h5 --threads 4
  says_once 'OMP_THREAD_LIMIT allows 2'
  if [[ -e limited.h5 || -e limited.h5.ckpt ]]; then fail "$what: a team that cannot be started left files"; fi
  OMP_DYNAMIC=true run "$ranks" 0 "${one[@]}" --output a.h5 --force --threads 4
  run "$ranks" 0 cycles --help
  run "$ranks" 0 "${one[@]}" --dry-run
done

# A launcher that announces more ranks than MPI finds: the launch line is named.
announce_four() { OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=$1 run 0 1 "${one[@]}" --output wrong.h5; }
announce_four 0
says_once 'mpirun -np 4 gforbit'
announce_four 1
if grep -q 'mpirun -np' err; then fail 'the launch line is said by more than one process'; fi
if [[ -e wrong.h5 ]]; then fail 'a process of a wrong launcher wrote results'; fi

# Two runs on one output: the second is refused, the first goes on.
start 2 "${endless[@]}" --output busy.h5
eventually 'no lock file' test -s busy.h5.lock || finish
"$gforbit" "${one[@]}" --output busy.h5 >out2 2>err2 </dev/null && status=0 || status=$?
if ((status != 4)); then fail "the second run on an output ends with $status: $(cat err2)"; fi
if ! grep -qF "it is being written by" err2; then fail "the second run says: $(cat err2)"; fi
if is_gone "$launcher"; then fail 'the first run ended with the second'; fi
kill -KILL "${ranks[1]}"
ended_badly
finish
