# SPDX-License-Identifier: Apache-2.0
# The outside libraries, each with the one place of the project that uses it (docs/design.md says why).
# limpid-config.cmake.in names them again for those who link to an installed limpid.
find_package(Torch REQUIRED)                       # everywhere: tensors
find_package(OnnxProto REQUIRED)                   # src/net/onnx*.cpp
find_package(PNG REQUIRED)                         # src/data/image_png.cpp, src/render/png.cpp
find_package(JPEG REQUIRED)                        # src/data/image_jpeg.cpp
find_package(Freetype REQUIRED)                    # src/render/text.cpp
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)               # sources that read or write documents
find_package(OpenSSL REQUIRED COMPONENTS Crypto)   # src/core/files.cpp: SHA-256
find_package(Threads REQUIRED)

if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "This libtorch was compiled with the C++ ABI of before 2011, which nothing else here can be linked "
    "with; take the download called cxx11-abi, or a libtorch of version 2.7 or later.")
endif()

function(limpid_link_dependencies target)
  # torch_library carries include folders, compile options and every libtorch_*.so there is, CUDA's too.
  target_link_libraries(${target}
    PUBLIC torch_library
    PRIVATE PNG::PNG JPEG::JPEG Freetype::Freetype fmt::fmt nlohmann_json::nlohmann_json OpenSSL::Crypto
            OnnxProto::OnnxProto Threads::Threads)
endfunction()
