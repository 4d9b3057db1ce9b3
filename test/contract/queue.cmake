include(${CMAKE_CURRENT_LIST_DIR}/../integration/amqp_support.cmake)

add_executable(queue_contract_test
  ${CMAKE_CURRENT_LIST_DIR}/dead_letters_contract.cc
  ${CMAKE_CURRENT_LIST_DIR}/queue_contract.cc
  ${CMAKE_CURRENT_LIST_DIR}/queue_contract_sqlite_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/queue_contract_amqp_test.cc)
target_link_libraries(queue_contract_test PRIVATE
  amqp_test_support holdfast_adapter_local holdfast_adapter_sqlite GTest::gtest_main holdfast_warnings)
gtest_discover_tests(queue_contract_test DISCOVERY_TIMEOUT 60)
