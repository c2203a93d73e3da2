# Flags that every target of the project shares.
add_library(sibyl_options INTERFACE)
target_compile_options(sibyl_options INTERFACE -Wall -Wextra -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wno-missing-field-initializers -fopenmp-simd -ffp-contract=off)
target_compile_definitions(sibyl_options INTERFACE _POSIX_C_SOURCE=200809L SIBYL_VERSION="${PROJECT_VERSION}")
target_include_directories(sibyl_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
if(SIBYL_WERROR)
  target_compile_options(sibyl_options INTERFACE -Werror)
endif()
if(SIBYL_FUZZ)
  target_compile_options(sibyl_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer)
  target_link_options(sibyl_options INTERFACE -fsanitize=address,undefined)
endif()
if(SIBYL_SANITIZE)
  target_compile_options(sibyl_options INTERFACE -fsanitize=address,undefined
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(sibyl_options INTERFACE -fsanitize=address,undefined)
endif()

# sibyl_library(NAME [FOLDER folder] [PROTO file] [ONLY regex...] [EXCLUDE regex...] LINK target...)
# makes sibyl_NAME from the .c files of the folder (default: NAME) and of the folders in it, or ONLY those whose path within
# the folder matches one of these, without those that match one of EXCLUDE.
function(sibyl_library name)
  cmake_parse_arguments(ARG "" "FOLDER;PROTO" "ONLY;EXCLUDE;LINK" ${ARGN})
  set(folder ${name})
  if(ARG_FOLDER)
    set(folder ${ARG_FOLDER})
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/${folder} ${CMAKE_SOURCE_DIR}/${folder}/*.c)
  if(ARG_ONLY)
    list(JOIN ARG_ONLY "|" pattern)
    list(FILTER sources INCLUDE REGEX "${pattern}")
  endif()
  if(ARG_EXCLUDE)
    list(JOIN ARG_EXCLUDE "|" pattern)
    list(FILTER sources EXCLUDE REGEX "${pattern}")
  endif()
  list(TRANSFORM sources PREPEND ${CMAKE_SOURCE_DIR}/${folder}/)
  add_library(sibyl_${name} STATIC ${sources})
  target_link_libraries(sibyl_${name} PRIVATE sibyl_options PUBLIC ${ARG_LINK})
  if(ARG_PROTO)
    get_filename_component(stem ${ARG_PROTO} NAME_WE)
    get_filename_component(room ${folder}/${ARG_PROTO} DIRECTORY)
    set(generated ${CMAKE_BINARY_DIR}/${room}/${stem}.pb-c)
    add_custom_command(OUTPUT ${generated}.c ${generated}.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/${room}
      COMMAND ${PROTOC_C} --c_out=${CMAKE_BINARY_DIR}/${room} -I${CMAKE_SOURCE_DIR}/${room} ${stem}.proto
      DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/${ARG_PROTO} VERBATIM)
    target_sources(sibyl_${name} PRIVATE ${generated}.c)
    set_source_files_properties(${generated}.c PROPERTIES COMPILE_OPTIONS "-w")
    add_custom_target(sibyl_${name}_generated DEPENDS ${generated}.h)
    add_dependencies(sibyl_${name} sibyl_${name}_generated)
  endif()
endfunction()

# sibyl_unit_test(NAME LINK target...): tests/unit/test_NAME.c, one process, label `unit`.
function(sibyl_unit_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LINK" ${ARGN})
  add_executable(test_${name} unit/test_${name}.c)
  target_link_libraries(test_${name} PRIVATE sibyl_options ${ARG_LINK} PkgConfig::cunit)
  add_test(NAME unit.${name} COMMAND test_${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77
    ENVIRONMENT "${SIBYL_TEST_ENVIRONMENT}")
endfunction()

# sibyl_mpi_test(NAME RANKS n... LINK target...): tests/mpi/mpi_NAME.c at each rank count, label `mpi`.
# Leaks of Open MPI's libraries are known by their whole stacks (lsan.supp), which take time at every allocation.
function(sibyl_mpi_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "RANKS;LINK" ${ARGN})
  add_executable(mpi_${name} mpi/mpi_${name}.c)
  target_link_libraries(mpi_${name} PRIVATE sibyl_options ${ARG_LINK} PkgConfig::cunit MPI::MPI_C)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  foreach(n ${ARG_RANKS})
    add_test(NAME mpi.${name}.n${n}
      COMMAND ${MPIEXEC_EXECUTABLE} --oversubscribe --bind-to none -n ${n} $<TARGET_FILE:mpi_${name}>)
    set_tests_properties(mpi.${name}.n${n} PROPERTIES LABELS mpi TIMEOUT ${ARG_TIMEOUT} PROCESSORS ${n}
      SKIP_RETURN_CODE 77 ENVIRONMENT "${SIBYL_TEST_ENVIRONMENT};ASAN_OPTIONS=fast_unwind_on_malloc=0")
  endforeach()
endfunction()
