add_executable(core_test
  ${CMAKE_CURRENT_LIST_DIR}/checkpoint_json_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/claim_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/cost_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/deletion_cost_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/ending_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/fleet_layout_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/ignore_rules_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/interval_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/job_input_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/job_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/metrics_text_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/output_list_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/record_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/redrive_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/scaling_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/step_back_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/store_layout_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/suspicion_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/text_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/time_account_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transition_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/words_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/worker_sign_test.cc)
target_include_directories(core_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../..)
target_link_libraries(core_test PRIVATE holdfast_core GTest::gtest_main holdfast_warnings)
gtest_discover_tests(core_test DISCOVERY_TIMEOUT 60)
