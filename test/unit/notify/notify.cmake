# Needs holdfast_store_fakes of test/contract/store.cmake.
add_executable(notify_test
  ${CMAKE_CURRENT_LIST_DIR}/notice_courier_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/notice_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/notifier_test.cc)
target_link_libraries(notify_test PRIVATE
  holdfast_notify holdfast_adapter_notice holdfast_adapter_local holdfast_store_fakes GTest::gmock_main
  holdfast_warnings)
gtest_discover_tests(notify_test DISCOVERY_TIMEOUT 60)
