/* What every CUnit program here shares: run one suite, print what failed, exit 1 if anything did.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include "base/status.h"

#include <CUnit/Basic.h>
#include <stdio.h>

/* A fallible call that must succeed; its message is shown when it does not. */
#define CHECK_OK(call)                                                                             \
    do {                                                                                           \
        enum status check_status = (call);                                                         \
        if (check_status) fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, err_message());       \
        CU_ASSERT_EQUAL_FATAL(check_status, SIBYL_OK);                                             \
    } while (0)

static inline int unit_run(const char *suite_name, CU_TestInfo *tests)
{
    CU_SuiteInfo suites[] = {{suite_name, NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
    if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS) {
        fprintf(stderr, "cannot set up CUnit: %s\n", CU_get_error_msg());
        return 1;
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}

#endif
