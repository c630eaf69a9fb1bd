-- Lmod module file: copy it to MODULEPATH/gforbit/0.1.0.lua and set the prefix of `cmake --install build --prefix ...`.
help([[Cycle structure of feedback shift registers over finite fields. `gforbit --help`, `man gforbit`.]])
whatis("Name: gforbit")
whatis("Version: 0.1.0")
whatis("Category: mathematics, cryptography")

local prefix = os.getenv("GFORBIT_PREFIX") or "/opt/gforbit/0.1.0"

-- What the program was built with; without it srun starts single processes, which gforbit notices and says.
-- depends_on("openmpi")

prepend_path("PATH", pathJoin(prefix, "bin"))
prepend_path("MANPATH", pathJoin(prefix, "share/man"))
prepend_path("CMAKE_PREFIX_PATH", prefix)
prepend_path("PYTHONPATH", pathJoin(prefix, "share/gforbit/report"))   -- import gforbit
setenv("GFORBIT", pathJoin(prefix, "bin/gforbit"))                     -- the batch scripts of slurm/
setenv("GFORBIT_SLURM", pathJoin(prefix, "share/gforbit/slurm"))
