# shellcheck shell=bash
# Sourced by the batch scripts: how the ranks of this job are started.
#   GFORBIT   the program (default: build/gforbit below the folder of submission)
#   LAUNCHER  srun (default) or mpirun

gforbit=${GFORBIT:-${SLURM_SUBMIT_DIR:-.}/build/gforbit}
threads=${SLURM_CPUS_PER_TASK:-1}

# One thread a core, none of them moves.
export OMP_NUM_THREADS=$threads OMP_PLACES=cores OMP_PROC_BIND=close

# launch ARGUMENT...: gforbit on all ranks of the job; the exit status is that of gforbit.
launch() {
  if [[ ${LAUNCHER:-srun} == mpirun ]]; then
    # mpirun binds each rank to one core unless told otherwise, and kills it 2 s after a SIGTERM.
    exec mpirun --bind-to none --mca odls_base_sigkill_timeout 25 "$gforbit" "$@"
  fi
  # srun has not inherited --cpus-per-task from sbatch since Slurm 22.05. A rank that dies ends the others.
  exec srun --mpi=pmix --cpus-per-task="$threads" --kill-on-bad-exit=1 "$gforbit" "$@"
}
