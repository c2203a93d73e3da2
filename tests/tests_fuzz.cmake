# sibyl_fuzz_target(NAME LINK target...): tests/fuzz/fuzz_NAME.c. Its seeds and changes of them are a quick test; with
# SIBYL_FUZZ and clang it is a program of libFuzzer (tests/fuzz/fuzz.sh).
function(sibyl_fuzz_target name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(fuzz_${name} fuzz/fuzz_${name}.c)
  target_link_libraries(fuzz_${name} PRIVATE sibyl_options ${ARG_LINK})
  if(SIBYL_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer,address,undefined)
    return()
  endif()
  target_sources(fuzz_${name} PRIVATE fuzz/fuzz_main.c)
  add_test(NAME fuzz.${name} COMMAND fuzz_${name})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS unit TIMEOUT 120 ENVIRONMENT "${SIBYL_TEST_ENVIRONMENT}")
endfunction()

sibyl_fuzz_target(import LINK sibyl_proto sibyl_base)
sibyl_fuzz_target(records LINK sibyl_predictor)
sibyl_fuzz_target(space LINK sibyl_search)
