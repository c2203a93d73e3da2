#include "base/fixed_point.h"

/* Integers of 64 bits become doubles in vectors only where there is AVX-512. Each step is rounded
 * as it is one by one: the same bits. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("default", "arch=x86-64-v4")))
#endif
void fixed_values(const int64_t *restrict sums, size_t count, float *restrict out)
{
    for (size_t i = 0; i < count; i++) out[i] = (float)fixed_value(sums[i]);
}
