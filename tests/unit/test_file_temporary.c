/* The temporary files of atomic writes: names that nobody can foresee, no links followed, nothing
 * inherited. */
#include "tests/unit/unit.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/sibyl_test_temporary_XXXXXX";

static char *path_of(const char *name)
{
    char *path = file_join(folder, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
    return path;
}

static void expect(const char *path, const char *want)
{
    char *data = NULL;
    size_t bytes = 0;
    CHECK_OK(file_read(path, &data, &bytes));
    CU_ASSERT_STRING_EQUAL(data, want);
    free(data);
}

static void test_names(void)
{
    char *path = path_of("a.txt");
    struct file_writer a, b;
    CHECK_OK(file_write_begin(&a, path)); /* two writers at once */
    CHECK_OK(file_write_begin(&b, path));
    CU_ASSERT_STRING_NOT_EQUAL(a.temporary_path, b.temporary_path);
    CU_ASSERT_TRUE(file_is_temporary(strrchr(a.temporary_path, '/') + 1));
    CU_ASSERT(fcntl(fileno(a.stream), F_GETFD) & FD_CLOEXEC);
    fputs("first", a.stream);
    fputs("second", b.stream);
    CHECK_OK(file_write_commit(&b));
    expect(path, "second");
    CHECK_OK(file_write_commit(&a));
    expect(path, "first");
    unlink(path);
    free(path);
    const char *others[] = {"a.txt", ".sibyl-tmp", "a.0123456789abcde.sibyl-tmp",
                            "a.0123456789abcdeg.sibyl-tmp", "a-0123456789abcdef.sibyl-tmp"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        CU_ASSERT_FALSE(file_is_temporary(others[i]));
    CU_ASSERT_TRUE(file_is_temporary("a.0123456789abcdef.sibyl-tmp"));
}

static void test_mode(void)
{
    char *path = path_of("b.txt");
    struct stat info;
    mode_t before = umask(027);
    CHECK_OK(file_write(path, "b", 1));
    umask(before);
    CU_ASSERT_EQUAL_FATAL(stat(path, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 0777, 0640);
    unlink(path);
    free(path);
}

/* A link in the place of the file is replaced, and what it leads to stays as it is. */
static void test_links(void)
{
    char *path = path_of("c.txt"), *target = path_of("target.txt");
    struct stat info;
    CHECK_OK(file_write(target, "target", 6));
    CU_ASSERT_EQUAL_FATAL(symlink("target.txt", path), 0);
    CHECK_OK(file_write(path, "own", 3));
    CU_ASSERT_EQUAL(lstat(path, &info), 0);
    CU_ASSERT_TRUE(S_ISREG(info.st_mode));
    expect(path, "own");
    expect(target, "target");
    unlink(path);
    CU_ASSERT_EQUAL_FATAL(symlink("target.txt", path), 0);
    FILE *f = NULL;
    CU_ASSERT_EQUAL(file_open_append(path, &f), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "symbolic link"));
    expect(target, "target");
    unlink(path);
    CHECK_OK(file_open_append(path, &f));
    CU_ASSERT(fcntl(fileno(f), F_GETFD) & FD_CLOEXEC);
    fclose(f);
    unlink(path);
    unlink(target);
    free(path);
    free(target);
}

/* --out /dev/null, as root: the device stays. A folder and a pipe do, too. */
static void test_no_files(void)
{
    struct stat info;
    char *pipe_path = path_of("pipe");
    CU_ASSERT_EQUAL_FATAL(mkfifo(pipe_path, 0600), 0);
    const char *paths[] = {"/dev/null", folder, pipe_path};
    const char *what[] = {"a device or a pipe", "a folder", "a device or a pipe"};
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(file_write(paths[i], "x", 1), SIBYL_E_IO);
        CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), what[i]));
        CU_ASSERT_EQUAL(stat(paths[i], &info), 0);
        CU_ASSERT_FALSE(S_ISREG(info.st_mode));
    }
    unlink(pipe_path);
    free(pipe_path);
}

int main(void)
{
    CU_TestInfo tests[] = {{"names", test_names},
                           {"mode", test_mode},
                           {"links", test_links},
                           {"what is no file", test_no_files},
                           CU_TEST_INFO_NULL};
    if (!mkdtemp(folder)) return 1;
    int failed = unit_run("file_temporary", tests);
    if (rmdir(folder)) {
        fprintf(stderr, "something is left in %s: %s\n", folder, strerror(errno));
        return 1;
    }
    return failed;
}
