# Manual pages and what shells complete by, made by the program itself from its own tables.
# As a script: cmake -DSIBYL=PROGRAM -DTO=FOLDER -P SibylHelp.cmake
if(CMAKE_SCRIPT_MODE_FILE)
  # sibyl_say(FILE ARGUMENT...): what `sibyl help ARGUMENT...` prints becomes FILE.
  function(sibyl_say file)
    execute_process(COMMAND ${SIBYL} help ${ARGN} OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
    file(WRITE ${TO}/${file} "${said}")
  endfunction()
  execute_process(COMMAND ${SIBYL} help OUTPUT_VARIABLE verbs COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "\n  help .*" "" verbs "${verbs}")
  string(REGEX MATCHALL "\n  [a-z]+" verbs "${verbs}")
  foreach(line ${verbs})
    string(STRIP "${line}" verb)
    sibyl_say(man/man1/sibyl-${verb}.1 man ${verb})
  endforeach()
  sibyl_say(man/man1/sibyl.1 man)
  sibyl_say(man/man5/sibyl-job-files.5 man job-files)
  sibyl_say(bash-completion/completions/sibyl completion bash)
  sibyl_say(zsh/site-functions/_sibyl completion zsh)
  sibyl_say(fish/vendor_completions.d/sibyl.fish completion fish)
  return()
endif()

# What the sanitizers watch is not installed.
if(SIBYL_SANITIZE OR SIBYL_FUZZ)
  return()
endif()
set(share ${CMAKE_BINARY_DIR}/share)
add_custom_command(OUTPUT ${share}/made
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${share}
  COMMAND ${CMAKE_COMMAND} -DSIBYL=$<TARGET_FILE:sibyl> -DTO=${share} -P ${CMAKE_CURRENT_LIST_FILE}
  COMMAND ${CMAKE_COMMAND} -E touch ${share}/made
  DEPENDS sibyl ${CMAKE_CURRENT_LIST_FILE} VERBATIM)
add_custom_target(sibyl_help ALL DEPENDS ${share}/made)
install(DIRECTORY ${share}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT program)
install(DIRECTORY ${share}/bash-completion ${share}/zsh ${share}/fish DESTINATION ${CMAKE_INSTALL_DATADIR} COMPONENT program)
