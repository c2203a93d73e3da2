/* Times as Slurm writes them, and what is left of a job. */
#include "jobs/run/walltime.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void test_parse(void)
{
    static const struct {
        const char *text;
        double seconds;
    } good[] = {{"5", 300},      {"0:05", 5},      {"2:30", 150},    {"1:00:01", 3601},
                {"1-0", 86400},  {"1-12", 129600}, {"0-1:30", 5400}, {"2-03:04:05", 183845},
                {"1000000", 6e7}};
    const char *const bad[] = {"",     "0",  "0:0",      "-5",        "5m",  "1:2:3:4",
                               ":5",   "5:", "1--2",     "1-2-3",     "1.5", " 5",
                               "1- 2", "+5", "99999999", "1-2:3:4:5", "-",   "5:+3"};
    double s = 0;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        CHECK_OK(walltime_parse(good[i].text, &s));
        CU_ASSERT_EQUAL(s, good[i].seconds);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CU_ASSERT_EQUAL(walltime_parse(bad[i], &s), SIBYL_E_USAGE);
}

static void set_end(double from_now_s)
{
    char text[32];
    snprintf(text, sizeof(text), "%.0f", (double)time(NULL) + from_now_s);
    setenv("SLURM_JOB_END_TIME", text, 1);
}

static void test_left(void)
{
    unsetenv("SLURM_JOB_END_TIME");
    CU_ASSERT_EQUAL(walltime_left(0), 0);
    CU_ASSERT_DOUBLE_EQUAL(walltime_left(100), 90, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(walltime_left(3600), 3540, 1e-9);
    set_end(1000);
    CU_ASSERT_DOUBLE_EQUAL(walltime_left(0), 940, 2);
    CU_ASSERT_DOUBLE_EQUAL(walltime_left(100), 90, 1e-9); /* what is given counts */
    set_end(-5);
    CU_ASSERT_EQUAL(walltime_left(0), 0); /* left over from another job */
    setenv("SLURM_JOB_END_TIME", "soon", 1);
    CU_ASSERT_EQUAL(walltime_left(0), 0);
    unsetenv("SLURM_JOB_END_TIME");
}

int main(void)
{
    CU_TestInfo tests[] = {{"parse", test_parse}, {"left", test_left}, CU_TEST_INFO_NULL};
    return unit_run("walltime", tests);
}
