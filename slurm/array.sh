#!/bin/bash
#SBATCH --job-name=gforbit-part --output=%x.%A_%a.out
#SBATCH --array=1-8 --nodes=1 --ntasks=1 --cpus-per-task=16 --time=04:00:00
# A batch in as many parts as the array has tasks, and a job that joins them when all are done:
#   part=$(sbatch --parsable --array=1-8 slurm/array.sh cycles --batch many.jsonl)
#   sbatch --dependency=afterok:$part --kill-on-invalid-dep=yes slurm/merge.sh $part all.h5
# Part I writes gforbit-JOB-I.h5. Exit status 5 (some registers cannot be done; their rows say which) is a
# result like any other.
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
# shellcheck source=slurm/launch.sh
source "${GFORBIT_SLURM:-slurm}/launch.sh"
bind_threads
status=0
"$gforbit" "$@" --part "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --resume \
  --output "gforbit-$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID.h5" || status=$?
if ((status == 5)); then status=0; fi
exit "$status"
