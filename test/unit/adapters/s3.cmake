add_executable(s3_unit_test
  ${CMAKE_CURRENT_LIST_DIR}/http_parsing_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/s3_answer_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/s3_name_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/s3_parts_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/s3_xml_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/sigv4_test.cc)
target_link_libraries(s3_unit_test PRIVATE
  holdfast_adapter_s3 GTest::gtest_main holdfast_warnings)
gtest_discover_tests(s3_unit_test DISCOVERY_TIMEOUT 60)
