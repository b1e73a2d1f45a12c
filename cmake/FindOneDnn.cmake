# SPDX-License-Identifier: Apache-2.0
# OneDnn::OneDnn: version 2 of oneDNN, whose own CMake package asks for OpenCL too.
find_library(OneDnn_LIBRARY dnnl)
find_path(OneDnn_INCLUDE_DIR oneapi/dnnl/dnnl.hpp)
mark_as_advanced(OneDnn_LIBRARY OneDnn_INCLUDE_DIR)
if(OneDnn_INCLUDE_DIR)
  file(STRINGS ${OneDnn_INCLUDE_DIR}/oneapi/dnnl/dnnl_version.h OneDnn_VERSION REGEX "define DNNL_VERSION_MAJOR")
  string(REGEX REPLACE "[^0-9]" "" OneDnn_VERSION "${OneDnn_VERSION}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OneDnn
  REQUIRED_VARS OneDnn_LIBRARY OneDnn_INCLUDE_DIR VERSION_VAR OneDnn_VERSION HANDLE_VERSION_RANGE)

if(OneDnn_FOUND AND NOT TARGET OneDnn::OneDnn)
  add_library(OneDnn::OneDnn UNKNOWN IMPORTED)
  set_target_properties(OneDnn::OneDnn PROPERTIES
    IMPORTED_LOCATION "${OneDnn_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OneDnn_INCLUDE_DIR}")
endif()
