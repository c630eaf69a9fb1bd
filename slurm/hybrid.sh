#!/bin/bash
#SBATCH --job-name=gforbit --output=%x.%j.out --open-mode=append
#SBATCH --nodes=2 --ntasks-per-node=2 --cpus-per-task=16 --time=04:00:00
# Several nodes, one rank a socket, its threads on the cores of the socket:
#   sbatch --nodes=8 slurm/hybrid.sh cycles --config run.ini --output a.h5
# gforbit stops by itself before the time limit (exit 75); requeue.sh goes on then. If Slurm starts the job again, it goes on
# from its checkpoint.
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
# shellcheck source=slurm/launch.sh
source "${GFORBIT_SLURM:-slurm}/launch.sh"
launch "$@"
