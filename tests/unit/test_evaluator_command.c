/* The command evaluator against programs that behave, and that do not. */
#include "tests/unit/command_case.h"

#include "base/clock.h"
#include "search/spaces/architecture.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void test_good(void)
{
    struct evaluation v = run("cat >/dev/null; echo noise; echo '{\"accuracy\": 0.75, \"size\": 3, "
                              "\"name\": \"x\"}'; echo more noise >&2",
                              20, false);
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL(v.value, 0.75);
    CU_ASSERT_EQUAL_FATAL(v.extras, 2);
    CU_ASSERT_STRING_EQUAL(v.extra_names[0], "size");
    CU_ASSERT_EQUAL(v.extra_values[0], 3);
    CU_ASSERT_STRING_EQUAL(v.extra_texts[0], "");
    CU_ASSERT_STRING_EQUAL(v.extra_names[1], "name");
    CU_ASSERT_STRING_EQUAL(v.extra_texts[1], "x");
    v = run("echo '{\"accuracy\": 2}'", 20, true);
    CU_ASSERT_EQUAL(v.value, -2);
}

/* What the program is told. */
static void test_question(void)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/question", folder);
    struct evaluation v = run("cat >question; echo '{\"accuracy\": 1}'", 20, false);
    CU_ASSERT_FALSE(v.failed);
    json_error_t error;
    json_t *q = json_load_file(path, 0, &error), *expected = NULL;
    struct candidate c = middle_candidate();
    CHECK_OK(architecture_json(space, &c, &expected));
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(q, "task")), 12);
    CU_ASSERT_TRUE(json_is_integer(json_object_get(q, "seed")));
    static const char *const keys[] = {"space", "architecture", "ops", "edges", "hash"};
    CU_ASSERT_TRUE(json_is_null(json_object_get(q, "budget")));
    CU_ASSERT_TRUE(json_is_null(json_object_get(q, "from")));
    for (size_t i = 0; i < 5; i++) {
        json_t *item = json_object_get(expected, keys[i]);
        CU_ASSERT_PTR_NOT_NULL(item);
        CU_ASSERT_TRUE(json_equal(json_object_get(q, keys[i]), item));
    }
    json_t *edge, *edges = json_object_get(q, "edges");
    size_t i, nodes = json_array_size(json_object_get(q, "ops"));
    CU_ASSERT(json_array_size(edges) > 0);
    json_array_foreach(edges, i, edge)
    {
        CU_ASSERT(json_integer_value(json_array_get(edge, 0)) < (json_int_t)nodes);
        CU_ASSERT(json_integer_value(json_array_get(edge, 1)) < (json_int_t)nodes);
    }
    uint16_t back[SPACE_GENES_BUILT_IN] = {0};
    CHECK_OK(space->parse(space, json_string_value(json_object_get(q, "architecture")), back));
    CU_ASSERT_EQUAL(memcmp(back, c.genes, sizeof(back)), 0);
    json_decref(q);
    json_decref(expected);
    (void)remove(path);
}

static void test_bad_exit(void)
{
    expect_failed("echo '{\"accuracy\": 1}'; echo first >&2; echo out of memory >&2; exit 7", 20,
                  "exit status 7: out of memory");
    expect_failed("printf 'a\\033[2J\\377b' >&2; exit 7", 20, "exit status 7: a?b");
    expect_failed("kill -9 $$", 20, "signal 9");
    expect_failed("exit 1", 20, "exit status 1");
}

/* A batch system's warning does not end the program; other signals do, and that is told apart. */
static void test_signals(void)
{
    CU_ASSERT_FALSE(
        run("kill -USR1 $$; kill -USR2 $$; echo '{\"accuracy\": 1}'", 20, false).failed);
    CU_ASSERT_TRUE(run("kill -TERM $$", 20, false).killed);
    CU_ASSERT_TRUE(run("sh -c 'kill -TERM $$'", 20, false).killed);
    CU_ASSERT_FALSE(run("exit 1", 20, false).killed);
    CU_ASSERT_FALSE(run("sleep 9", 0.1, false).killed);
}

static void test_garbage(void)
{
    expect_failed("echo hello", 20, "no JSON object");
    expect_failed("true", 20, "no answer");
    expect_failed("echo '[1]'", 20, "no JSON object");
    expect_failed("echo '{\"loss\": 1}'", 20, "no number 'accuracy'");
    expect_failed("echo '{\"accuracy\": \"1\"}'", 20, "no number 'accuracy'");
    expect_failed("echo '{\"accuracy\": NaN}'", 20, "its 'accuracy' is not finite: NaN");
    expect_failed("echo '{\"accuracy\": 1'", 20, "no JSON object");
    expect_failed("printf '{\"accuracy\": 1}\\0x\\n'", 20, "not text");
}

