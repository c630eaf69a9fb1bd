#!/bin/bash
#SBATCH --job-name=gforbit-merge --output=%x.%j.out --open-mode=append
#SBATCH --nodes=1 --ntasks=1 --time=00:30:00
# After array.sh, joins its N parts: sbatch --dependency=afterany:JOB slurm/merge.sh N all.h5
# If parts are missing, it names them and ends with exit status 3.
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
# shellcheck source=slurm/launch.sh
source "${GFORBIT_SLURM:-slurm}/launch.sh"

parts=${1:-}
output=${2:-}
if [[ ! $parts =~ ^[1-9][0-9]*$ || -z $output ]]; then
  echo 'usage: sbatch slurm/merge.sh N OUTPUT.h5, N the number of parts' >&2
  exit 2
fi
files=()
missing=()
for ((part = 1; part <= parts; ++part)); do
  file=$(part_file "$output" "$part" "$parts")
  files+=("$file")
  # A part that is complete has no checkpoint any more.
  if [[ ! -e $file || -e $file.ckpt ]]; then missing+=("$part"); fi
done
if ((${#missing[@]} > 0)); then
  list=$(IFS=,; echo "${missing[*]}")
  echo "merge.sh: of $parts parts these are missing or incomplete: $list" >&2
  echo "do them with sbatch --array=$list slurm/array.sh $parts and the arguments of before, then merge" >&2
  exit 3
fi
# What an earlier start of this job has written is written again; what was there before the parts is not.
again=()
if ((${SLURM_RESTART_COUNT:-0} > 0)); then
  again=(--force)
  for file in "${files[@]}"; do
    if [[ ! $output -nt $file ]]; then again=(); fi
  done
fi
exec "$gforbit" merge "${files[@]}" --output "$output" "${again[@]}"
