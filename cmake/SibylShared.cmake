# libsibyl (include/sibyl, library/): scoring from C and C++, without MPI. What it is made of is compiled once, for it and for the
# program: position independent, with hidden symbols, so that calls within it cost what they cost in the program.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/library/*.c)
file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/include/sibyl/*.h)
add_library(sibyl_shared SHARED ${sources})
target_sources(sibyl_shared PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/include FILES ${headers})
target_link_libraries(sibyl_shared PRIVATE sibyl_options sibyl_spaces sibyl_predictor_local sibyl_proto sibyl_base)

set(map ${CMAKE_SOURCE_DIR}/library/libsibyl.map)
# Of what the static libraries ask for it needs less: no OpenBLAS, whose threads would start in every process that loads it.
target_link_options(sibyl_shared PRIVATE LINKER:--version-script=${map} LINKER:--as-needed)
set_target_properties(sibyl_shared PROPERTIES OUTPUT_NAME sibyl EXPORT_NAME sibyl LINK_DEPENDS ${map}
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})

list(TRANSFORM SIBYL_KERNEL_LEVELS PREPEND sibyl_predictor_local_ OUTPUT_VARIABLE kernels)
set_target_properties(sibyl_shared sibyl_spaces sibyl_predictor_local ${kernels} sibyl_proto sibyl_base
  PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
