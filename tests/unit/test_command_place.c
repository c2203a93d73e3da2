/* The share of an evaluation in a node's GPUs, its scratch folder, and its log. */
#include "tests/unit/unit.h"

#include "base/file.h"
#include "search/evaluators/command_log.h"
#include "search/evaluators/command_place.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/sibyl_test_place_XXXXXX";

static void set_devices(const char *cuda, const char *slurm)
{
    unsetenv("CUDA_VISIBLE_DEVICES");
    unsetenv("SLURM_JOB_GPUS");
    unsetenv("GPU_DEVICE_ORDINAL");
    unsetenv("SLURM_GPUS_PER_TASK");
    unsetenv("SLURM_TRES_PER_TASK");
    if (cuda) setenv("CUDA_VISIBLE_DEVICES", cuda, 1);
    if (slurm) setenv("SLURM_JOB_GPUS", slurm, 1);
}

static void expect_gpus(uint32_t each, uint32_t slot, uint32_t slots, const char *list)
{
    char *got = NULL;
    CHECK_OK(command_place_gpus(each, slot, slots, &got));
    CU_ASSERT_STRING_EQUAL(got, list);
    free(got);
}

static void refuse_gpus(uint32_t each, uint32_t slots, const char *why)
{
    char *got = NULL;
    CU_ASSERT_EQUAL(command_place_gpus(each, 0, slots, &got), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), why));
    CU_ASSERT_PTR_NULL(got);
}

static void test_gpus(void)
{
    set_devices(NULL, NULL);
    expect_gpus(1, 2, 4, "2");
    expect_gpus(2, 1, 2, "2,3");
    set_devices("5,GPU-8f3b-1,7,1", NULL);
    expect_gpus(1, 1, 4, "GPU-8f3b-1");
    expect_gpus(2, 1, 2, "7,1");
    refuse_gpus(2, 3, "CUDA_VISIBLE_DEVICES lists 4");
    set_devices(NULL, "0-2,6");
    expect_gpus(2, 1, 2, "2,6");
    refuse_gpus(1, 5, "SLURM_JOB_GPUS lists 4");
    set_devices("1", "0-3"); /* the first of the variables counts */
    refuse_gpus(1, 2, "CUDA_VISIBLE_DEVICES lists 1");
    setenv("SLURM_GPUS_PER_TASK", "1", 1); /* each rank has a GPU of its own */
    expect_gpus(1, 1, 2, "1");
    set_devices("", NULL);
    refuse_gpus(1, 1, "lists 0");
    set_devices("NoDevFiles", NULL);
    refuse_gpus(1, 1, "lists 0");
    set_devices("0,-1,2", NULL); /* as CUDA reads it */
    refuse_gpus(1, 2, "lists 1");
    set_devices(NULL, NULL);
}

static void test_scratch(void)
{
    struct command_place p = {0};
    struct evaluator_command_options o = {.scratch = folder};
    struct stat info;
    char *one = NULL, *two = NULL;
    CHECK_OK(command_place_open(&p, &o));
    CHECK_OK(command_place_scratch(&p, &one));
    CHECK_OK(command_place_scratch(&p, &two));
    CU_ASSERT_STRING_NOT_EQUAL(one, two);
    CU_ASSERT(stat(one, &info) == 0 && S_ISDIR(info.st_mode) && (info.st_mode & 0777) == 0700);
    CU_ASSERT_EQUAL(strncmp(one, folder, strlen(folder)), 0);
    CU_ASSERT(rmdir(one) == 0 && rmdir(two) == 0);
    free(one);
    free(two);
    command_place_release(&p);
    o.scratch = "/nonexistent";
    CU_ASSERT_EQUAL(command_place_open(&p, &o), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "evaluator.scratch"));
    command_place_release(&p);
}

static size_t read_log(char **text)
{
    char path[128];
    size_t bytes = 0;
    snprintf(path, sizeof(path), "%s/evaluations/7.log", folder);
    CHECK_OK(file_read(path, text, &bytes));
    return bytes;
}

/* While it is written, too: the beginning, the end, and never more than the bound and a note. */
static void test_log(void)
{
    struct command_log l;
    char *text = NULL, line[32], path[128];
    CU_ASSERT_TRUE_FATAL(command_log_open(&l, folder, 7, 4000));
    command_log_put(&l, "begins\n", 7);
    CU_ASSERT(read_log(&text) < 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "evaluation 7 on "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "begins\n"));
    free(text);
    for (int i = 0; i < 100000; i++) {
        snprintf(line, sizeof(line), "line %d\n", i);
        command_log_put(&l, line, strlen(line));
        if (i % 10007) continue;
        CU_ASSERT(read_log(&text) < 4100);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, line));
        free(text);
    }
    command_log_note(&l, "done");
    command_log_close(&l);
    CU_ASSERT(read_log(&text) > 2500);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "line 1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "bytes are left out here"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "line 99999\n"));
    CU_ASSERT_STRING_EQUAL(text + strlen(text) - 6, " done\n");
    free(text);
    CU_ASSERT_FALSE(command_log_open(&l, "/nonexistent", 7, 4000));
    command_log_put(&l, "x", 1);
    command_log_close(&l);
    snprintf(path, sizeof(path), "%s/evaluations/7.log", folder);
    CU_ASSERT_EQUAL(unlink(path), 0);
    *strrchr(path, '/') = '\0';
    CU_ASSERT_EQUAL(rmdir(path), 0);
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"GPUs", test_gpus}, {"scratch", test_scratch}, {"log", test_log}, CU_TEST_INFO_NULL};
    if (!mkdtemp(folder)) return 1;
    int failed = unit_run("command_place", tests);
    (void)rmdir(folder);
    return failed;
}
