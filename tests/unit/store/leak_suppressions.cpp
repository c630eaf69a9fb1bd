/// Where writing fails or a file is damaged, HDF5 does not give back what its caches hold. These tests
/// provoke both on purpose; handles of ours that leak are found in another way: files are closed with
/// H5F_CLOSE_SEMI, which then fails.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5";
}
