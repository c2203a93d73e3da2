/* A grid of processes, and matrices spread over it block-cyclically, for ScaLAPACK.
 *
 * grid_new (on a team) -> grid_matrix_init -> fill the local part -> grid_cholesky ->
 * grid_solve_* ... -> grid_matrix_release -> grid_free. Only comm/ calls BLACS and ScaLAPACK; the
 * rest of the program sees these functions. "Collective" means: every rank of the grid's team calls
 * it, with equal arguments but for the local parts.
 *
 * Rank r stands in row r / columns and column r % columns of the grid. A matrix is cut into square
 * blocks; block (i, j) belongs to the process in row i % rows, column j % columns. Each process
 * keeps its elements in one array, column-major, in ascending global order of rows and columns.
 *
 * The same grid shape, block and number of threads gives the same bits; another shape or block
 * sums in another order, which changes the last bits. */
#ifndef COMM_GRID_H
#define COMM_GRID_H

#include "base/status.h"
#include "comm/team.h"

#include <stddef.h>
#include <stdint.h>

struct grid; /* opaque; borrows its team, owns its BLACS context */

/* Collective. Zeros as a shape mean grid_shape_of the team's size; rows * columns must be the
 * team's size (SIBYL_E_USAGE). The team must outlive the grid. */
enum status grid_new(struct team *t, struct grid_shape shape, struct grid **out);
void grid_free(struct grid *g); /* collective; fine with NULL */
struct grid_shape grid_shape(const struct grid *g);

struct grid_matrix {
    struct grid *grid; /* borrowed */
    size_t rows, columns;
    size_t local_rows, local_columns; /* may be 0 */
    size_t block;
    size_t stride;     /* between local columns, at least 1 */
    double *data;      /* (local_columns, stride), owned; data[column * stride + row] */
    int descriptor[9]; /* ScaLAPACK's */
};

/* Collective. The memory is not set. SIBYL_E_RANGE: more elements on a rank than ScaLAPACK can
 * count (2^31). */
enum status grid_matrix_init(struct grid_matrix *m, struct grid *g, size_t rows, size_t columns,
                             uint32_t block);
void grid_matrix_release(struct grid_matrix *m); /* local; fine when zeroed */

/* Bytes of the largest local part. Local. */
uint64_t grid_matrix_bytes(struct grid_shape shape, uint64_t rows, uint64_t columns,
                           uint32_t block);

/* Global index of a local row or column. Local. */
size_t grid_global_row(const struct grid_matrix *m, size_t local);
size_t grid_global_column(const struct grid_matrix *m, size_t local);
/* How many local rows have a global index below `global`: the first local row at or after it.
 * Local. */
size_t grid_local_row(const struct grid_matrix *m, size_t global);

/* All below are collective. */

/* A = L L^T in place, for a square A of which only the lower triangle is read and written
 * (pdpotrf). SIBYL_E_RANGE on all ranks: A is not positive definite in double; A is then spoilt. */
enum status grid_cholesky(struct grid_matrix *a);
/* B = A^-1 B from A's factor L (pdpotrs). Blocks of both must be equal. */
void grid_solve_cholesky(const struct grid_matrix *l, struct grid_matrix *b);
/* B = L^-1 B (pdtrsm). Blocks of both must be equal. */
void grid_solve_lower(const struct grid_matrix *l, struct grid_matrix *b);

/* The whole matrix on every rank: all[column * rows + row]. */
void grid_gather(const struct grid_matrix *m, double *all);
/* out[i] = m[i][i], i < rows, on every rank. */
void grid_diagonal(const struct grid_matrix *m, double *out);
/* log |A| from A's factor L, on every rank: 2 sum log L[i][i], in order of i; `diagonal` (rows) is
 * scratch. */
double grid_log_determinant(const struct grid_matrix *l, double *diagonal);
/* out[j] = sum over i of m[i][j]^2, on every rank. Parts are added in order of the grid's rows.
 * `scratch`: (grid rows * columns). */
void grid_column_squares(const struct grid_matrix *m, double *scratch, double *out);

#endif
