sibyl_unit_test(file_temporary LINK sibyl_base)
sibyl_unit_test(folder_lock LINK sibyl_base)
sibyl_unit_test(base LINK sibyl_base PkgConfig::jansson)
