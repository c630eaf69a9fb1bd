# What is installed: the program with manual page and completion, what analysts and batch jobs use, and the mathematics as
# libraries: find_package(gforbit), targets gforbit::mapping, gforbit::cycles, gforbit::fsr, gforbit::expression,
# gforbit::galois and gforbit::core.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS gforbit)
# Written by the program itself, when it is installed: the build does not run what it has built.
install(CODE "
  foreach(page IN ITEMS \"--man>gforbit.1\" \"--completion;bash>gforbit\")
    string(REGEX REPLACE \"^(.*)>(.*)$\" \"\\\\1\" arguments \"\${page}\")
    string(REGEX REPLACE \"^(.*)>(.*)$\" \"\\\\2\" file \"\${page}\")
    file(MAKE_DIRECTORY \"${CMAKE_BINARY_DIR}/generated/pages\")
    execute_process(COMMAND \"$<TARGET_FILE:gforbit>\" \${arguments}
      OUTPUT_FILE \"${CMAKE_BINARY_DIR}/generated/pages/\${file}\" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()")
install(FILES ${CMAKE_BINARY_DIR}/generated/pages/gforbit.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_BINARY_DIR}/generated/pages/gforbit
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)

set(GFORBIT_DATA ${CMAKE_INSTALL_DATADIR}/gforbit)
install(DIRECTORY jobs/report DESTINATION ${GFORBIT_DATA} USE_SOURCE_PERMISSIONS PATTERN __pycache__ EXCLUDE)
install(CODE "
  file(RELATIVE_PATH report \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\"
    \"\${CMAKE_INSTALL_PREFIX}/${GFORBIT_DATA}/report/report.py\")
  file(CREATE_LINK \"\${report}\" \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/gforbit-report\" SYMBOLIC)")
install(DIRECTORY configs slurm DESTINATION ${GFORBIT_DATA} USE_SOURCE_PERMISSIONS)
install(FILES README.md CHANGELOG.md CITATION.cff LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(GFORBIT_PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/gforbit)
foreach(module core galois expression fsr cycles mapping)
  set_target_properties(gforbit_${module} PROPERTIES EXPORT_NAME ${module})
  target_include_directories(gforbit_${module} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(gforbit_${module} INTERFACE cxx_std_20)
  install(TARGETS gforbit_${module} EXPORT gforbitTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()
# gforbit/cycles/mapping.hpp declares what mapping offers; the headers in that folder are for the cycles job.
foreach(module core galois expression fsr cycles)
  install(DIRECTORY include/gforbit/${module} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gforbit
    PATTERN cycles/mapping EXCLUDE)
endforeach()
install(FILES include/gforbit/gforbit.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gforbit)
install(EXPORT gforbitTargets NAMESPACE gforbit:: DESTINATION ${GFORBIT_PACKAGE})
file(WRITE ${CMAKE_BINARY_DIR}/generated/gforbitConfig.cmake [[
include(CMakeFindDependencyMacro)
find_dependency(Boost 1.74)
find_dependency(fmt)
find_dependency(OpenSSL COMPONENTS Crypto)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/flint.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/gforbitTargets.cmake)
]])
write_basic_package_version_file(${CMAKE_BINARY_DIR}/generated/gforbitConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/generated/gforbitConfig.cmake ${CMAKE_BINARY_DIR}/generated/gforbitConfigVersion.cmake
  src/galois/flint.cmake DESTINATION ${GFORBIT_PACKAGE})

# cpack -G DEB --config build/CPackConfig.cmake
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The gforbit developers <gforbit@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "openmpi-bin, python3-h5py, python3-pandas, python3-matplotlib")
include(CPack)
