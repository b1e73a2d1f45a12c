# Installation, and the package that find_package(limpid) finds.
include(CMakePackageConfigHelpers)
install(TARGETS limpid EXPORT limpid-targets)
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT limpid-targets NAMESPACE limpid:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/limpid)
configure_package_config_file(cmake/limpid-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/limpid-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/limpid)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/limpid-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/limpid-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/limpid-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/limpid)
