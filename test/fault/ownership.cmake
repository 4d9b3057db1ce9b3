# Needs test_support of fleet.cmake.
add_executable(ownership_test
  ${CMAKE_CURRENT_LIST_DIR}/fleet_fixture.cc
  ${CMAKE_CURRENT_LIST_DIR}/ownership_test.cc)
target_compile_definitions(ownership_test PRIVATE SLOW_SUM="$<TARGET_FILE:slow_sum>")
target_link_libraries(ownership_test PRIVATE
  test_support holdfast_joblog holdfast_checkpoint holdfast_adapter_local holdfast_adapter_layout holdfast_adapter_s3 holdfast_core
  GTest::gtest_main holdfast_warnings)
add_dependencies(ownership_test slow_sum)
gtest_discover_tests(ownership_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
