sibyl_unit_test(evaluator_table LINK sibyl_search)
sibyl_unit_test(evaluator_command LINK sibyl_search)
sibyl_unit_test(command_answer LINK sibyl_search)
sibyl_unit_test(command_ends LINK sibyl_search)
sibyl_unit_test(command_place LINK sibyl_search)
sibyl_unit_test(no_room LINK sibyl_search)
target_link_options(test_no_room PRIVATE -Wl,--wrap=fork -Wl,--wrap=_Fork)
sibyl_mpi_test(candidate_once RANKS 1 LINK sibyl_search)
sibyl_unit_test(acquisition LINK sibyl_search)
sibyl_mpi_test(engine RANKS 1 2 3 4 LINK sibyl_search)
sibyl_mpi_test(engine_free RANKS 1 2 3 4 LINK sibyl_search)
sibyl_unit_test(space LINK sibyl_search)
sibyl_unit_test(variation LINK sibyl_search)
sibyl_unit_test(space_file LINK sibyl_search)
sibyl_unit_test(space_pool LINK sibyl_search)

# Counts all of NAS-Bench-101; exit status 1 if it is not 423,624.
add_executable(bench_count_nasbench101 EXCLUDE_FROM_ALL bench/count_nasbench101.c)
target_link_libraries(bench_count_nasbench101 PRIVATE sibyl_options sibyl_search)

add_executable(bench_sample_space EXCLUDE_FROM_ALL bench/sample_space.c)
target_link_libraries(bench_sample_space PRIVATE sibyl_options sibyl_search)

add_executable(bench_canon EXCLUDE_FROM_ALL bench/canon.c)
target_link_libraries(bench_canon PRIVATE sibyl_options sibyl_search)
sibyl_unit_test(progress LINK sibyl_search)

add_executable(bench_pace EXCLUDE_FROM_ALL bench/bench_pace.c)
target_link_libraries(bench_pace PRIVATE sibyl_options sibyl_search)
