add_executable(dashboard_test
  ${CMAKE_CURRENT_LIST_DIR}/assets_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/attempt_lanes_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/gate_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/job_table_test.cc)
target_link_libraries(dashboard_test PRIVATE
  holdfast_app holdfast_dashboard GTest::gtest_main holdfast_warnings)
gtest_discover_tests(dashboard_test DISCOVERY_TIMEOUT 60)
