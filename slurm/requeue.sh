#!/bin/bash
#SBATCH --job-name=gforbit --output=%x.%j.out --open-mode=append
#SBATCH --nodes=2 --ntasks-per-node=2 --cpus-per-task=16 --time=04:00:00
#SBATCH --requeue --signal=B:USR1@120
# A run of any length in jobs of limited length: what was computed is in the checkpoint, exit status 75 puts the
# job back in the queue, and --resume goes on from there (and starts from the beginning the first time):
#   sbatch slurm/requeue.sh cycles --config run.ini --output a.h5
# Also for preemption and `scontrol requeue`, whose SIGTERM is a stop like any other; Slurm itself puts the job back then, and
# after `scancel` nobody does.
set -uo pipefail
cd "${SLURM_SUBMIT_DIR:-.}" || exit 1
# shellcheck source=slurm/launch.sh
source "${GFORBIT_SLURM:-slurm}/launch.sh"

# The batch shell gets the signal (B:) and hands it on; a command in the foreground would keep it from that.
(launch "$@" --resume) &
pid=$!
trap 'kill -USR1 $pid' USR1
terminated=false
trap 'terminated=true; kill -TERM $pid' TERM
while :; do # a signal ends wait, not the job
  wait "$pid"
  status=$?
  kill -0 "$pid" 2>/dev/null || break
done
if ((status == 75)) && ! $terminated; then scontrol requeue "$SLURM_JOB_ID"; fi
exit "$status"
