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

# sibyl_test_labels(TEST LABEL SOURCE): the label, and `shared` where the source reads ../shared; those tests start first.
function(sibyl_test_labels test label source)
  set(labels ${label})
  file(STRINGS ${source} reads REGEX "[.][.]/shared|need_nasbench201")
  if(reads)
    list(APPEND labels shared)
    set_property(TEST ${test} PROPERTY COST 1000)
  endif()
  set_property(TEST ${test} PROPERTY LABELS ${labels})
endfunction()

# sibyl_test_timeout(OUT SECONDS): how long a test may take at most; SECONDS: if given, in place of the usual. Under the
# sanitizers eight times as long. Only what hangs takes so long, or a machine with much else to do.
function(sibyl_test_timeout out seconds)
  if(NOT seconds)
    set(seconds 120)
  endif()
  if(SIBYL_SANITIZE)
    math(EXPR seconds "8 * ${seconds}")
  endif()
  set(${out} ${seconds} PARENT_SCOPE)
endfunction()

# sibyl_unit_test(NAME LINK target...): tests/unit/test_NAME.c, one process, label `unit`.
function(sibyl_unit_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LINK" ${ARGN})
  add_executable(test_${name} unit/test_${name}.c)
  target_link_libraries(test_${name} PRIVATE sibyl_options ${ARG_LINK} PkgConfig::cunit)
  add_test(NAME unit.${name} COMMAND test_${name})
  sibyl_test_timeout(timeout "${ARG_TIMEOUT}")
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT ${timeout} SKIP_RETURN_CODE 77 ENVIRONMENT "${SIBYL_TEST_ENVIRONMENT}")
  sibyl_test_labels(unit.${name} unit ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${name}.c)
endfunction()

# sibyl_mpi_test(NAME RANKS n... LINK target...): tests/mpi/mpi_NAME.c at each rank count, label `mpi`; under the sanitizers
# `long` in its place for more than two ranks.
# Leaks of Open MPI's libraries are known by their whole stacks (lsan.supp), which take time at every allocation.
function(sibyl_mpi_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "RANKS;LINK" ${ARGN})
  add_executable(mpi_${name} mpi/mpi_${name}.c)
  target_link_libraries(mpi_${name} PRIVATE sibyl_options ${ARG_LINK} PkgConfig::cunit MPI::MPI_C)
  sibyl_test_timeout(timeout "${ARG_TIMEOUT}")
  foreach(n ${ARG_RANKS})
    # mpirun's files: one that ends removes the common folder while another begins in it.
    set(folder ${CMAKE_BINARY_DIR}/mpi/${name}.n${n})
    file(MAKE_DIRECTORY ${folder})
    add_test(NAME mpi.${name}.n${n}
      COMMAND ${MPIEXEC_EXECUTABLE} --oversubscribe --bind-to none -n ${n} $<TARGET_FILE:mpi_${name}>)
    set_tests_properties(mpi.${name}.n${n} PROPERTIES TIMEOUT ${timeout} PROCESSORS ${n} SKIP_RETURN_CODE 77
      ENVIRONMENT "${SIBYL_TEST_ENVIRONMENT};OMPI_MCA_orte_tmpdir_base=${folder};ASAN_OPTIONS=fast_unwind_on_malloc=0")
    set(label mpi)
    if(SIBYL_SANITIZE AND n GREATER 2)
      set(label long)
    endif()
    sibyl_test_labels(mpi.${name}.n${n} ${label} ${CMAKE_CURRENT_SOURCE_DIR}/mpi/mpi_${name}.c)
  endforeach()
endfunction()

# sibyl_script_test(FOLDER LABEL [TIMEOUT s] [PROCESSORS n]): every executable script of tests/FOLDER, which runs the program.
function(sibyl_script_test folder label)
  cmake_parse_arguments(ARG "" "TIMEOUT;PROCESSORS" "" ${ARGN})
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.sh)
  foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    add_test(NAME ${label}.${name} COMMAND ${script})
    # They are long: a clone that has not measured them yet begins with them, so that none is left alone at the end.
    set_tests_properties(${label}.${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} PROCESSORS ${ARG_PROCESSORS} COST 500 SKIP_RETURN_CODE 77
      ENVIRONMENT "${SIBYL_TEST_ENVIRONMENT};SIBYL=$<TARGET_FILE:sibyl>")
    sibyl_test_labels(${label}.${name} ${label} ${script})
  endforeach()
endfunction()
