sibyl_unit_test(base LINK sibyl_base PkgConfig::jansson)
