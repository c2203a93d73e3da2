# Beside the shared library the static ones, which write files for it.
sibyl_unit_test(library LINK sibyl_shared sibyl_predictor_local)
sibyl_unit_test(library_space LINK sibyl_shared sibyl_predictor_local)
sibyl_unit_test(library_scorer LINK sibyl_shared sibyl_predictor_local)

add_test(NAME library.local COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_local.sh $<TARGET_FILE:sibyl_shared>)
# The sanitizers' own symbols leave with the rest.
if(NOT SIBYL_SANITIZE)
  add_test(NAME library.symbols COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_symbols.sh $<TARGET_FILE:sibyl_shared>)
  set_tests_properties(library.symbols PROPERTIES LABELS unit)
endif()
set_tests_properties(library.local PROPERTIES LABELS unit)
