#!/bin/bash
#SBATCH --job-name=gforbit --output=%x.%j.out --open-mode=append
#SBATCH --nodes=1 --ntasks=1 --cpus-per-task=16 --time=01:00:00
# One node, one process, no MPI: sbatch slurm/single-node.sh cycles --config run.ini --output a.h5
# If Slurm starts the job again, it goes on from its checkpoint.
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
# shellcheck source=slurm/launch.sh
source "${GFORBIT_SLURM:-slurm}/launch.sh"
launch_alone "$@"
