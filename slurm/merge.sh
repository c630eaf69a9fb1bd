#!/bin/bash
#SBATCH --job-name=gforbit-merge --output=%x.%j.out
#SBATCH --nodes=1 --ntasks=1 --time=00:30:00
# After array.sh: sbatch --dependency=afterok:JOB slurm/merge.sh JOB all.h5
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
exec "${GFORBIT:-build/gforbit}" merge "gforbit-$1"-*.h5 --output "$2"
