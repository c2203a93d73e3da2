/* The lock of a folder: one run at a time, or one of each part, and their time. */
#include "tests/unit/unit.h"

#include "base/file.h"
#include "base/folder_lock.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/sibyl_test_lock_XXXXXX";
static const struct log quiet = {LOG_QUIET, 0};

static void pause_ms(int ms)
{
    const struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
    (void)nanosleep(&t, NULL);
}

static bool there(void)
{
    char *path = file_join(folder, ".lock");
    bool is = path && access(path, F_OK) == 0;
    free(path);
    return is;
}

/* Another process that has the lock until it is killed; its id. */
static pid_t hold(uint64_t first, uint64_t end)
{
    int ready[2];
    char byte = 0;
    CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct folder_lock *l = NULL;
        byte = folder_lock_take(&l, folder, first, end, &quiet) ? 'n' : 'y';
        folder_lock_count_time(l);
        if (write(ready[1], &byte, 1) != 1) _exit(1);
        for (;;) pause();
    }
    CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
    CU_ASSERT_EQUAL(byte, 'y');
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void kill_it(pid_t pid)
{
    kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

static void refused(uint64_t first, uint64_t end, pid_t by)
{
    struct folder_lock *l = NULL;
    char host[65] = "", want[160];
    gethostname(host, sizeof(host) - 1);
    snprintf(want, sizeof(want), "in use by process %ld on %s", (long)by, host);
    CU_ASSERT_EQUAL(folder_lock_take(&l, folder, first, end, &quiet), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), want));
    CU_ASSERT_PTR_NULL(l);
}

static void test_one_at_a_time(void)
{
    struct folder_lock *l = NULL;
    pid_t other = hold(0, 0);
    refused(0, 0, other);
    refused(3, 4, other);
    kill_it(other);
    CU_ASSERT_TRUE(there());
    CHECK_OK(folder_lock_take(&l, folder, 0, 0, &quiet)); /* the dead block nobody */
    folder_lock_release(l, true);
    CU_ASSERT_FALSE(there());
}

static void test_parts(void)
{
    struct folder_lock *a = NULL, *b = NULL;
    pid_t other = hold(2, 5);
    CHECK_OK(folder_lock_take(&a, folder, 0, 2, &quiet));
    refused(4, 6, other);
    refused(0, 0, other);
    CHECK_OK(folder_lock_take(&b, folder, 5, 5, &quiet));
    CU_ASSERT_PTR_NULL(b); /* nothing to lock */
    CU_ASSERT_EQUAL(folder_lock_before_s(b), 0);
    folder_lock_count_time(a);
    folder_lock_release(a, true); /* the other's lock lives on in the file */
    CU_ASSERT_TRUE(there());
    refused(2, 3, other);
    kill_it(other);
    CHECK_OK(folder_lock_take(&a, folder, 0, 2, &quiet));
    folder_lock_release(a, true);
    CU_ASSERT_FALSE(there());
}

static void test_time(void)
{
    struct folder_lock *l = NULL;
    pid_t a = hold(0, 2), b = hold(2, 4);
    pause_ms(400); /* a beat is every quarter of a second */
    kill_it(a);
    kill_it(b);
    CHECK_OK(folder_lock_take(&l, folder, 0, 0, &quiet));
    double before = folder_lock_before_s(l);
    CU_ASSERT(before > 0.3 && before < 30);
    folder_lock_count_time(l);
    pause_ms(100);
    folder_lock_release(l, false); /* it failed: its time counts */
    CHECK_OK(folder_lock_take(&l, folder, 0, 0, &quiet));
    CU_ASSERT(folder_lock_before_s(l) > before + 0.09);
    folder_lock_release(l, true);
    CU_ASSERT_FALSE(there());
}

/* One that finds that the folder is another job's leaves the file as it was. */
static void test_without_trace(void)
{
    struct folder_lock *l = NULL;
    char *path = file_join(folder, ".lock"), *before = NULL, *after = NULL;
    size_t bytes = 0, bytes_after = 0;
    CHECK_OK(folder_lock_take(&l, folder, 0, 0, &quiet));
    folder_lock_release(l, false);
    CU_ASSERT_FALSE(there());
    kill_it(hold(0, 0));
    CHECK_OK(file_read(path, &before, &bytes));
    CHECK_OK(folder_lock_take(&l, folder, 0, 0, &quiet));
    folder_lock_release(l, false);
    CHECK_OK(file_read(path, &after, &bytes_after));
    CU_ASSERT(bytes == bytes_after && !memcmp(before, after, bytes));
    free(before);
    free(after);
    unlink(path);
    CU_ASSERT_EQUAL(symlink("elsewhere", path), 0); /* not followed */
    CU_ASSERT_EQUAL(folder_lock_take(&l, folder, 0, 0, &quiet), SIBYL_E_IO);
    unlink(path);
    free(path);
}

int main(void)
{
    CU_TestInfo tests[] = {{"one at a time", test_one_at_a_time},
                           {"parts", test_parts},
                           {"time", test_time},
                           {"a refused job leaves no trace", test_without_trace},
                           CU_TEST_INFO_NULL};
    if (!mkdtemp(folder)) return 1;
    int failed = unit_run("folder_lock", tests);
    (void)rmdir(folder);
    return failed;
}
