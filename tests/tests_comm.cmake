sibyl_mpi_test(team RANKS 1 2 3 4 LINK sibyl_comm)
sibyl_mpi_test(reduce RANKS 1 2 3 4 LINK sibyl_comm)
sibyl_mpi_test(farm RANKS 1 2 3 4 LINK sibyl_comm)
