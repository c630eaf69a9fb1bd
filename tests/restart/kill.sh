#!/usr/bin/env bash
# kill.sh GFORBIT MPIRUN: kills ranks, the launcher or all of them at random times, resumes with other ranks and threads, and
# compares the digest of what comes out in the end. GFORBIT_KILLS: how many (default: for about 20 s); GFORBIT_SEED: to
# repeat a run.
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

begin_random "${GFORBIT_KILLS:-}"
# What killed ranks leave of Open MPI goes with the folder: no segments in /dev/shm, sessions beside the files.
export OMPI_MCA_btl=tcp,self TMPDIR=$folder
reference

threads=(1 2 3 20) # more than 16 cut a register in another way, unless it was cut before
killed=0
completed=0
while ((killed < rounds && SECONDS < budget && failures == 0)); do
  shape=$((RANDOM % 4))
  job=("${batch[@]}" --output a.h5 --resume --checkpoint-interval "0.$((1 + RANDOM % 4))" --threads "${threads[RANDOM % 4]}")
  if ((shape == 0)); then start_alone "${job[@]}"; else start "$shape" "${job[@]}"; fi
  sleep "$((RANDOM % 2)).$((RANDOM % 10))"
  if is_gone "$launcher"; then
    ended 5
    same_results a.h5
    rm a.h5
    completed=$((completed + 1))
  else
    kill_some
    killed=$((killed + 1))
  fi
done
run 2 5 "${batch[@]}" --output a.h5 --resume
same_results a.h5
echo "$killed kills, $((completed + 1)) complete runs"
finish
