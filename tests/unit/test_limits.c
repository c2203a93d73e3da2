/* What a process may use of its machine: made-up /proc and cgroup folders. */
#include "base/limits.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define MIB (UINT64_C(1) << 20)

static char root[64];

/* Writes a file below the made-up root, with its folders. */
static void put(const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof(full), "%s%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        CU_ASSERT_FATAL(mkdir(full, 0777) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *f = fopen(full, "w");
    CU_ASSERT_FATAL(f != NULL);
    fputs(text, f);
    fclose(f);
}

static void begin(void)
{
    strcpy(root, "/tmp/sibyl_limits_XXXXXX");
    CU_ASSERT_FATAL(mkdtemp(root) != NULL);
    put("/proc/meminfo",
        "MemTotal:        8388608 kB\nMemFree: 5 kB\nMemAvailable:    6291456 kB\n");
}

static void end(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    CU_ASSERT_EQUAL(system(command), 0);
}

static struct limits found(void)
{
    struct limits l;
    limits_read(&l, root);
    return l;
}

static void check(struct limits l, uint64_t memory_mib, uint64_t available_mib, double cpus)
{
    CU_ASSERT_EQUAL(l.memory_bytes, memory_mib * MIB);
    CU_ASSERT_EQUAL(l.available_bytes, available_mib * MIB);
    CU_ASSERT(l.cpus == cpus);
}

static void test_bare(void)
{
    begin();
    check(found(), 8192, 6144, INFINITY);
    put("/proc/meminfo", "");
    CU_ASSERT_EQUAL(found().memory_bytes, UINT64_MAX);
    CU_ASSERT_EQUAL(found().available_bytes, UINT64_MAX);
    end();
}

/* Version 2: the least of the path counts, be it above; caches can be given up. */
static void test_version_2(void)
{
    begin();
    put("/proc/self/mountinfo",
        "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
    put("/proc/self/cgroup", "0::/slurm/job_7/step_0\n");
    put("/sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n");
    put("/sys/fs/cgroup/slurm/job_7/step_0/cpu.max", "max 100000\n");
    check(found(), 8192, 6144, INFINITY);
    put("/sys/fs/cgroup/slurm/job_7/memory.max", "1073741824\n");
    put("/sys/fs/cgroup/slurm/job_7/memory.current", "536870912\n");
    put("/sys/fs/cgroup/slurm/job_7/memory.stat", "anon 5\ninactive_file 268435456\nslab 7\n");
    put("/sys/fs/cgroup/slurm/cpu.max", "150000 100000\n");
    check(found(), 1024, 768, 1.5);
    put("/sys/fs/cgroup/slurm/job_7/step_0/memory.high", "104857600\n");
    put("/sys/fs/cgroup/slurm/job_7/step_0/memory.current", "209715200\n");
    check(found(), 100, 0, 1.5);
    end();
}

/* A container that sees its own part of the hierarchy, under a folder with a blank in its name. */
static void test_part_mounted(void)
{
    begin();
    put("/proc/self/mountinfo",
        "31 23 0:27 /docker/ab /sys/fs/c\\040g ro - cgroup cgroup rw,memory\n"
        "32 23 0:28 /docker/ab /sys/fs/cpu ro shared:1 master:2 - cgroup "
        "cgroup rw,cpu,cpuacct\n");
    put("/proc/self/cgroup", "12:memory:/docker/ab/task\n11:cpu,cpuacct:/docker/ab\n1:name=x:/\n");
    put("/sys/fs/c g/memory.limit_in_bytes", "2147483648\n");
    put("/sys/fs/c g/memory.usage_in_bytes", "1073741824\n");
    put("/sys/fs/c g/task/memory.limit_in_bytes", "9223372036854771712\n");
    put("/sys/fs/cpu/cpu.cfs_quota_us", "50000\n");
    put("/sys/fs/cpu/cpu.cfs_period_us", "100000\n");
    check(found(), 2048, 1024, 0.5);
    put("/sys/fs/cpu/cpu.cfs_quota_us", "-1\n");
    put("/proc/self/cgroup", "12:memory:/elsewhere\n11:cpu,cpuacct:/docker/abc\n");
    check(found(), 2048, 1024, INFINITY); /* its own mount is all that it sees */
    end();
}

/* Version 1 beside a version 2 without controllers, as Debian 10 has them. */
static void test_both(void)
{
    begin();
    put("/proc/self/mountinfo", "31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                                "38 31 0:41 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    put("/proc/self/cgroup", "4:memory:/a/b\n0::/a/b\n");
    put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "4294967296\n");
    put("/sys/fs/cgroup/unified/cgroup.procs", "1\n");
    check(found(), 4096, 4096, INFINITY);
    end();
}

/* Nothing of this may be read past its end, or be taken for a limit. */
static void test_nonsense(void)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        ":",
                                        "::",
                                        "0:",
                                        "0::\n",
                                        "memory",
                                        "x:memory",
                                        "1:memory:/a\\",
                                        "-",
                                        "1 2 3 4 5 6 - cgroup",
                                        "- - - -"};
    begin();
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        put("/proc/self/cgroup", texts[i]);
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
            put("/proc/self/mountinfo", texts[k]);
            check(found(), 8192, 6144, INFINITY);
        }
    }
    end();
}

static void test_address_space(void)
{
    struct rlimit old, less;
    begin();
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_AS, &old), 0);
    if (old.rlim_cur == RLIM_INFINITY) CU_ASSERT_EQUAL(found().process_bytes, UINT64_MAX);
    less = old;
    less.rlim_cur = (rlim_t)1 << 46; /* a sanitizer has reserved 2^44 bytes */
    put("/proc/self/statm", "256 100 50\n");
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_AS, &less), 0);
    struct limits l = found();
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_AS, &old), 0);
    CU_ASSERT_EQUAL(l.process_bytes, UINT64_C(1) << 46);
    CU_ASSERT_EQUAL(l.process_left_bytes, (UINT64_C(1) << 46) - 256 * 4096);
    end();
}

/* As Linux: an error where the set is too small for all of its CPUs. */
static int machine_of_6000(pid_t pid, size_t bytes, void *set)
{
    (void)pid;
    if (bytes * 8 < 6000) {
        errno = EINVAL;
        return -1;
    }
    memset(set, 0, bytes);
    memset(set, 0xFF, 6000 / 8);
    return 0;
}

static int no_machine(pid_t pid, size_t bytes, void *set)
{
    (void)pid;
    (void)bytes;
    (void)set;
    errno = EINVAL;
    return -1;
}

static void test_cpus(void)
{
    unsigned char set[LIMITS_CPU_BYTES];
    limits_cpu_set(machine_of_6000, set);
    CU_ASSERT_EQUAL(limits_cpu_count(set), 6000);
    limits_cpu_set(no_machine, set);
    CU_ASSERT_EQUAL(limits_cpu_count(set), 1);
    limits_cpu_set(limits_affinity, set);
    CU_ASSERT(limits_cpu_count(set) >= 1);
}

int main(void)
{
    CU_TestInfo tests[] = {{"a machine without cgroups", test_bare},
                           {"version 2", test_version_2},
                           {"a part of version 1", test_part_mounted},
                           {"both versions", test_both},
                           {"nonsense", test_nonsense},
                           {"address space", test_address_space},
                           {"many CPUs", test_cpus},
                           CU_TEST_INFO_NULL};
    return unit_run("limits", tests);
}
