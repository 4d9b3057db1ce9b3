# Needs holdfast_store_fakes of test/contract/store.cmake.
add_executable(joblog_test ${CMAKE_CURRENT_LIST_DIR}/job_log_test.cc)
target_link_libraries(joblog_test PRIVATE
  holdfast_joblog holdfast_adapter_directory holdfast_store_fakes GTest::gtest_main holdfast_warnings)
gtest_discover_tests(joblog_test DISCOVERY_TIMEOUT 60)
