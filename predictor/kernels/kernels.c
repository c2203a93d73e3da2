#include "predictor/kernels/kernels.h"

extern const struct kernels kernels_base;
#ifndef KERNELS_BASE_ALONE
extern const struct kernels kernels_v3, kernels_v4, kernels_v4_bf16;
#endif

const struct kernels *kernels_level(size_t i)
{
    const struct kernels *levels[5] = {NULL};
    size_t count = 0;
#ifndef KERNELS_BASE_ALONE
    bool v4 = __builtin_cpu_supports("x86-64-v4");
    if (v4 && __builtin_cpu_supports("avx512bf16")) levels[count++] = &kernels_v4_bf16;
    if (v4) levels[count++] = &kernels_v4;
    if (__builtin_cpu_supports("x86-64-v3")) levels[count++] = &kernels_v3;
#endif
    levels[count++] = &kernels_base;
    return i < count ? levels[i] : NULL;
}

size_t attention_entries(const struct batch *b, const struct predictor_options *o)
{
    size_t entries = 0;
    for (uint32_t a = 0; a < o->head_count; a++) {
        const uint32_t *before = b->topology[o->heads[a]].before;
        if (!before) return SIZE_MAX;
        entries += before[b->rows];
    }
    return entries;
}
