# The dashboard in Debian's Chromium.
add_test(NAME browser.dashboard
  COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_LIST_DIR}/dashboard_test.py
    --program $<TARGET_FILE:holdfast> --pictures ${PROJECT_BINARY_DIR}/pictures)
set_tests_properties(browser.dashboard PROPERTIES TIMEOUT 600)
