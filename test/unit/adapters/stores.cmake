# Needs holdfast_store_fakes of test/contract/store.cmake.
add_executable(retrying_store_test ${CMAKE_CURRENT_LIST_DIR}/retrying_store_test.cc)
target_link_libraries(retrying_store_test PRIVATE
  holdfast_store_fakes holdfast_adapter_retry GTest::gtest_main holdfast_warnings)
gtest_discover_tests(retrying_store_test DISCOVERY_TIMEOUT 60)

add_executable(layout_store_test ${CMAKE_CURRENT_LIST_DIR}/layout_store_test.cc)
target_link_libraries(layout_store_test PRIVATE
  holdfast_store_fakes holdfast_adapter_layout GTest::gtest_main
  holdfast_warnings)
gtest_discover_tests(layout_store_test DISCOVERY_TIMEOUT 60)

add_executable(directory_store_test ${CMAKE_CURRENT_LIST_DIR}/directory_store_test.cc)
target_link_libraries(directory_store_test PRIVATE
  holdfast_store_fakes holdfast_adapter_directory GTest::gtest_main holdfast_warnings)
gtest_discover_tests(directory_store_test DISCOVERY_TIMEOUT 60)

add_executable(task_state_test ${CMAKE_CURRENT_LIST_DIR}/task_state_test.cc)
target_link_libraries(task_state_test PRIVATE
  holdfast_adapter_local GTest::gtest_main holdfast_warnings)
gtest_discover_tests(task_state_test DISCOVERY_TIMEOUT 60)
