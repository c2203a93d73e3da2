/* What gp_fit and the predictor have in common. */
#ifndef PREDICTOR_GP_GP_INTERNAL_H
#define PREDICTOR_GP_GP_INTERNAL_H

#include "predictor/gp/gaussian_process.h"

#define GP_MEAN_ROWS 256     /* predicted at a time, by one rank */
#define GP_VARIANCE_ROWS 512 /* predicted at a time, by all ranks */

/* Collective. No more OpenBLAS threads than wanted, or, where that is 0, than this rank's share of
 * the node's CPUs. Returns how many there were, for openblas_set_num_threads afterwards. */
int gp_threads_begin(struct team *t, int wanted);

/* Collective. The options are in range. SIBYL_E_USAGE. */
enum status gp_options_check(struct team *t, const struct gp_options *o);

/* Collective. SIBYL_E_MEM where a process of so many rows does not fit. */
enum status gp_memory_check(struct team *t, uint64_t rows, uint32_t columns,
                            const struct gp_options *o);

/* Local. Numbers are finite and not so large that squares overflow; `what` names them in the
 * message. SIBYL_E_RANGE. */
enum status gp_check_numbers(const double *x, size_t rows, uint32_t columns, const char *what);

#endif
