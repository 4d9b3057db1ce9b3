# Needs holdfast_store_fakes of test/contract/store.cmake.
add_executable(tasklog_test
  ${CMAKE_CURRENT_LIST_DIR}/log_buffer_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/log_keeper_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/log_reader_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/log_segment_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/log_window_test.cc)
target_link_libraries(tasklog_test PRIVATE
  holdfast_tasklog holdfast_store_fakes GTest::gtest_main holdfast_warnings)
gtest_discover_tests(tasklog_test DISCOVERY_TIMEOUT 60)
