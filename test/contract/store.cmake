add_library(holdfast_store_fakes STATIC
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/fault_proxy.cc
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/memory_store.cc
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/scripted_http_server.cc)
target_include_directories(holdfast_store_fakes PUBLIC ${CMAKE_CURRENT_LIST_DIR}/..)
target_link_libraries(holdfast_store_fakes PUBLIC holdfast_base PRIVATE holdfast_warnings)

add_executable(store_contract_test
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/tsan_suppressions.cc
  ${CMAKE_CURRENT_LIST_DIR}/store_contract.cc
  ${CMAKE_CURRENT_LIST_DIR}/store_contract_test.cc)
target_link_libraries(store_contract_test PRIVATE
  holdfast_store_fakes holdfast_adapter_directory holdfast_adapter_local holdfast_adapter_retry
  holdfast_adapter_s3 GTest::gtest_main holdfast_warnings)
gtest_discover_tests(store_contract_test DISCOVERY_TIMEOUT 60)
