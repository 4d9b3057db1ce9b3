add_test(NAME package.installed_library
  COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/installed_library.sh ${PROJECT_BINARY_DIR})
set_tests_properties(package.installed_library PROPERTIES TIMEOUT 300)
