# SPDX-License-Identifier: Apache-2.0
# OnnxProto::OnnxProto: the ONNX file format as protobuf messages, without the rest of ONNX.
find_package(Protobuf REQUIRED)
find_library(OnnxProto_LIBRARY onnx_proto)
find_path(OnnxProto_INCLUDE_DIR onnx/onnx_pb.h)
mark_as_advanced(OnnxProto_LIBRARY OnnxProto_INCLUDE_DIR)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxProto REQUIRED_VARS OnnxProto_LIBRARY OnnxProto_INCLUDE_DIR)

if(OnnxProto_FOUND AND NOT TARGET OnnxProto::OnnxProto)
  add_library(OnnxProto::OnnxProto UNKNOWN IMPORTED)
  set_target_properties(OnnxProto::OnnxProto PROPERTIES
    IMPORTED_LOCATION "${OnnxProto_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OnnxProto_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS "ONNX_ML=1;ONNX_NAMESPACE=onnx"
    INTERFACE_LINK_LIBRARIES protobuf::libprotobuf)
endif()
