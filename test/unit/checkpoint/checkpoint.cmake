# Needs holdfast_store_fakes of test/contract/store.cmake.
add_executable(checkpoint_test
  ${CMAKE_CURRENT_LIST_DIR}/orphans_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/pruner_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/restorer_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/saver_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/tree_test.cc)
target_link_libraries(checkpoint_test PRIVATE
  holdfast_checkpoint holdfast_adapter_directory holdfast_store_fakes GTest::gtest_main
  holdfast_warnings)
gtest_discover_tests(checkpoint_test DISCOVERY_TIMEOUT 60)
