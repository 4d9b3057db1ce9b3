# Needs holdfast_store_fakes of test/contract/store.cmake.
add_executable(s3_integration_test
  ${CMAKE_CURRENT_LIST_DIR}/../fakes/tsan_suppressions.cc
  ${CMAKE_CURRENT_LIST_DIR}/http_client_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/http_server_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/s3_answers_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/s3_faults_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/s3_server_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/s3_uploads_test.cc)
target_link_libraries(s3_integration_test PRIVATE
  holdfast_store_fakes holdfast_adapter_local holdfast_adapter_retry holdfast_adapter_s3
  GTest::gtest_main holdfast_warnings)
gtest_discover_tests(s3_integration_test DISCOVERY_TIMEOUT 60)
