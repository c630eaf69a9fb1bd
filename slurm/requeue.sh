#!/bin/bash
#SBATCH --job-name=gforbit --output=%x.%j.out --open-mode=append
#SBATCH --nodes=2 --ntasks-per-node=2 --cpus-per-task=16 --time=04:00:00
#SBATCH --requeue --signal=B:USR1@120
# A run of any length in jobs of limited length: what was computed is in the checkpoint, exit status 75 puts the
# job back in the queue, and --resume goes on from there (and starts from the beginning the first time):
#   sbatch slurm/requeue.sh cycles --config run.ini --output a.h5
# Also for preemption and `scontrol requeue`, whose SIGTERM is a stop like any other; Slurm itself puts the job back then, and
# after `scancel` nobody does.
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
# shellcheck source=slurm/launch.sh
source "${GFORBIT_SLURM:-slurm}/launch.sh"
requeue_when_stopped launch "$@"
exit "$status"
