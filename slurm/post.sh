#!/bin/bash
#SBATCH --job-name=gforbit-post --output=%x.%j.out --open-mode=append
#SBATCH --nodes=1 --ntasks=1 --time=00:30:00
# What comes after a run, by dependency: sbatch --dependency=afterok:JOB slurm/post.sh a.h5
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
# shellcheck source=slurm/launch.sh
source "${GFORBIT_SLURM:-slurm}/launch.sh"
"$gforbit" check "$1"
"$gforbit" summary "$1"
"$gforbit" export "$1" --table results/period_distribution --format csv >"${1%.h5}-periods.csv"
