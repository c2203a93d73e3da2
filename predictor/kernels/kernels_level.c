/* The table of one level's kernels. */
#include "predictor/kernels/kernels_level.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const struct kernels KERNEL(kernels) = {
    .level = TEXT(KERNEL_LEVEL),
    .product = KERNEL(product),
    .panel = KERNEL(panel),
#ifdef __AVX512BF16__
    .product_bf16 = KERNEL(product_bf16),
    .round_bf16 = KERNEL(round_bf16),
    .pair_bf16 = KERNEL(pair_bf16),
    .weight_gradient_bf16 = KERNEL(weight_gradient_bf16),
#endif
    .weight_gradient = KERNEL(weight_gradient),
    .fixed_add = KERNEL(fixed_add),
    .norm_forward = KERNEL(norm_forward),
    .norm_backward = KERNEL(norm_backward),
    .attention_forward = KERNEL(attention_forward),
    .attention_backward = KERNEL(attention_backward),
    .graphconv = KERNEL(graphconv),
    .relu_backward = KERNEL(relu_backward),
    .dropout_rows = KERNEL(dropout_rows),
    .dropout_attention = KERNEL(dropout_attention),
#ifndef SIBYL_REAL_DOUBLE
    .adamw = KERNEL(adamw),
    .rank_row = KERNEL(rank_row),
#endif
};
