sibyl_unit_test(config LINK sibyl_jobs)
sibyl_unit_test(grid LINK sibyl_jobs)
sibyl_unit_test(statistics LINK sibyl_jobs)
sibyl_unit_test(walltime LINK sibyl_jobs)
