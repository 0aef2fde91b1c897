# The unit tests: pvm_unit, and pvm_serve_unit for what needs the libraries of pvm-serve.
file(GLOB_RECURSE UNIT_SOURCES CONFIGURE_DEPENDS unit/*.cpp)
set(SERVE_UNIT_SOURCES ${UNIT_SOURCES})
list(FILTER SERVE_UNIT_SOURCES INCLUDE REGEX "/unit/(notify|serve|web)/")
list(FILTER UNIT_SOURCES EXCLUDE REGEX "/unit/(notify|serve|web)/")
add_executable(pvm_unit ${UNIT_SOURCES} $<TARGET_OBJECTS:pvm_git> $<TARGET_OBJECTS:pvm_git_early> $<TARGET_OBJECTS:pvm_rm> $<TARGET_OBJECTS:pvm_trash> $<TARGET_OBJECTS:pvm_operands> $<TARGET_OBJECTS:pvm_program>)
target_link_libraries(pvm_unit PRIVATE pvm_ctl pvm pvm_options doctest::doctest yaml-cpp sodium)
target_compile_definitions(pvm_unit PRIVATE PVM_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}/data")
# Tests are compiled oftener than they run; and GCC 12, optimising, warns of string
# code that is never reached.
set_source_files_properties(unit/main.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
target_compile_options(pvm_unit PRIVATE -O0 -U_FORTIFY_SOURCE)
target_precompile_headers(pvm_unit PRIVATE <doctest/doctest.h> <filesystem> <string> <vector>)

# One test a floor, so that a failure is named by where it stands.
foreach(floor base model crypto system vault gate frontend wrappers pvmctl)
  add_test(NAME unit_${floor} COMMAND pvm_unit "--source-file=*/tests/unit/${floor}/*" --no-intro)
  # A filter that matches nothing passes; a floor without tests must not.
  set_tests_properties(unit_${floor} PROPERTIES FAIL_REGULAR_EXPRESSION "test cases: *0 ")
endforeach()

# The same for what serves the human's side: another program, with libraries that pvm_unit stays without.
list(APPEND SERVE_UNIT_SOURCES unit/crypto/ssh_support.cpp)
add_executable(pvm_serve_unit unit/main.cpp ${SERVE_UNIT_SOURCES} $<TARGET_OBJECTS:pvm_git> $<TARGET_OBJECTS:pvm_rm> $<TARGET_OBJECTS:pvm_trash> $<TARGET_OBJECTS:pvm_operands> $<TARGET_OBJECTS:pvm_program>)
target_link_libraries(pvm_serve_unit PRIVATE pvm_serve_parts pvm_web pvm_notify pvm pvm_options doctest::doctest sodium)
target_compile_definitions(pvm_serve_unit PRIVATE PVM_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}/data")
target_compile_options(pvm_serve_unit PRIVATE -O0 -U_FORTIFY_SOURCE)
target_precompile_headers(pvm_serve_unit PRIVATE <doctest/doctest.h> <filesystem> <string> <vector>)
foreach(part notify web serve)
  add_test(NAME unit_${part} COMMAND pvm_serve_unit "--source-file=*/tests/unit/${part}/*" --no-intro)
  set_tests_properties(unit_${part} PROPERTIES FAIL_REGULAR_EXPRESSION "test cases: *0 ")
endforeach()
