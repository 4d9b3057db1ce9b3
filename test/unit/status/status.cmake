# Needs holdfast_store_fakes of test/contract/store.cmake.
add_executable(status_test ${CMAKE_CURRENT_LIST_DIR}/job_list_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/stopped_groups_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/why_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/workers_test.cc)
target_link_libraries(status_test PRIVATE
  holdfast_status holdfast_store_fakes GTest::gmock_main holdfast_warnings)
gtest_discover_tests(status_test DISCOVERY_TIMEOUT 60)
