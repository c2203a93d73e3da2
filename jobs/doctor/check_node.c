#include "jobs/doctor/checks.h"

#include "base/limits.h"
#include "base/process/program.h"
#include "jobs/run/machine.h"
#include "predictor/kernels/kernels.h"

#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GIB (1024.0 * 1024.0 * 1024.0)
#define LITTLE_MEMORY_GIB 1.0
#define GPU_TIMEOUT_S 20

static void check_blas(struct findings *f)
{
    const char *level = kernels_level(0)->level, *core = openblas_get_corename();
    bool fits = machine_blas_fits();
    finding_say(f, fits ? FINDING_OK : FINDING_WARN, "kernels",
                fits ? NULL : "set OPENBLAS_CORETYPE=SkylakeX: OpenBLAS does not know this CPU",
                "ours for x86-64-%s, OpenBLAS's for %s%s", level, core,
                fits ? "" : ", though this CPU has AVX-512");
}

static void check_cpus(struct findings *f)
{
    unsigned char set[LIMITS_CPU_BYTES];
    struct limits limits;
    limits_cpu_set(limits_affinity, set);
    limits_read(&limits, "");
    int usable = limits_cpu_count(set), online = (int)sysconf(_SC_NPROCESSORS_ONLN);
    const char *threads = getenv("OMP_NUM_THREADS");
    if (isfinite(limits.cpus) && limits.cpus < usable)
        finding_say(f, FINDING_OK, "CPUs", NULL,
                    "%d of %d, of which a quota allows the time of %.3g", usable, online,
                    limits.cpus);
    else
        finding_say(f, FINDING_OK, "CPUs", NULL, "%d of %d", usable, online);
    if (threads && atoi(threads) > usable)
        finding_say(f, FINDING_WARN, "threads", "unset it, or give --threads",
                    "OMP_NUM_THREADS is %.20s, for %d CPUs", threads, usable);
}

static double least(uint64_t a, uint64_t b)
{
    return (double)(a < b ? a : b) / GIB;
}

static void check_memory(struct findings *f)
{
    struct limits limits;
    limits_read(&limits, "");
    double most = least(limits.memory_bytes, limits.process_bytes);
    double left = least(limits.available_bytes, limits.process_left_bytes);
    bool little = left < LITTLE_MEMORY_GIB;
    finding_say(f, little ? FINDING_WARN : FINDING_OK, "memory",
                little ? "ask the batch system for more (--mem), or end what else runs here" : NULL,
                "%.1f GiB left of the %.1f GiB that this process may have", left, most);
}

static void check_gpus(struct findings *f)
{
    static char program[] = "nvidia-smi", list[] = "-L";
    char *const words[] = {program, list, NULL};
    struct program_answer a;
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    enum status st = program_ask(&a, words, GPU_TIMEOUT_S);
    unsigned gpus = st || !a.well ? 0 : program_lines(&a, "GPU ");
    if (!st && a.found && !a.well)
        finding_say(f, FINDING_WARN, "GPUs", "look at what it says: nvidia-smi -L",
                    "nvidia-smi is here and fails");
    else if (gpus)
        finding_say(f, FINDING_OK, "GPUs", NULL, "%u%s%s (evaluator.gpus hands them out)", gpus,
                    visible ? ", CUDA_VISIBLE_DEVICES=" : "", visible ? visible : "");
    else
        finding_say(f, FINDING_NONE, "GPUs", NULL,
                    "none seen; Sibyl needs none, the programs that it starts may");
}

void check_node(struct findings *f)
{
    check_blas(f);
    check_cpus(f);
    check_memory(f);
    check_gpus(f);
}
