# The soak, small: ./dev soak asks for more. It stops brokers, so it must not run beside others.
add_test(NAME soak.an_accountant_sees_what_is_wrong
  COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_LIST_DIR}/accountant_test.py)
add_test(NAME soak.one_minute_of_faults_loses_no_job
  COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_LIST_DIR}/soak.py
    --minutes 1 --jobs 120 --workers 8 --seed 1)
set_tests_properties(soak.one_minute_of_faults_loses_no_job PROPERTIES
  ENVIRONMENT "HOLDFAST_TEST_SLOW_SUM=$<TARGET_FILE:slow_sum>" TIMEOUT 900 RUN_SERIAL TRUE)
