# The model's sources once more in double, so that finite differences check the code that runs.
set(predictor_f64_sources)
foreach(name inputs/attributes inputs/options inputs/option_words inputs/batch inputs/topology kernels/kernels model/packed model/pass model/nnformer_shape
    model/nnformer model/nnformer_backward)
  list(APPEND predictor_f64_sources ${CMAKE_SOURCE_DIR}/predictor/${name}.c)
endforeach()
add_library(predictor_f64 STATIC ${predictor_f64_sources})
target_compile_definitions(predictor_f64 PUBLIC SIBYL_REAL_DOUBLE)
target_link_libraries(predictor_f64 PRIVATE sibyl_options OpenMP::OpenMP_C PUBLIC sibyl_proto sibyl_base)
sibyl_kernels(predictor_f64 base)
target_compile_definitions(predictor_f64_base PRIVATE SIBYL_REAL_DOUBLE)

sibyl_unit_test(gradient TIMEOUT 300 LINK predictor_f64)
sibyl_unit_test(nnformer_torch LINK sibyl_predictor PkgConfig::jansson)
sibyl_unit_test(published LINK sibyl_predictor PkgConfig::jansson)
sibyl_unit_test(kernels LINK sibyl_predictor)
sibyl_unit_test(topology LINK sibyl_predictor)
sibyl_unit_test(twins LINK sibyl_predictor)
sibyl_unit_test(shards LINK sibyl_predictor)
sibyl_unit_test(loss LINK sibyl_predictor)
sibyl_unit_test(structure LINK sibyl_predictor)
sibyl_unit_test(lookup LINK sibyl_predictor)
sibyl_unit_test(normal_scores LINK sibyl_predictor)
sibyl_unit_test(features LINK sibyl_predictor)
sibyl_unit_test(metrics LINK sibyl_predictor)
sibyl_unit_test(predictor LINK sibyl_predictor)
sibyl_unit_test(base_files LINK sibyl_predictor)

# All of the local libraries, so that a call of a team's anywhere in them is an undefined symbol.
sibyl_unit_test(scorer LINK sibyl_predictor_local)
set_target_properties(test_scorer PROPERTIES
  LINK_LIBRARY_OVERRIDE "WHOLE_ARCHIVE,sibyl_predictor_local,sibyl_proto,sibyl_base")
add_test(NAME local COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_local.sh $<TARGET_FILE:test_scorer>)
set_tests_properties(local PROPERTIES LABELS unit)

sibyl_mpi_test(trainer RANKS 1 2 3 4 6 8 LINK sibyl_predictor)
sibyl_mpi_test(network_base RANKS 1 2 3 LINK sibyl_predictor)
sibyl_mpi_test(gp_head RANKS 1 2 3 LINK sibyl_predictor)
sibyl_mpi_test(scorer RANKS 1 2 3 4 LINK sibyl_predictor)
sibyl_mpi_test(gp TIMEOUT 180 RANKS 1 2 4 LINK sibyl_predictor)

add_executable(bench_dump_predictor EXCLUDE_FROM_ALL bench/dump_predictor.c)
target_link_libraries(bench_dump_predictor PRIVATE sibyl_options sibyl_predictor)

add_executable(bench_gp_scale EXCLUDE_FROM_ALL bench/gp_scale.c)
target_link_libraries(bench_gp_scale PRIVATE sibyl_options sibyl_predictor)

add_executable(bench_step_time EXCLUDE_FROM_ALL bench/simulated/step_time.c)
target_link_libraries(bench_step_time PRIVATE sibyl_options sibyl_search)

# tests/bench/scale.sh builds it with SimGrid's compiler; here it is only compiled, so that it keeps up with the trainer.
add_library(simulated_step OBJECT bench/simulated/simulated_step.c bench/simulated/simulated_network.c
  bench/simulated/simulated_memory.c)
target_link_libraries(simulated_step PRIVATE sibyl_options sibyl_predictor MPI::MPI_C)
sibyl_unit_test(bombs LINK sibyl_predictor PkgConfig::zstd)
