add_executable(inputs_test
  ${CMAKE_CURRENT_LIST_DIR}/input_cache_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/own_network_test.cc)
target_include_directories(inputs_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../..)
target_link_libraries(inputs_test PRIVATE holdfast_inputs holdfast_adapter_net GTest::gtest_main holdfast_warnings)
gtest_discover_tests(inputs_test DISCOVERY_TIMEOUT 60)
