sibyl_unit_test(base LINK sibyl_base PkgConfig::jansson)
sibyl_unit_test(input LINK sibyl_base PkgConfig::zlib BZip2::BZip2 PkgConfig::zstd)
sibyl_unit_test(limits LINK sibyl_base)
