# SPDX-License-Identifier: Apache-2.0
# Installation, and the package that find_package(limpid) finds.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/limpid)
install(TARGETS limpid EXPORT limpid-targets)
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY models DESTINATION ${CMAKE_INSTALL_DATADIR}/limpid)
install(EXPORT limpid-targets NAMESPACE limpid:: DESTINATION ${package_folder})
configure_package_config_file(cmake/limpid-config.cmake.in limpid-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(limpid-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/limpid-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/limpid-config-version.cmake
  cmake/FindDeflate.cmake cmake/FindOneDnn.cmake cmake/FindOnnxProto.cmake cmake/FindSpglib.cmake DESTINATION ${package_folder})
