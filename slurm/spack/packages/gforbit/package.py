# Spack recipe, from a checkout:
#   spack repo add slurm/spack && spack dev-build gforbit@main        (or: spack develop, in an environment)
import os

from spack.package import *


class Gforbit(CMakePackage):
    """Cycle structure of feedback shift registers over finite fields, with MPI, OpenMP and HDF5."""

    license("BSD-3-Clause")
    version("main")

    variant("report", default=True, description="Python for reading results and drawing reports")

    depends_on("cxx", type="build")
    depends_on("c", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("mpi@3:")
    depends_on("hdf5@1.10:+hl")  # its serial interface; one with MPI will do
    depends_on("boost@1.74:+program_options")
    depends_on("flint@2.9:")
    depends_on("gmp")
    depends_on("nlohmann-json@3.11:")
    depends_on("fmt@9:")
    depends_on("openssl@3:")
    with when("+report"):
        depends_on("python@3.9:", type="run")
        depends_on("py-h5py", type="run")
        depends_on("py-pandas", type="run")
        depends_on("py-matplotlib", type="run")

    conflicts("%gcc@:11", msg="C++20 needs g++ 12")

    def cmake_args(self):
        return [self.define("GFORBIT_TESTS", False)]

    def setup_run_environment(self, env):
        env.prepend_path("PYTHONPATH", os.path.join(self.prefix.share, "gforbit", "report"))
        env.set("GFORBIT", os.path.join(self.prefix.bin, "gforbit"))
