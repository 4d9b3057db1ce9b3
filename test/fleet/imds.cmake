# Needs test_support of test/fault/fleet.cmake.
add_executable(imds_test
  ${CMAKE_CURRENT_LIST_DIR}/front_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/imds_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/../integration/cli_fixture.cc)
target_compile_definitions(imds_test PRIVATE
  FAKE_IMDS="${CMAKE_CURRENT_LIST_DIR}/fake_imds.py"
  IMDS_DESCRIPTION="${CMAKE_CURRENT_LIST_DIR}/salad-imds-openapi.json"
  SLOW_SUM="$<TARGET_FILE:slow_sum>"
  HOLDFAST_PROGRAM="$<TARGET_FILE:holdfast>")
target_link_libraries(imds_test PRIVATE
  test_support holdfast_adapter_imds holdfast_adapter_local holdfast_core GTest::gtest_main
  holdfast_warnings)
add_dependencies(imds_test slow_sum holdfast)
gtest_discover_tests(imds_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
