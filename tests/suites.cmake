# Read by ctest, not by cmake: one test for each suite of a GoogleTest program. The suites are asked for when ctest
# starts, so that a build does not run what it has built.

# gforbit_suite_tests(PREFIX PROGRAM LABELS TIMEOUT): a suite Some/Suite/0 becomes the test PREFIX.Some.Suite.0.
function(gforbit_suite_tests prefix program labels timeout)
  if(NOT EXISTS "${program}")
    add_test("${prefix}.not_built" "${program}")
    set_tests_properties("${prefix}.not_built" PROPERTIES LABELS "${labels}")
    return()
  endif()
  execute_process(COMMAND "${program}" --gtest_list_tests OUTPUT_VARIABLE listed RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${program} --gtest_list_tests: ${status}")
  endif()
  # Lines "Suite.", perhaps with "  # TypeParam = ..."; the cases are indented. Semicolons and brackets would end a
  # list of CMake early.
  string(REGEX REPLACE "[][;]" " " listed "${listed}")
  string(REPLACE "\n" ";" lines "${listed}")
  foreach(line IN LISTS lines)
    if(line MATCHES "^([A-Za-z0-9_/]+)[.]( .*)?$")
      set(suite "${CMAKE_MATCH_1}")
      string(REPLACE "/" "." name "${suite}")
      add_test("${prefix}.${name}" "${program}" "--gtest_filter=${suite}.*")
      set_tests_properties("${prefix}.${name}" PROPERTIES LABELS "${labels}" TIMEOUT "${timeout}")
    endif()
  endforeach()
endfunction()
