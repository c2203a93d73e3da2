/* Files of bases: round trip, damage, other files under their names, what is left of many, and one
 * maker at a time. */
#include "tests/unit/unit.h"

#include "base/file.h"
#include "base/rng.h"
#include "predictor/training/base_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DIGEST "00112233445566778899aabbccddeeff"
#define OTHER "ffeeddccbbaa99887766554433221100"
#define PATH_BYTES 300

static const struct log quiet = {.level = LOG_QUIET};

static void make(struct predictor *p, const char *digest)
{
    static const char *const names[] = {"input", "output", "conv"};
    struct arena arena;
    struct vocabulary v;
    struct predictor_options o;
    struct rng r;
    arena_init(&arena);
    CHECK_OK(vocabulary_init(&v, &arena, names, 3));
    predictor_options_default(&o);
    o.layers = 1;
    o.width = 8;
    CHECK_OK(predictor_init(p, &o, &v, "base"));
    rng_init(&r, 1, RNG_TEST, 0);
    for (size_t i = 0; i < p->parameters; i++) p->weights[i] = (float)rng_normal(&r);
    snprintf(p->base, sizeof(p->base), "%s", digest);
    arena_release(&arena);
}

static void make_folder(char folder[PATH_BYTES])
{
    snprintf(folder, PATH_BYTES, "/tmp/sibyl_bases_XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

static void remove_folder(const char *folder)
{
    char path[2 * PATH_BYTES];
    DIR *d = opendir(folder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.' || strlen(e->d_name) > 2) unlink(path);
    }
    closedir(d);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static void path_of(char path[PATH_BYTES], const char *folder, const char *digest)
{
    CU_ASSERT_FATAL(snprintf(path, PATH_BYTES, "%s/base-%s.sibyl", folder, digest) < PATH_BYTES);
}

/* Standard error, where warnings go, into a file while `read` runs. */
static bool read_told(struct predictor *out, const char *folder, const char *digest, char *told,
                      size_t bytes)
{
    FILE *f = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fflush(stderr);
    int old = dup(2);
    CU_ASSERT_FATAL(old >= 0 && dup2(fileno(f), 2) == 2);
    bool found = base_files_read(out, folder, digest, &quiet);
    fflush(stderr);
    CU_ASSERT_FATAL(dup2(old, 2) == 2);
    close(old);
    rewind(f);
    told[fread(told, 1, bytes - 1, f)] = '\0';
    fclose(f);
    return found;
}

/* Not found, which is one line that has this text. */
static void refused(const char *folder, const char *digest, const char *text)
{
    char told[1000];
    struct predictor p = {0};
    CU_ASSERT_FALSE(read_told(&p, folder, digest, told, sizeof(told)));
    CU_ASSERT_PTR_NOT_NULL(strstr(told, text));
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "made anew\n"));
    CU_ASSERT(strchr(told, '\n') && !strchr(told, '\n')[1]);
    CU_ASSERT_PTR_NULL(p.weights);
}

static void test_round_trip(void)
{
    char folder[PATH_BYTES], deep[2 * PATH_BYTES], told[1000];
    struct predictor a, b = {0};
    make_folder(folder);
    make(&a, DIGEST);
    CU_ASSERT_FALSE(read_told(&b, folder, DIGEST, told, sizeof(told)));
    CU_ASSERT_STRING_EQUAL(told, ""); /* one that is not there is nothing to tell of */
    CHECK_OK(base_files_write(&a, folder));
    CU_ASSERT_TRUE_FATAL(read_told(&b, folder, DIGEST, told, sizeof(told)));
    CU_ASSERT_STRING_EQUAL(told, "");
    CU_ASSERT_EQUAL(memcmp(a.weights, b.weights, a.parameters * sizeof(float)), 0);
    CU_ASSERT_STRING_EQUAL(b.base, DIGEST);
    predictor_release(&b);
    snprintf(deep, sizeof(deep), "%s/made/anew", folder); /* folders are made */
    CHECK_OK(base_files_write(&a, deep));
    CU_ASSERT_TRUE(base_files_read(&b, deep, DIGEST, &quiet));
    predictor_release(&b);
    remove_folder(deep);
    *strrchr(deep, '/') = '\0';
    CU_ASSERT_EQUAL(rmdir(deep), 0);
    snprintf(deep, sizeof(deep), "%s/base-%s.sibyl/x", folder, DIGEST); /* a file is no folder */
    CU_ASSERT_EQUAL(base_files_write(&a, deep), SIBYL_E_IO);
    predictor_release(&a);
    remove_folder(folder);
}

/* Cut at any byte, or with any byte changed: never a base, and never another one. */
static void test_damage(void)
{
    char folder[PATH_BYTES], path[PATH_BYTES], *whole = NULL;
    struct predictor a, b = {0};
    size_t bytes = 0;
    make_folder(folder);
    make(&a, DIGEST);
    CHECK_OK(base_files_write(&a, folder));
    path_of(path, folder, DIGEST);
    CHECK_OK(file_read(path, &whole, &bytes));
    for (size_t cut = 0; cut < bytes; cut += cut < 200 ? 1 : 97) {
        CHECK_OK(file_write(path, whole, cut));
        refused(folder, DIGEST, path);
    }
    for (size_t i = 0; i < bytes; i += i < 200 ? 1 : 97) {
        whole[i] ^= 0x10;
        CHECK_OK(file_write(path, whole, bytes));
        refused(folder, DIGEST, path);
        whole[i] ^= 0x10;
    }
    CHECK_OK(file_write(path, whole, bytes));
    CU_ASSERT_TRUE(base_files_read(&b, folder, DIGEST, &quiet));
    predictor_release(&b);
    free(whole);
    predictor_release(&a);
    remove_folder(folder);
}

/* A base of another digest, or a predictor, under a name that is not its own. */
static void test_foreign(void)
{
    char folder[PATH_BYTES], path[PATH_BYTES], own[PATH_BYTES];
    struct predictor a;
    make_folder(folder);
    make(&a, OTHER);
    path_of(path, folder, DIGEST);
    path_of(own, folder, OTHER);
    CHECK_OK(base_files_write(&a, folder));
    CU_ASSERT_EQUAL(rename(own, path), 0);
    refused(folder, DIGEST, "not the base that its name says");
    *a.base = '\0';
    CHECK_OK(predictor_write(&a, path));
    refused(folder, DIGEST, "not the base that its name says");
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    refused(folder, DIGEST, path);
    CU_ASSERT_EQUAL(rmdir(path), 0);
    predictor_release(&a);
    remove_folder(folder);
}

static void touch(const char *folder, const char *name, time_t age_s)
{
    char path[2 * PATH_BYTES];
    struct timespec times[2] = {{time(NULL) - age_s, 0}, {time(NULL) - age_s, 0}};
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    CHECK_OK(file_write(path, name, strlen(name)));
    CU_ASSERT_EQUAL(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool is_there(const char *folder, const char *name)
{
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void test_prune(void)
{
    char folder[PATH_BYTES], name[100];
    const int more = 7, all = BASE_FILES_KEPT + more;
    make_folder(folder);
    touch(folder, "notes.txt", 1000000);
    touch(folder, "base-of-something.txt", 1000000);
    touch(folder, "base-" DIGEST ".sibyl.0123456789abcdef" FILE_TEMPORARY_END, 100000);
    touch(folder, "base-" OTHER ".sibyl.0123456789abcdef" FILE_TEMPORARY_END, 10);
    for (int i = 0; i < all; i++) { /* in no order of their ages */
        int age = i * 31 % all;
        snprintf(name, sizeof(name), "base-%032d.sibyl", age);
        touch(folder, name, 10 * (age + 1));
    }
    base_files_prune(folder);
    for (int age = 0; age < all; age++) {
        snprintf(name, sizeof(name), "base-%032d.sibyl", age);
        CU_ASSERT_EQUAL(is_there(folder, name), age < BASE_FILES_KEPT);
    }
    CU_ASSERT_TRUE(is_there(folder, "notes.txt"));
    CU_ASSERT_TRUE(is_there(folder, "base-of-something.txt"));
    CU_ASSERT_FALSE(is_there(folder, "base-" DIGEST ".sibyl.0123456789abcdef" FILE_TEMPORARY_END));
    CU_ASSERT_TRUE(is_there(folder, "base-" OTHER ".sibyl.0123456789abcdef" FILE_TEMPORARY_END));
    base_files_prune("/nowhere/at/all"); /* is nothing to do */
    remove_folder(folder);
}

/* Whether another process gets the lock. */
static bool other_gets(const char *folder, const char *digest)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct base_lock lock;
        _exit(base_lock_try(&lock, folder, digest) ? 1 : 0);
    }
    CU_ASSERT_FATAL(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_one_maker(void)
{
    char folder[PATH_BYTES];
    struct base_lock lock;
    make_folder(folder);
    CU_ASSERT_TRUE(other_gets(folder, DIGEST)); /* and has lost it with its end */
    CU_ASSERT_TRUE(base_lock_try(&lock, folder, DIGEST));
    CU_ASSERT_FALSE(other_gets(folder, DIGEST));
    CU_ASSERT_TRUE(other_gets(folder, OTHER)); /* another base can be made meanwhile */
    base_lock_release(&lock);
    base_lock_release(&lock);
    CU_ASSERT_TRUE(other_gets(folder, DIGEST));
    CU_ASSERT_TRUE(base_lock_try(&lock, "/proc/nowhere", DIGEST)); /* no locks: nobody waits */
    base_lock_release(&lock);
    remove_folder(folder);
}

int main(void)
{
    CU_TestInfo tests[] = {{"round trip", test_round_trip}, {"damage", test_damage},
                           {"foreign files", test_foreign}, {"old ones go", test_prune},
                           {"one maker", test_one_maker},   CU_TEST_INFO_NULL};
    return unit_run("base_files", tests);
}
