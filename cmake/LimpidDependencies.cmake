# SPDX-License-Identifier: Apache-2.0
# The outside libraries, each with the one place of the project that uses it (docs/design.md says why).
# limpid-config.cmake.in names them again for those who link to an installed limpid.
find_package(Torch REQUIRED)                       # everywhere: tensors
find_package(OnnxProto REQUIRED)                   # src/net/onnx*.cpp
find_package(PNG REQUIRED)                         # src/data/image_png.cpp, src/render/png.cpp
find_package(JPEG REQUIRED)                        # src/data/image_jpeg.cpp
find_package(ZLIB REQUIRED)                        # src/data/gzip.cpp
find_package(Deflate REQUIRED)                     # src/render/deflate.cpp
find_package(Freetype REQUIRED)                    # src/render/text.cpp
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)               # sources that read or write documents
find_package(OpenSSL REQUIRED COMPONENTS Crypto)   # src/core/files.cpp: SHA-256
find_package(Eigen3 REQUIRED NO_MODULE)            # crystal: vectors and cells, in its headers too; concepts: factors
find_package(Spglib REQUIRED)                      # src/crystal/symmetry.cpp
find_path(GEMMI_INCLUDE_DIR gemmi/cif.hpp REQUIRED)  # src/crystal/formats/cif*.cpp; headers alone, as is PEGTL below it
find_path(PEGTL_INCLUDE_DIR tao/pegtl.hpp REQUIRED)
find_package(Threads REQUIRED)
find_package(OneDnn 2...<3)                        # src/net/kernels/onednn.cpp

# Only the oneDNN that libtorch itself is linked with: two in one process get in each other's way.
get_filename_component(torch_folder "${TORCH_LIBRARY}" DIRECTORY)
get_filename_component(onednn_folder "${OneDnn_LIBRARY}" DIRECTORY)
set(LIMPID_ONEDNN_DEFAULT OFF)
if(OneDnn_FOUND AND torch_folder STREQUAL onednn_folder)
  set(LIMPID_ONEDNN_DEFAULT ON)
endif()
option(LIMPID_ONEDNN "Call oneDNN directly; ATen does it all otherwise" ${LIMPID_ONEDNN_DEFAULT})

if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "This libtorch was compiled with the C++ ABI of before 2011, which nothing else here can be linked "
    "with; take the download called cxx11-abi, or a libtorch of version 2.7 or later.")
endif()

function(limpid_link_dependencies target)
  # torch_library carries include folders, compile options and every libtorch_*.so there is, CUDA's too.
  target_link_libraries(${target}
    PUBLIC torch_library Eigen3::Eigen
    PRIVATE PNG::PNG JPEG::JPEG ZLIB::ZLIB Deflate::Deflate Freetype::Freetype fmt::fmt nlohmann_json::nlohmann_json OpenSSL::Crypto
            OnnxProto::OnnxProto Spglib::Spglib Threads::Threads)
  target_include_directories(${target} SYSTEM PRIVATE ${GEMMI_INCLUDE_DIR} ${PEGTL_INCLUDE_DIR})
  if(LIMPID_ONEDNN)
    target_link_libraries(${target} PRIVATE OneDnn::OneDnn)
    target_compile_definitions(${target} PRIVATE LIMPID_ONEDNN)
  endif()
endfunction()
