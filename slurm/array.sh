#!/bin/bash
#SBATCH --job-name=gforbit-part --output=%x.%A_%a.out --open-mode=append
#SBATCH --array=1-8 --nodes=1 --ntasks=1 --cpus-per-task=16 --time=04:00:00
#SBATCH --requeue --signal=B:USR1@120
# A batch in N parts, one for each task of an array, and a job that joins them when all tasks have ended:
#   array=$(sbatch --parsable --array=1-8 slurm/array.sh 8 cycles --batch many.jsonl --output all.h5)
#   sbatch --dependency=afterany:$array slurm/merge.sh 8 all.h5
# The first argument is N. Task I maps part I and writes all.I-of-N.h5; task 0 maps part N, so --array=0-7 is as good. A part
# that does not end in time goes back in the queue, as with requeue.sh. merge.sh names the parts that are missing; the same
# line with --array=2,5 does these alone.
# Exit status 5 (some registers cannot be done; their rows say which) is a result like any other.
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
# shellcheck source=slurm/launch.sh
source "${GFORBIT_SLURM:-slurm}/launch.sh"

misused() {
  echo "array.sh: $*; usage: sbatch --array=1-N slurm/array.sh N COMMAND ARGUMENT..." >&2
  exit 2
}
parts=${1:-}
if [[ ! $parts =~ ^[1-9][0-9]*$ ]]; then misused "expected the number of parts instead of '$parts'"; fi
shift
task=${SLURM_ARRAY_TASK_ID:-}
if [[ -z $task ]]; then misused 'this job is no array'; fi
if ((task > parts)); then misused "task $task of $parts parts"; fi
# shellcheck disable=SC2153 # Slurm's names differ by little
if ((SLURM_ARRAY_TASK_MIN == 0 && SLURM_ARRAY_TASK_MAX == parts)); then
  misused "tasks 0 and $parts are the same part of $parts"
fi
part=$((task == 0 ? parts : task))
output=$(output_of "$@")
output=$(part_file "${output:-gforbit-${1:-}.h5}" "$part" "$parts")

# The last of two equal options would be an error: the part's name replaces the one that was given.
arguments=()
while (($# > 0)); do
  case $1 in
    --output=*) ;;
    --output) shift ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
requeue_when_stopped launch_alone "${arguments[@]}" --part "$part/$parts" --output "$output"
if ((status == 5)); then status=0; fi
exit "$status"
