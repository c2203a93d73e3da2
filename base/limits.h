/* What a process may use of its machine, which in a container or a batch job is less than what the
 * machine has: memory by the cgroups that the process is in (versions 1 and 2, with all cgroups
 * above) and by its own limit of address space, CPUs by affinity and by a cgroup's quota. Local. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct limits {
    /* All processes of these cgroups together: physical memory, or less. UINT64_MAX: not known. */
    uint64_t memory_bytes;
    uint64_t available_bytes; /* what is left of it now, with caches that can be given up */
    /* This process alone: its address space (RLIMIT_AS), and what is left. UINT64_MAX: no limit. */
    uint64_t process_bytes, process_left_bytes;
    double cpus; /* seconds of CPU time a second, for all processes together; INFINITY: no quota */
};

/* Reads /proc and the cgroup file systems. `root` stands before all their paths: "" but in tests.
 * What cannot be read limits nothing. */
void limits_read(struct limits *out, const char *root);

/* Bytes of a set of CPUs: eight times as many CPUs as Linux can be built for. */
#define LIMITS_CPU_BYTES 8192

/* The CPUs that this process may run on, a bit for each. `get` is sched_getaffinity() but in tests,
 * with the set as bytes; where it fails the set is CPU 0 alone. */
void limits_cpu_set(int (*get)(pid_t pid, size_t bytes, void *set),
                    unsigned char set[LIMITS_CPU_BYTES]);
int limits_cpu_count(const unsigned char set[LIMITS_CPU_BYTES]);
/* For limits_cpu_set(). */
int limits_affinity(pid_t pid, size_t bytes, void *set);

#endif
