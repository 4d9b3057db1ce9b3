# Needs holdfast_store_fakes of test/contract/store.cmake.
add_executable(operate_test
  ${CMAKE_CURRENT_LIST_DIR}/cancel_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/collect_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/dead_letter_view_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/drop_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/forget_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/kept_checkpoints_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/redrive_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/rerun_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/resume_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/revise_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/upload_sweep_test.cc)
target_link_libraries(operate_test PRIVATE
  holdfast_operate holdfast_index holdfast_store_fakes GTest::gtest_main holdfast_warnings)
gtest_discover_tests(operate_test DISCOVERY_TIMEOUT 60)
