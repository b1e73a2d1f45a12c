# SPDX-License-Identifier: Apache-2.0
# Spglib::Spglib: spglib, which Debian installs without a CMake package.
find_library(Spglib_LIBRARY symspg)
find_path(Spglib_INCLUDE_DIR spglib.h)
mark_as_advanced(Spglib_LIBRARY Spglib_INCLUDE_DIR)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Spglib REQUIRED_VARS Spglib_LIBRARY Spglib_INCLUDE_DIR)

if(Spglib_FOUND AND NOT TARGET Spglib::Spglib)
  add_library(Spglib::Spglib UNKNOWN IMPORTED)
  set_target_properties(Spglib::Spglib PROPERTIES
    IMPORTED_LOCATION "${Spglib_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${Spglib_INCLUDE_DIR}")
endif()
