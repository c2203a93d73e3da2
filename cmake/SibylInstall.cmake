# What `cmake --install BUILD [--prefix PREFIX]` puts where. DESTDIR, --prefix and the folders of GNUInstallDirs are obeyed; nothing
# that is installed knows its prefix.
include(GNUInstallDirs)

# Libraries that were found outside of the system's folders, such as those of a cluster's modules, are found when it runs, too.
set_target_properties(sibyl sibyl_shared PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)

install(TARGETS sibyl RUNTIME COMPONENT program)
install(TARGETS sibyl_shared EXPORT SibylTargets
  LIBRARY COMPONENT library NAMELINK_COMPONENT development
  FILE_SET HEADERS COMPONENT development)
# Job files name the evaluators beside their folder (../evaluators/train_cell.py), and the documents name both as in the source tree.
install(DIRECTORY jobs/examples jobs/evaluators slurm DESTINATION ${CMAKE_INSTALL_DATADIR}/sibyl COMPONENT program USE_SOURCE_PERMISSIONS)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)

# libsibyl for others' builds: find_package(Sibyl) with Sibyl::sibyl, and pkg-config's sibyl. Versions 0.x promise nothing to 0.y.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Sibyl)
install(EXPORT SibylTargets FILE SibylConfig.cmake NAMESPACE Sibyl:: DESTINATION ${package} COMPONENT development)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/SibylConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/SibylConfigVersion.cmake DESTINATION ${package} COMPONENT development)
file(RELATIVE_PATH up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/sibyl.pc.in ${CMAKE_BINARY_DIR}/sibyl.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/sibyl.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# sibyl_link(TARGET LINK): a symbolic link at LINK to TARGET, both below the prefix, relative to each other.
function(sibyl_link target link)
  get_filename_component(folder ${link} DIRECTORY)
  file(RELATIVE_PATH path ${CMAKE_INSTALL_PREFIX}/${folder} ${CMAKE_INSTALL_PREFIX}/${target})
  install(CODE "
    file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${folder}\")
    file(CREATE_LINK \"${path}\" \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${link}\" SYMBOLIC)" COMPONENT program)
endfunction()
sibyl_link(${CMAKE_INSTALL_DATADIR}/sibyl ${CMAKE_INSTALL_DOCDIR}/jobs)
sibyl_link(${CMAKE_INSTALL_DATADIR}/sibyl/slurm ${CMAKE_INSTALL_DOCDIR}/slurm)
