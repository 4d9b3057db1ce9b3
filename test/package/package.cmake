add_test(NAME package.installed_library
  COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/installed_library.sh ${PROJECT_BINARY_DIR})
set_tests_properties(package.installed_library PROPERTIES TIMEOUT 300)

# Made of the released program, whose path is HOLDFAST_TEST_PROGRAM.
add_test(NAME package.each_is_made_and_used
  COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/made_and_used.sh)
set_tests_properties(package.each_is_made_and_used PROPERTIES TIMEOUT 900)

add_test(NAME package.checksums_are_signed COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/signed.sh)
set_tests_properties(package.checksums_are_signed PROPERTIES TIMEOUT 120)
