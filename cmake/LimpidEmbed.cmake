# SPDX-License-Identifier: Apache-2.0
# Files that travel inside the library: after limpid_embed(target NAME file), the symbols NAME and NAME_size are its bytes.
function(limpid_embed target name file)
  get_filename_component(path ${file} ABSOLUTE)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/generated/${name}.cpp)
  file(WRITE ${source}.in "extern const unsigned char ${name}[];\nextern const unsigned long ${name}_size;\n"
    "asm(\".section .rodata\\n.global ${name}\\n${name}:\\n.incbin \\\"${path}\\\"\\n${name}_end:\\n\"\n"
    "    \".balign 8\\n.global ${name}_size\\n${name}_size:\\n.quad ${name}_end - ${name}\\n.previous\\n\");\n")
  file(COPY_FILE ${source}.in ${source} ONLY_IF_DIFFERENT)
  set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON OBJECT_DEPENDS ${path})
  target_sources(${target} PRIVATE ${source})
endfunction()

# The picture captions' typeface, so that a picture looks the same on every machine, the parts of the report's page, the
# landmarks of the study of anatomy, and the network that names crystals.
function(limpid_embed_files target)
  find_file(LIMPID_FONT DejaVuSans.ttf PATHS /usr/share/fonts/truetype/dejavu REQUIRED)
  limpid_embed(${target} limpid_font ${LIMPID_FONT})
  limpid_embed(${target} limpid_report_html src/render/report.html)
  limpid_embed(${target} limpid_report_css src/render/report.css)
  limpid_embed(${target} limpid_report_figures src/render/report_figures.js)
  limpid_embed(${target} limpid_report_js src/render/report.js)
  limpid_embed(${target} limpid_page_css src/render/page.css)
  limpid_embed(${target} limpid_page_js src/render/page.js)
  limpid_embed(${target} limpid_gallery_css src/render/gallery.css)
  limpid_embed(${target} limpid_gallery_js src/render/gallery.js)
  limpid_embed(${target} limpid_anatomy_landmarks src/pipeline/studies/anatomy_landmarks.json)
  limpid_embed(${target} limpid_report_statements src/pipeline/report/statements.txt)
  limpid_embed(${target} limpid_crystals_model models/crystals.onnx)
endfunction()
