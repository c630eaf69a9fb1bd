/// Tests here read damaged files, and HDF5 does not give back all memory when that fails.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5";
}
