/* How programs of the command evaluator end: by exit status, with daemons, with files, too large,
 * or before they begin. */
#include "tests/unit/command_case.h"

#include "base/clock.h"

#include <sys/stat.h>
#include <sys/wait.h>

/* The file is there; what its first line names is not, and the message says so. */
static void refuse_script(const char *first_line, const char *says)
{
    const char *words[] = {"./script"};
    struct evaluator_command_options o = {
        .command = words, .words = 1, .folder = folder, .value = "accuracy"};
    struct evaluator e = {0};
    char path[128];
    snprintf(path, sizeof(path), "%s/script", folder);
    FILE *f = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fprintf(f, "%secho x\n", first_line);
    CU_ASSERT(fclose(f) == 0 && chmod(path, 0755) == 0);
    if (says) {
        CU_ASSERT_EQUAL(evaluator_command(&e, &o), SIBYL_E_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), says));
        CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "./script"));
    } else {
        CHECK_OK(evaluator_command(&e, &o));
        evaluator_release(&e);
    }
    (void)remove(path);
}

static void test_interpreters(void)
{
    refuse_script("#!/bin/sh\n", NULL);
    refuse_script("#! /usr/bin/env -S sh -e\n", NULL);
    refuse_script("#!/usr/bin/env LANG=C sh\n", NULL);
    refuse_script("\177ELF#!\n", NULL);
    refuse_script("#!/bin/sh\r\n", "Windows line ends");
    refuse_script("#!/bin/sh -e\r\n", "Windows line ends");
    refuse_script("#!/usr/bin/env python3\r\n", "Windows line ends");
    refuse_script("#!/opt/none/python3\n", "names the interpreter /opt/none/python3");
    refuse_script("#!/bin\n", "names the interpreter /bin");
    refuse_script("#!/usr/bin/env python9.9\n", "names the interpreter python9.9");
    refuse_script("#!/usr/bin/env -S python9.9 -u\n", "names the interpreter python9.9");
    refuse_script("#!\n", "names no interpreter");
    refuse_script("\357\273\277#!/bin/sh\n", "byte order mark");
    refuse_script("import sys\n", "names no interpreter");
}

/* A script that does so at its n-th call, by a file of its calls. */
#define AT_CALL "echo x >>calls; n=$(wc -l <calls); "

static uint32_t calls(void)
{
    char path[128];
    uint32_t lines = 0;
    snprintf(path, sizeof(path), "%s/calls", folder);
    FILE *f = fopen(path, "r");
    for (int c; f && (c = fgetc(f)) != EOF;) lines += c == '\n';
    if (f) fclose(f);
    (void)remove(path);
    return lines;
}

/* Exit status 75 is tried again; 78 ends the search; any other fails at once. */
static void test_exit_status(void)
{
    struct evaluation v = run(AT_CALL "[ $n = 3 ] || exit 75; echo '{\"accuracy\": 1}'", 20, false);
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL(v.attempts, 3);
    CU_ASSERT_EQUAL(calls(), 3);
    v = run(AT_CALL "echo '{\"step\": 2}'; echo disk full >&2; exit 75", 20, false);
    CU_ASSERT_TRUE(v.failed && v.temporary);
    CU_ASSERT_STRING_EQUAL(v.error, "exit status 75: disk full");
    CU_ASSERT_EQUAL_FATAL(v.extras, 1); /* what it said before it failed is kept */
    CU_ASSERT_STRING_EQUAL(v.extra_names[0], "step");
    CU_ASSERT_EQUAL(calls(), 3);
    v = run(AT_CALL "exit 74", 20, false);
    CU_ASSERT_TRUE(v.failed && !v.temporary);
    CU_ASSERT_EQUAL(calls(), 1);
    const struct evaluation_task task = {.number = 1};
    CU_ASSERT_EQUAL(run_task("echo no data set >&2; exit 78", 20, false, &task, &v), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "stop the search (exit status 78): no data set"));
}

/* A pause before a retry is over when the search stops. */
static bool after_call(void *begin)
{
    char path[128];
    struct stat info;
    snprintf(path, sizeof(path), "%s/calls", folder);
    return stat(path, &info) == 0 && info.st_size > 0 && clock_s() - *(double *)begin > 0.3;
}

static void test_given_up_in_pause(void)
{
    struct evaluation v;
    double begin = clock_s();
    const struct evaluation_task task = {.given_up = after_call, .context = &begin};
    pause_s = 60;
    CU_ASSERT_EQUAL(run_task("echo x >calls; exit 75", 20, false, &task, &v), SIBYL_E_STOPPED);
    CU_ASSERT(clock_s() - begin < 30);
    CU_ASSERT_EQUAL(calls(), 1);
    pause_s = 0.02;
}

/* Also what made a session of its own, twice, and gave itself to init; and the scratch folder. */
static void test_daemons(void)
{
    static const char *const scripts[] = {
        "setsid sleep 60 & echo $! >pid; sleep 0.2",
        "(setsid sh -c 'echo $$ >pid; exec sleep 60' &) ; while [ ! -s pid ]; do sleep 0.01; done",
        "setsid sh -c 'setsid sh -c \"trap : TERM; echo \\$\\$ >pid; while :; do sleep 1; done\" "
        "&' & "
        "while [ ! -s pid ]; do sleep 0.01; done"};
    for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
        char script[512];
        snprintf(script, sizeof(script), "%s; echo '{\"accuracy\": 1}'", scripts[i]);
        CU_ASSERT_FALSE(run(script, 20, false).failed);
        long pid = read_number("pid");
        CU_ASSERT_FATAL(pid > 0);
        CU_ASSERT(kill((pid_t)pid, 0) != 0 && errno == ESRCH); /* reaped before the call returns */
    }
}

