sibyl_unit_test(config LINK sibyl_jobs)
