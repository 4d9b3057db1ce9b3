add_executable(simulate_test
  ${CMAKE_CURRENT_LIST_DIR}/attempt_play_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/fleet_play_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/lifetime_curve_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/past_test.cc)
target_link_libraries(simulate_test PRIVATE holdfast_simulate GTest::gtest_main holdfast_warnings)
gtest_discover_tests(simulate_test DISCOVERY_TIMEOUT 60)