static void test_scratch(void)
{
    char path[128], scratch[256] = "";
    struct evaluation v = run("mkdir $SIBYL_SCRATCH/a && echo x >$SIBYL_SCRATCH/a/b && "
                              "echo $SIBYL_SCRATCH >scratch && echo '{\"accuracy\": 1}'",
                              20, false);
    CU_ASSERT_FALSE(v.failed);
    snprintf(path, sizeof(path), "%s/scratch", folder);
    FILE *f = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL(fscanf(f, "%255s", scratch), 1);
    fclose(f);
    (void)remove(path);
    CU_ASSERT(scratch[0] == '/' && access(scratch, F_OK) != 0);
}

static void test_memory(void)
{
    const char *words[] = {"python3", "-c", "x = bytearray(200000000); print('{\"accuracy\": 1}')"};
    struct evaluator_command_options o = {
        .command = words, .words = 3, .value = "accuracy", .grace_s = 1, .timeout_s = 20};
    const struct evaluation_task task = {.number = 1};
    struct candidate c = middle_candidate();
    for (int bounded = 0; bounded < 2; bounded++) {
        struct evaluator e = {0};
        struct evaluation v;
        o.memory_gb = bounded ? 0.1 : 0;
        CHECK_OK(evaluator_command(&e, &o));
        CHECK_OK(e.evaluate(&e, space, &c, &task, &v));
        CU_ASSERT_EQUAL(v.failed, bounded == 1);
        CU_ASSERT(!bounded || strstr(v.error, "MemoryError"));
        evaluator_release(&e);
    }
}

/* A rank that is killed leaves neither a daemon nor a scratch folder. */
static void test_killed_with_daemon(void)
{
    pid_t caller = fork();
    if (caller == 0) {
        run("echo $SIBYL_SCRATCH >scratch; setsid sh -c 'echo $$ >pid; exec sleep 60' & wait; "
            "sleep 60",
            0, false);
        _exit(0);
    }
    CU_ASSERT_FATAL(caller > 0);
    long pid = await_pid();
    char path[128], scratch[256] = "";
    struct timespec pause = {0, 10000000};
    CU_ASSERT_FATAL(pid > 0);
    snprintf(path, sizeof(path), "%s/scratch", folder);
    FILE *f = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL(fscanf(f, "%255s", scratch), 1);
    fclose(f);
    (void)remove(path);
    CU_ASSERT_EQUAL(kill(caller, SIGKILL), 0);
    CU_ASSERT_EQUAL(waitpid(caller, NULL, 0), caller);
    CU_ASSERT_TRUE(process_is_gone(pid));
    for (int i = 0; i < 500 && access(scratch, F_OK) == 0; i++) nanosleep(&pause, NULL);
    CU_ASSERT(access(scratch, F_OK) != 0);
}

/* The reason of a failure is what a terminal would show in the last line that has anything. */
static void test_reasons(void)
{
    struct evaluation v =
        run("printf 'a\\000b \\033[31mbad: x\\033[0m\\n \\033[0m\\n' >&2; exit 2", 20, false);
    CU_ASSERT_STRING_EQUAL(v.error, "exit status 2: a?b bad: x");
    v = run("printf 'before\\n 10%%\\r 20%%\\rbad: y\\r\\n\\n' >&2; exit 2", 20, false);
    CU_ASSERT_STRING_EQUAL(v.error, "exit status 2: bad: y");
    v = run("printf '\\n \\n' >&2; exit 2", 20, false);
    CU_ASSERT_STRING_EQUAL(v.error, "exit status 2");
}

/* Its keeper is killed: that says nothing of the network, so it is tried again; nothing is left. */
static void test_killed_keeper(void)
{
    struct evaluation v = run(
        "[ -e again ] && { echo '{\"accuracy\": 0.5}'; exit; }; echo $SIBYL_SCRATCH > again; "
        "sleep 600 & echo $! > left; setsid sleep 600 & echo $! >> left; touch $SIBYL_SCRATCH/x; "
        "kill -9 $PPID; sleep 600",
        20, false);
    char path[256], line[256] = "";
    int left = 0;
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL(v.value, 0.5);
    CU_ASSERT_EQUAL(v.attempts, 2);
    snprintf(path, sizeof(path), "%s/again", folder);
    FILE *f = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof(line), f));
    fclose(f);
    line[strcspn(line, "\n")] = '\0';
    CU_ASSERT_EQUAL(access(line, F_OK), -1);
    snprintf(path, sizeof(path), "%s/left", folder);
    f = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(fscanf(f, "%d", &left), 1);
        CU_ASSERT(left > 0 && process_is_gone(left));
    }
    fclose(f);
    (void)remove(path);
    snprintf(path, sizeof(path), "%s/again", folder);
    (void)remove(path);
}

int main(void)
{
    CU_TestInfo tests[] = {{"interpreters that are not there", test_interpreters},
                           {"exit status", test_exit_status},
                           {"given up before it is tried again", test_given_up_in_pause},
                           {"daemons", test_daemons},
                           {"killed with a daemon", test_killed_with_daemon},
                           {"reasons", test_reasons},
                           {"killed keeper", test_killed_keeper},
                           {"scratch", test_scratch},
                           {"memory", test_memory},
                           CU_TEST_INFO_NULL};
    if (!mkdtemp(folder) || space_new("digits201", &space)) return 1;
    int failed = unit_run("command_ends", tests);
    space_free(space);
    (void)rmdir(folder);
    return failed;
}
