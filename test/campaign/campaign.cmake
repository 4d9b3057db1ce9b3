# One campaign as a user would have it, on a real broker and store, with kills.
add_test(NAME campaign.three_hundred_jobs_in_two_groups_under_forty_kills
  COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_LIST_DIR}/campaign.py)
set_tests_properties(campaign.three_hundred_jobs_in_two_groups_under_forty_kills PROPERTIES TIMEOUT 1200)
add_test(NAME campaign.an_accountant_sees_what_is_wrong
  COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_LIST_DIR}/accountant_test.py)
