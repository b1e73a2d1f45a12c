# The outside libraries, each with the one place of the project that uses it (docs/design.md says why).
find_package(Torch REQUIRED)                       # everywhere: tensors
find_package(ONNX CONFIG QUIET)                    # src/net/onnx*.cpp, by its protobuf schema only
find_package(Protobuf REQUIRED)
find_package(PNG REQUIRED)                         # src/data/image.cpp, src/render/png.cpp
find_package(JPEG REQUIRED)                        # src/data/image.cpp
find_package(Freetype REQUIRED)                    # src/render/text.cpp
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)               # sources that read or write documents
find_package(OpenSSL REQUIRED COMPONENTS Crypto)   # src/core/files.cpp: SHA-256
find_package(Threads REQUIRED)
find_library(ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h REQUIRED)

function(limpid_link_dependencies target)
  # System: the warnings of these headers are not ours to mend.
  target_include_directories(${target} SYSTEM PUBLIC ${TORCH_INCLUDE_DIRS})
  separate_arguments(flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
  target_compile_options(${target} PUBLIC ${flags})
  target_link_libraries(${target}
    PUBLIC ${TORCH_LIBRARIES}
    PRIVATE PNG::PNG JPEG::JPEG Freetype::Freetype fmt::fmt nlohmann_json::nlohmann_json OpenSSL::Crypto
            protobuf::libprotobuf ${ONNX_PROTO_LIBRARY} Threads::Threads)
  target_include_directories(${target} SYSTEM PRIVATE ${ONNX_INCLUDE_DIR})
endfunction()

# The picture captions' typeface travels inside the library, so that a picture looks the same on every machine.
function(limpid_embed_font target)
  find_file(LIMPID_FONT DejaVuSans.ttf PATHS /usr/share/fonts/truetype/dejavu REQUIRED)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/generated/font_data.cpp)
  file(WRITE ${source}.in "extern const unsigned char limpid_font[];\nextern const unsigned long limpid_font_size;\n"
    "asm(\".section .rodata\\n.global limpid_font\\nlimpid_font:\\n.incbin \\\"${LIMPID_FONT}\\\"\\nlimpid_font_end:\\n\"\n"
    "    \".balign 8\\n.global limpid_font_size\\nlimpid_font_size:\\n.quad limpid_font_end - limpid_font\\n.previous\\n\");\n")
  file(COPY_FILE ${source}.in ${source} ONLY_IF_DIFFERENT)
  set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${target} PRIVATE ${source})
endfunction()