static void test_timeout(void)
{
    double begin = clock_s();
    expect_failed("sleep 100 & echo $! >pid; sleep 100", 0.3, "took longer than 0.3 s");
    CU_ASSERT(clock_s() - begin < 45); /* and not the 60 s and more that are asked for */
    long pid = read_number("pid");
    CU_ASSERT_FATAL(pid > 0);
    CU_ASSERT_TRUE(process_is_gone(pid));
    /* Deaf to SIGTERM, and so is its child. */
    expect_failed("trap '' TERM; sleep 100 & echo $! >pid; while :; do sleep 0.1; done", 0.3,
                  "took longer");
    pid = read_number("pid");
    CU_ASSERT_FATAL(pid > 0);
    CU_ASSERT_TRUE(process_is_gone(pid));
}

/* What is given up ends soon, with all that it has started, though it does not heed SIGTERM. */
static void test_given_up(void)
{
    int asked = 0;
    struct evaluation v;
    const struct evaluation_task task = {.given_up = has_begun, .context = &asked};
    double begin = clock_s();
    CU_ASSERT_EQUAL(run_task("trap '' TERM; sleep 60 & echo $! > pid; while :; do sleep 60; done",
                             0, false, &task, &v),
                    SIBYL_E_STOPPED);
    CU_ASSERT(clock_s() - begin < 45); /* and not the 60 s and more that are asked for */
    CU_ASSERT(asked > 0);
    CU_ASSERT_TRUE(process_is_gone(read_number("pid")));
}

/* A good answer does not save a grandchild that stays behind, nor do we wait for it. */
static void test_leftover(void)
{
    double begin = clock_s();
    struct evaluation v = run("sleep 100 & echo $! >pid; echo '{\"accuracy\": 1}'", 50, false);
    CU_ASSERT(clock_s() - begin < 45); /* and not the 60 s and more that are asked for */
    CU_ASSERT_FALSE(v.failed);
    long pid = read_number("pid");
    CU_ASSERT_FATAL(pid > 0);
    CU_ASSERT_TRUE(process_is_gone(pid));
}

/* Whoever is killed while the program runs leaves nothing of it behind, not even a grandchild. */
static void test_killed_caller(void)
{
    pid_t caller = fork();
    if (caller == 0) {
        run("sleep 100 & echo $! >pid; wait", 0, false);
        _exit(0);
    }
    CU_ASSERT_FATAL(caller > 0);
    long pid = await_pid();
    CU_ASSERT_FATAL(pid > 0);
    CU_ASSERT_EQUAL(kill(caller, SIGKILL), 0);
    CU_ASSERT_EQUAL(waitpid(caller, NULL, 0), caller);
    CU_ASSERT_TRUE(process_is_gone(pid));
}

/* A time limit leaves out the time in which the caller, as the program, is suspended. */
static void test_suspended_caller(void)
{
    int how = -1;
    pid_t caller = fork();
    if (caller == 0) {
        struct evaluation v = run("echo $$ >pid; sleep 0.5; echo '{\"accuracy\": 1}'", 2.5, false);
        _exit(v.failed);
    }
    CU_ASSERT_FATAL(caller > 0);
    long pid = await_pid();
    CU_ASSERT_FATAL(pid > 0);
    CU_ASSERT_EQUAL(kill(caller, SIGSTOP) | kill((pid_t)pid, SIGSTOP), 0);
    sleep(3);
    CU_ASSERT_EQUAL(kill(caller, SIGCONT) | kill((pid_t)pid, SIGCONT), 0);
    CU_ASSERT_EQUAL(waitpid(caller, &how, 0), caller);
    CU_ASSERT_EQUAL(how, 0);
}

/* Under a parent that ignores SIGCHLD the kernel reaps children itself. */
static void test_ignored_children(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    CU_ASSERT_EQUAL_FATAL(sigaction(SIGCHLD, &ignore, &before), 0);
    double begin = clock_s();
    CU_ASSERT_FALSE(run("echo '{\"accuracy\": 1}'", 20, false).failed);
    expect_failed("exit 3", 20, "exit status 3");
    CU_ASSERT(clock_s() - begin < 45);
    CU_ASSERT_EQUAL(sigaction(SIGCHLD, &before, &ignore), 0);
    CU_ASSERT(ignore.sa_handler == SIG_IGN); /* as it was */
}

static void test_flood(void)
{
    double begin = clock_s();
    struct evaluation v = run("yes | head -c 20000000; echo '{\"accuracy\": 0.5}'", 50, false);
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL(v.value, 0.5);
    expect_failed("yes", 0.5, "took longer");
    expect_failed("head -c 3000000 /dev/zero | tr '\\0' '{'", 20, "more than 1048576 bytes");
    CU_ASSERT(clock_s() - begin < 100);
    v = run("head -c 5000000 /dev/zero >&2; echo '{\"accuracy\": 1}'", 50, false);
    CU_ASSERT_FALSE(v.failed); /* stderr may be long */
}

