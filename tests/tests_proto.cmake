sibyl_unit_test(records LINK sibyl_proto sibyl_base)
sibyl_unit_test(dataset LINK sibyl_proto sibyl_base)
sibyl_unit_test(import LINK sibyl_proto sibyl_base)
