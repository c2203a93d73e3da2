sibyl_unit_test(config LINK sibyl_jobs)

foreach(script bad_input)
  add_test(NAME e2e.${script} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/e2e/${script}.sh)
  set_tests_properties(e2e.${script} PROPERTIES LABELS e2e TIMEOUT 600 PROCESSORS 2 SKIP_RETURN_CODE 77
    ENVIRONMENT "${SIBYL_TEST_ENVIRONMENT};SIBYL=$<TARGET_FILE:sibyl>")
endforeach()
