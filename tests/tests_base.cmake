sibyl_unit_test(base LINK sibyl_base PkgConfig::jansson)
sibyl_unit_test(rng LINK sibyl_base)
