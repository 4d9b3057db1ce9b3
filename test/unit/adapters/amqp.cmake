add_executable(amqp_unit_test
  ${CMAKE_CURRENT_LIST_DIR}/amqp_backoff_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_broker_error_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_content_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_declare_mismatch_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_frames_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_holding_workers_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_queue_losses_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_topology_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_url_test.cc)
target_link_libraries(amqp_unit_test PRIVATE
  holdfast_adapter_amqp GTest::gtest_main holdfast_warnings)
gtest_discover_tests(amqp_unit_test DISCOVERY_TIMEOUT 60)
