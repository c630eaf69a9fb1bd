# The target FLINT::FLINT, for the build and for programs that use the installed libraries: FLINT 2.9 brings neither a
# CMake package nor a .pc file. GMP: FLINT's inline functions call it directly.
if(NOT TARGET FLINT::FLINT)
  find_path(FLINT_INCLUDE_DIR flint/fq_nmod.h REQUIRED)
  find_library(FLINT_LIBRARY flint REQUIRED)
  find_library(GMP_LIBRARY gmp REQUIRED)
  add_library(FLINT::FLINT INTERFACE IMPORTED)
  target_include_directories(FLINT::FLINT SYSTEM INTERFACE ${FLINT_INCLUDE_DIR})
  target_link_libraries(FLINT::FLINT INTERFACE ${FLINT_LIBRARY} ${GMP_LIBRARY})
endif()