static void test_closed_streams(void)
{
    struct evaluation v = run("exec 0<&-; sleep 0.1; echo '{\"accuracy\": 1}'", 20, false);
    CU_ASSERT_FALSE(v.failed);
    expect_failed("exec 0<&- 1>&- 2>&-; sleep 0.1", 20, "no answer");
    struct sigaction now;
    CU_ASSERT_EQUAL(sigaction(SIGPIPE, NULL, &now), 0);
    CU_ASSERT(now.sa_handler == SIG_DFL); /* as it was */
}

static void test_surroundings(void)
{
    int fd[2];
    CU_ASSERT_EQUAL_FATAL(pipe(fd), 0);
    setenv("OMPI_COMM_WORLD_RANK", "1", 1);
    setenv("PMIX_RANK", "1", 1);
    setenv("SIBYL_TEST_KEPT", "5", 1);
    char script[512];
    snprintf(script, sizeof(script),
             "test $SIBYL_SLOT = 0 && test $SIBYL_SLOTS = 1 && test $SIBYL_TASK = 12 && "
             "test $SIBYL_SEED = 9007199254740991 && test -d $SIBYL_SCRATCH && "
             "test -z \"$OMPI_COMM_WORLD_RANK$PMIX_RANK\" && test ! -e /proc/self/fd/%d && "
             "test ! -e /proc/self/fd/%d && echo \"{\\\"accuracy\\\": $SIBYL_TEST_KEPT}\"",
             fd[0], fd[1]);
    struct evaluation v = run(script, 20, false);
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL(v.value, 5);
    close(fd[0]);
    close(fd[1]);
    unsetenv("OMPI_COMM_WORLD_RANK");
    unsetenv("PMIX_RANK");
}

static void test_not_found(void)
{
    const char *words[] = {"sibyl-no-such-program"}, *path[] = {"./no-such-program"};
    struct evaluator_command_options o = {.command = words, .words = 1, .value = "accuracy"};
    struct evaluator e = {0};
    CU_ASSERT_EQUAL(evaluator_command(&e, &o), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "sibyl-no-such-program"));
    o.command = path;
    o.folder = folder;
    CU_ASSERT_EQUAL(evaluator_command(&e, &o), SIBYL_E_USAGE);
    o.command = words;
    o.folder = "/nonexistent";
    CU_ASSERT_EQUAL(evaluator_command(&e, &o), SIBYL_E_USAGE);
    o.words = 0;
    CU_ASSERT_EQUAL(evaluator_command(&e, &o), SIBYL_E_USAGE);
}

/* Evaluates with a program that is not there at first; a shell puts it there after a second, if it
 * is to come. */
static enum status run_missing(bool comes, struct evaluation *v)
{
    const char *words[] = {"./program"};
    struct evaluator_command_options o = {
        .command = words, .words = 1, .folder = folder, .value = "accuracy"};
    const struct evaluation_task task = {.number = 1};
    struct evaluator e = {0};
    struct candidate c = middle_candidate();
    char command[512];
    snprintf(command, sizeof(command),
             "cd %s && printf '#!/bin/sh\\necho \\47{\"accuracy\": 1}\\47\\n' > program && "
             "chmod +x program",
             folder);
    CU_ASSERT_EQUAL_FATAL(system(command), 0);
    CHECK_OK(evaluator_command(&e, &o));
    snprintf(command, sizeof(command), "cd %s && mv program away && { %s; } &", folder,
             comes ? "sleep 1; mv away program" : "true");
    CU_ASSERT_EQUAL_FATAL(system(command), 0);
    struct timespec pause = {0, 300000000};
    nanosleep(&pause, NULL);
    enum status st = e.evaluate(&e, space, &c, &task, v);
    evaluator_release(&e);
    snprintf(command, sizeof(command), "rm -f %s/program %s/away", folder, folder);
    CU_ASSERT_EQUAL(system(command), 0);
    return st;
}

/* A file system's bad moment fails nothing; a program that stays away does. */
static void test_missing_for_a_moment(void)
{
    struct evaluation v;
    CHECK_OK(run_missing(true, &v));
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL(v.value, 1);
    CU_ASSERT_EQUAL(run_missing(false, &v), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "cannot start the evaluating program ./program"));
}

int main(void)
{
    CU_TestInfo tests[] = {{"a good answer", test_good},
                           {"the question", test_question},
                           {"bad exits", test_bad_exit},
                           {"signals", test_signals},
                           {"answers that are none", test_garbage},
                           {"time limit", test_timeout},
                           {"given up", test_given_up},
                           {"grandchildren left behind", test_leftover},
                           {"a caller that is killed", test_killed_caller},
                           {"a caller that is suspended", test_suspended_caller},
                           {"a caller that ignores SIGCHLD", test_ignored_children},
                           {"floods", test_flood},
                           {"closed streams", test_closed_streams},
                           {"files and environment", test_surroundings},
                           {"programs that are not there", test_not_found},
                           {"a program that is away", test_missing_for_a_moment},
                           CU_TEST_INFO_NULL};
    if (!mkdtemp(folder) || space_new("digits201", &space)) return 1;
    int failed = unit_run("evaluator_command", tests);
    space_free(space);
    (void)rmdir(folder);
    return failed;
}
