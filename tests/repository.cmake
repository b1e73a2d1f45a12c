# SPDX-License-Identifier: Apache-2.0
# The tests of everything around the code: layout, format, documents, the command as typed, the installed package.
function(repository_test name)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS repository SKIP_RETURN_CODE 77)
endfunction()

repository_test(layout ${LIMPID_PYTHON} tools/check_layout.py)
repository_test(layout-check ${LIMPID_PYTHON} tests/tools/check_layout_test.py)
repository_test(includes ${LIMPID_PYTHON} tools/check_includes.py)
repository_test(includes-check ${LIMPID_PYTHON} tests/tools/check_includes_test.py)
repository_test(format tools/check_format.sh)

file(GLOB transcripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/transcripts/*.txt)
foreach(transcript ${transcripts})
  cmake_path(GET transcript STEM name)
  repository_test(transcript-${name} ${LIMPID_PYTHON} tools/transcript.py $<TARGET_FILE_DIR:limpid-command> ${transcript})
endforeach()
repository_test(transcript-runner ${LIMPID_PYTHON} tests/tools/transcript_test.py)
repository_test(snippet-runner ${LIMPID_PYTHON} tests/tools/check_snippets_test.py)

set(prefix ${CMAKE_BINARY_DIR}/prefix)
repository_test(install ${CMAKE_COMMAND} --install ${CMAKE_BINARY_DIR} --prefix ${prefix})
set_tests_properties(install PROPERTIES FIXTURES_SETUP installed)
repository_test(consumer tests/consumer/run.sh ${prefix} ${CMAKE_CXX_COMPILER})
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/docs/*.md
  ${PROJECT_SOURCE_DIR}/docs/crystals/*.md)
repository_test(snippets ${LIMPID_PYTHON} tools/check_snippets.py ${prefix} ${pages})
repository_test(tutorial ${LIMPID_PYTHON} tools/check_snippets.py ${prefix} docs/tutorial/crystals/README.md)
set_tests_properties(consumer snippets tutorial PROPERTIES FIXTURES_REQUIRED installed)

# These need trees of their own, which ./test.sh builds.
repository_test(sanitizers tools/run_sanitizers.sh)
repository_test(fuzz tools/run_fuzz.sh 60 1)
set_tests_properties(sanitizers PROPERTIES COST 1000)  # the longest: begun first
set_tests_properties(sanitizers fuzz PROPERTIES LABELS slow TIMEOUT 3000)
