#include "jobs/run/machine.h"

#include "predictor/kernels/kernels.h"

#include <cblas.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

/* A launcher may have bound each rank to CPUs of its own, or let all share the same. */
static int cpus_of_all(int own, int ranks)
{
    long node = sysconf(_SC_NPROCESSORS_ONLN);
    if (node < 1 || own >= node) return own;
    return (long)own * ranks < node ? own * ranks : (int)node;
}

int machine_threads(struct team *t, const struct log *log, int asked, int stand_for)
{
    int ranks, cpus;
    team_node(t, &ranks, &cpus);
    if (stand_for > ranks) {
        cpus = cpus_of_all(cpus, stand_for);
        ranks = stand_for;
    }
    const char *set = getenv("OMP_NUM_THREADS");
    int threads = asked ? asked : set ? omp_get_max_threads() : cpus / ranks;
    if (threads < 1) threads = 1;
    if (threads > THREADS_MAX) threads = THREADS_MAX;
    if (team_rank(t) == 0 && ranks * threads > cpus && (asked || set || ranks > 1))
        log_warn(
            log,
            "%d ranks x %d threads share %d CPUs and will slow each other down; start at most %d "
            "ranks a node%s",
            ranks, threads, cpus, cpus / threads > 0 ? cpus / threads : 1,
            threads > 1 ? ", or give a smaller --threads" : "");
    return threads;
}

void machine_tell(const struct log *log, int ranks, int threads)
{
    log_detail(log, "%d ranks x %d threads; kernels for %s, OpenBLAS %s", ranks, threads,
               kernels_level(0)->level, openblas_get_corename());
}

static bool has_avx512(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("x86-64-v4");
#else
    return false;
#endif
}

bool machine_blas_fits(void)
{
    static const char *const avx512[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};
    const char *core = openblas_get_corename();
    for (size_t i = 0; i < sizeof(avx512) / sizeof(avx512[0]); i++)
        if (strcasecmp(core, avx512[i]) == 0) return true;
    return !has_avx512();
}

void machine_check_blas(const struct log *log)
{
    if (!machine_blas_fits())
        log_warn(log,
                 "OpenBLAS runs its %s kernel though this CPU has AVX-512; set "
                 "OPENBLAS_CORETYPE=SkylakeX to make its products faster",
                 openblas_get_corename());
}
