/* Programs in shell scripts, run by the command evaluator: for its tests. */
#ifndef TESTS_UNIT_COMMAND_CASE_H
#define TESTS_UNIT_COMMAND_CASE_H

#include "tests/unit/unit.h"

#include "search/evaluators/evaluator.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/sibyl_test_command_XXXXXX";
static struct space *space;
static double pause_s = 0.02; /* before a retry */

static uint16_t middle[SPACE_GENES_BUILT_IN];

static inline struct candidate middle_candidate(void)
{
    struct candidate c = {.genes = middle};
    space->at(space, space->strings / 2, middle);
    CHECK_OK(space_hash(space, c.genes, &c.hash));
    return c;
}

static inline enum status run_task(const char *script, double timeout_s, bool minimise,
                                   const struct evaluation_task *task, struct evaluation *v)
{
    const char *words[] = {"sh", "-c", script};
    struct evaluator_command_options o = {.command = words,
                                          .words = 3,
                                          .folder = folder,
                                          .value = "accuracy",
                                          .timeout_s = timeout_s,
                                          .grace_s = 1,
                                          .retries = 2,
                                          .pause_s = pause_s,
                                          .minimise = minimise};
    struct evaluator e = {0};
    struct candidate c = middle_candidate();
    memset(v, 0, sizeof(*v));
    CHECK_OK(evaluator_command(&e, &o));
    enum status st = e.evaluate(&e, space, &c, task, v);
    evaluator_release(&e);
    return st;
}

static inline struct evaluation run(const char *script, double timeout_s, bool minimise)
{
    const struct evaluation_task task = {.number = 12, .seed = UINT64_MAX};
    struct evaluation v;
    CHECK_OK(run_task(script, timeout_s, minimise, &task, &v));
    return v;
}

static inline void expect_failed(const char *script, double timeout_s, const char *error)
{
    struct evaluation v = run(script, timeout_s, false);
    CU_ASSERT_TRUE(v.failed);
    CU_ASSERT(isnan(v.value));
    CU_ASSERT_PTR_NOT_NULL(strstr(v.error, error));
    if (!strstr(v.error, error)) fprintf(stderr, "%s: '%s', not '%s'\n", script, v.error, error);
}

static inline long read_number(const char *name)
{
    char path[128];
    long number = -1;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "r");
    if (f && fscanf(f, "%ld", &number) != 1) number = -1;
    if (f) fclose(f);
    (void)remove(path);
    return number;
}

/* A killed grandchild is reaped by init, which may take its time. */
static inline bool process_is_gone(long pid)
{
    for (int i = 0; i < 200; i++) {
        char path[64], state = 'Z';
        snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
        FILE *f = fopen(path, "r");
        if (!f) return kill((pid_t)pid, 0) != 0 && errno == ESRCH;
        if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1) state = 'Z';
        fclose(f);
        if (state == 'Z' || state == 'X') return true;
        struct timespec pause = {0, 10000000};
        nanosleep(&pause, NULL);
    }
    return false;
}

/* Once the program has said that it runs. */
static inline bool has_begun(void *count)
{
    char path[128];
    struct stat info;
    snprintf(path, sizeof(path), "%s/pid", folder);
    ++*(int *)count;
    return stat(path, &info) == 0 && info.st_size > 0;
}

/* Waits until the program has written its number. */
static inline long await_pid(void)
{
    int unused = 0;
    struct timespec pause = {0, 10000000};
    for (int i = 0; i < 1000 && !has_begun(&unused); i++) nanosleep(&pause, NULL);
    return read_number("pid");
}

#endif
