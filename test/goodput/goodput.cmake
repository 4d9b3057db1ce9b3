# What became of machine time: the product's figures beside those of programs that keep a journal.
add_executable(journal_task ${CMAKE_CURRENT_LIST_DIR}/journal_task.cc)
target_link_libraries(journal_task PRIVATE holdfast_warnings)
add_test(NAME goodput.an_accountant_counts_what_the_journals_say
  COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_LIST_DIR}/accountant_test.py)
add_test(NAME goodput.a_hundred_interruptions_cost_what_the_programs_wrote_down
  COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_LIST_DIR}/goodput.py)
set_tests_properties(goodput.a_hundred_interruptions_cost_what_the_programs_wrote_down PROPERTIES
  ENVIRONMENT "HOLDFAST_TEST_JOURNAL_TASK=$<TARGET_FILE:journal_task>" TIMEOUT 600 RUN_SERIAL TRUE)
