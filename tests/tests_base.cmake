sibyl_unit_test(base LINK sibyl_base PkgConfig::jansson)
sibyl_unit_test(names LINK sibyl_base)
