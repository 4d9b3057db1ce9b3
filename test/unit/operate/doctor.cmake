# What holdfast doctor and the start of holdfast work find out. Needs holdfast_store_fakes.
add_executable(doctor_test
  ${CMAKE_CURRENT_LIST_DIR}/broker_check_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/fence_probe_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/finding_output_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/machine_check_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/management_reading_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/store_check_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/unfenced_store_test.cc)
target_link_libraries(doctor_test PRIVATE
  holdfast_store_fakes holdfast_app GTest::gtest_main holdfast_warnings)
gtest_discover_tests(doctor_test DISCOVERY_TIMEOUT 60)
