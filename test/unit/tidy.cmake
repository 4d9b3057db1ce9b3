add_executable(tidy_test ${CMAKE_CURRENT_LIST_DIR}/tidy.cc ${CMAKE_CURRENT_LIST_DIR}/tidy_test.cc)
target_compile_definitions(tidy_test PRIVATE HOLDFAST_REPOSITORY="${PROJECT_SOURCE_DIR}")
target_link_libraries(tidy_test PRIVATE GTest::gtest_main holdfast_warnings)
# With sanitizers g++ 12 suspects its own <regex>.
target_compile_options(tidy_test PRIVATE -Wno-maybe-uninitialized)
gtest_discover_tests(tidy_test DISCOVERY_TIMEOUT 60)
