/* A grid of processes, and matrices spread over it block-cyclically, for ScaLAPACK.
 *
 * process_grid_new (on a team) -> process_grid_matrix_init -> fill the local part ->
 * process_grid_cholesky -> process_grid_solve_* ... -> process_grid_matrix_release ->
 * process_grid_free. Only comm/ calls BLACS and ScaLAPACK; the rest of the program sees these
 * functions. "Collective" means: every rank of the grid's team calls it, with equal arguments but
 * for the local parts.
 *
 * Rank r stands in row r / columns and column r % columns of the grid. A matrix is cut into square
 * blocks; block (i, j) belongs to the process in row i % rows, column j % columns. Each process
 * keeps its elements in one array, column-major, in ascending global order of rows and columns.
 *
 * The same grid shape, block and number of threads gives the same bits; another shape or block
 * sums in another order, which changes the last bits. */
#ifndef COMM_PROCESS_GRID_H
#define COMM_PROCESS_GRID_H

#include "base/status.h"
#include "comm/team.h"

#include <stddef.h>
#include <stdint.h>

struct process_grid; /* opaque; borrows its team, owns its BLACS context */

/* Collective. Zeros as a shape mean process_grid_shape_of the team's size; rows * columns must be
 * the team's size (SIBYL_E_USAGE). The team must outlive the grid. Starts MPI where nobody has (for
 * a team_self()). */
enum status process_grid_new(struct team *t, struct process_grid_shape shape,
                             struct process_grid **out);
void process_grid_free(struct process_grid *g); /* collective; fine with NULL */
struct process_grid_shape process_grid_shape(const struct process_grid *g);

struct process_grid_matrix {
    struct process_grid *grid; /* borrowed */
    size_t rows, columns;
    size_t local_rows, local_columns; /* may be 0 */
    size_t block;
    size_t stride;     /* between local columns, at least 1 */
    double *data;      /* (local_columns, stride), owned; data[column * stride + row] */
    int descriptor[9]; /* ScaLAPACK's */
};

/* Collective. The memory is not set. SIBYL_E_RANGE: more elements on a rank than ScaLAPACK can
 * count (2^31). */
enum status process_grid_matrix_init(struct process_grid_matrix *m, struct process_grid *g,
                                     size_t rows, size_t columns, uint32_t block);
void process_grid_matrix_release(struct process_grid_matrix *m); /* local; fine when zeroed */

/* Bytes of the largest local part. Local. */
uint64_t process_grid_matrix_bytes(struct process_grid_shape shape, uint64_t rows, uint64_t columns,
                                   uint32_t block);

/* Global index of a local row or column. Local. */
size_t process_grid_global_row(const struct process_grid_matrix *m, size_t local);
size_t process_grid_global_column(const struct process_grid_matrix *m, size_t local);
/* How many local rows have a global index below `global`: the first local row at or after it.
 * Local. */
size_t process_grid_local_row(const struct process_grid_matrix *m, size_t global);

/* All below are collective. */

/* A = L L^T in place, for a square A of which only the lower triangle is read and written
 * (pdpotrf). SIBYL_E_RANGE on all ranks: A is not positive definite in double; A is then spoilt. */
enum status process_grid_cholesky(struct process_grid_matrix *a);
/* B = A^-1 B from A's factor L (pdpotrs). Blocks of both must be equal. */
void process_grid_solve_cholesky(const struct process_grid_matrix *l,
                                 struct process_grid_matrix *b);
/* B = L^-1 B (pdtrsm). Blocks of both must be equal. */
void process_grid_solve_lower(const struct process_grid_matrix *l, struct process_grid_matrix *b);

/* The whole matrix on every rank: all[column * rows + row]. */
void process_grid_gather(const struct process_grid_matrix *m, double *all);
/* out[i] = m[i][i], i < rows, on every rank. */
void process_grid_diagonal(const struct process_grid_matrix *m, double *out);
/* log |A| from A's factor L, on every rank: 2 sum log L[i][i], in order of i; `diagonal` (rows) is
 * scratch. */
double process_grid_log_determinant(const struct process_grid_matrix *l, double *diagonal);
/* out[j] = sum over i of m[i][j]^2, on every rank. Parts are added in order of the grid's rows.
 * `scratch`: (grid rows * columns). */
void process_grid_column_squares(const struct process_grid_matrix *m, double *scratch, double *out);

#endif
