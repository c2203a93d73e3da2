sibyl_unit_test(local_team LINK sibyl_comm MPI::MPI_C)
sibyl_mpi_test(team RANKS 1 2 3 4 LINK sibyl_comm)
sibyl_mpi_test(reduce RANKS 1 2 3 4 5 6 9 10 LINK sibyl_comm)
sibyl_mpi_test(farm RANKS 1 2 3 4 LINK sibyl_comm)
sibyl_mpi_test(farm_free RANKS 1 2 3 4 LINK sibyl_comm)

add_executable(bench_gradient_sum EXCLUDE_FROM_ALL bench/gradient_sum.c)
target_link_libraries(bench_gradient_sum PRIVATE sibyl_options sibyl_comm MPI::MPI_C)
