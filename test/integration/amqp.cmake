include(${CMAKE_CURRENT_LIST_DIR}/amqp_support.cmake)

add_executable(amqp_integration_test
  ${CMAKE_CURRENT_LIST_DIR}/amqp_access_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_admin_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_consumer_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_dead_letters_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_publisher_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/amqp_shared_connection_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/doctor_amqp_test.cc)
target_link_libraries(amqp_integration_test PRIVATE
  amqp_test_support holdfast_adapter_local GTest::gtest_main holdfast_warnings)
gtest_discover_tests(amqp_integration_test DISCOVERY_TIMEOUT 60)
