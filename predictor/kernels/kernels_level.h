/* The names of the kernels of the level that is being compiled: KERNEL(product) is product_v4 where
 * KERNEL_LEVEL is v4. */
#ifndef PREDICTOR_KERNELS_KERNELS_LEVEL_H
#define PREDICTOR_KERNELS_KERNELS_LEVEL_H

#include "predictor/kernels/kernels.h"

#define KERNEL_JOIN_(name, level) name##_##level
#define KERNEL_JOIN(name, level) KERNEL_JOIN_(name, level)
#define KERNEL(name) KERNEL_JOIN(name, KERNEL_LEVEL)

void KERNEL(product)(const struct product *p, size_t first, size_t end);
void KERNEL(panel)(const real *x, size_t stride, size_t columns, real *y);
#ifdef __AVX512BF16__
void KERNEL(product_bf16)(const struct product_bf16 *p, size_t first, size_t end);
void KERNEL(round_bf16)(const real *x, size_t n, uint16_t *y);
void KERNEL(pair_bf16)(const struct pair_bf16 *p, size_t first, size_t end);
bool KERNEL(weight_gradient_bf16)(const struct weight_gradient_bf16 *w, size_t first, size_t end);
#endif
bool KERNEL(weight_gradient)(const struct weight_gradient *w, size_t first, size_t end);
bool KERNEL(fixed_add)(const real *x, size_t n, bool fresh, int64_t *sum);
void KERNEL(norm_forward)(const struct norm *n, size_t first, size_t end);
void KERNEL(norm_backward)(const struct norm *n, size_t first, size_t end, real *dgain,
                           real *dbias);
void KERNEL(attention_forward)(const struct attention *a, size_t first, size_t end);
void KERNEL(attention_backward)(const struct attention *a, size_t first, size_t end);
void KERNEL(graphconv)(const struct graphconv *c, size_t first, size_t end);
void KERNEL(relu_backward)(const real *hidden, real scale, size_t n, real *dhidden);
void KERNEL(dropout_rows)(const struct dropout *d, const struct dropped_rows *r, size_t first,
                          size_t end);
void KERNEL(dropout_attention)(const struct dropout *d, const struct attention *a, size_t first,
                               size_t end);
#ifndef SIBYL_REAL_DOUBLE
void KERNEL(adamw)(const struct adamw *a, size_t first, size_t end);
double KERNEL(rank_row)(const struct rank_pairs *r, size_t row, double *out_slope);
#endif

extern const struct kernels KERNEL(kernels);

#endif
