#include "comm/process_grid.h"

#include "base/memory.h"
#include "comm/team_internal.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ScaLAPACK comes without a C header. The last arguments of its Fortran routines are the lengths of
 * their strings; pdtrsm_ is written in C. */
int Csys2blacs_handle(MPI_Comm comm);
void Cfree_blacs_system_handle(int handle);
void Cblacs_gridmap(int *context, int *map, int stride, int rows, int columns);
void Cblacs_gridexit(int context);
void Cblacs_set(int context, int what, int *value);
void pdpotrf_(const char *uplo, const int *n, double *a, const int *ia, const int *ja,
              const int *desca, int *info, size_t uplo_length);
void pdpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *ia,
              const int *ja, const int *desca, double *b, const int *ib, const int *jb,
              const int *descb, int *info, size_t uplo_length);
void pdtrsm_(const char *side, const char *uplo, const char *trans, const char *diag, const int *m,
             const int *n, const double *alpha, const double *a, const int *ia, const int *ja,
             const int *desca, double *b, const int *ib, const int *jb, const int *descb);

#define BLACS_SET_REPEATABLE 15 /* sums in an order that does not depend on arrival */
#define CHUNK ((size_t)1 << 24) /* numbers per allreduce */

struct process_grid {
    struct team *team; /* borrowed */
    struct process_grid_shape shape;
    int row, column; /* of this process */
    int handle;      /* BLACS's, of the team's communicator */
    int context;     /* BLACS's, of the grid */
};

enum status process_grid_new(struct team *t, struct process_grid_shape shape,
                             struct process_grid **out)
{
    if (!shape.rows && !shape.columns) shape = process_grid_shape_of(t->size);
    if (shape.rows < 1 || shape.columns < 1 || t->size % shape.rows ||
        t->size / shape.rows != shape.columns)
        return err_set(SIBYL_E_USAGE, "a grid of %d x %d processes wants as many ranks, not %d",
                       shape.rows, shape.columns, t->size);
    struct process_grid *g = calloc(1, sizeof(*g));
    int *map = malloc((size_t)t->size * sizeof(*map)), yes = 1;
    enum status st = team_agree(t, g && map ? SIBYL_OK : err_memory("a process grid"));
    if (!st) st = team_need_comm(t);
    if (st) {
        free(g);
        goto done;
    }
    g->team = t;
    g->shape = shape;
    g->row = t->rank / shape.columns;
    g->column = t->rank % shape.columns;
    for (int r = 0; r < t->size; r++) /* column-major */
        map[(r % shape.columns) * shape.rows + r / shape.columns] = r;
    g->handle = Csys2blacs_handle(t->comm);
    g->context = g->handle;
    Cblacs_gridmap(&g->context, map, shape.rows, shape.rows, shape.columns);
    Cblacs_set(g->context, BLACS_SET_REPEATABLE, &yes);
    *out = g;
done:
    free(map);
    return st;
}

void process_grid_free(struct process_grid *g)
{
    if (!g) return;
    Cblacs_gridexit(g->context);
    Cfree_blacs_system_handle(g->handle);
    free(g);
}

struct process_grid_shape process_grid_shape(const struct process_grid *g)
{
    return g->shape;
}

/* How many of the indices below `count` belong to process `p` of `processes`. */
static size_t share(size_t count, size_t block, int p, int processes)
{
    size_t whole = count / block, n = (size_t)processes, own = (size_t)p;
    size_t mine = whole / n * block;
    if (own < whole % n) return mine + block;
    return own == whole % n ? mine + count % block : mine;
}

static size_t global_of(size_t local, size_t block, int p, int processes)
{
    return (local / block * (size_t)processes + (size_t)p) * block + local % block;
}

size_t process_grid_global_row(const struct process_grid_matrix *m, size_t local)
{
    return global_of(local, m->block, m->grid->row, m->grid->shape.rows);
}

size_t process_grid_global_column(const struct process_grid_matrix *m, size_t local)
{
    return global_of(local, m->block, m->grid->column, m->grid->shape.columns);
}

size_t process_grid_local_row(const struct process_grid_matrix *m, size_t global)
{
    return share(global, m->block, m->grid->row, m->grid->shape.rows);
}

uint64_t process_grid_matrix_bytes(struct process_grid_shape shape, uint64_t rows, uint64_t columns,
                                   uint32_t block)
{
    return share(rows, block, 0, shape.rows) * (uint64_t)share(columns, block, 0, shape.columns) *
           sizeof(double);
}

enum status process_grid_matrix_init(struct process_grid_matrix *m, struct process_grid *g,
                                     size_t rows, size_t columns, uint32_t block)
{
    SIBYL_BUG_IF(block == 0);
    *m = (struct process_grid_matrix){.grid = g, .rows = rows, .columns = columns, .block = block};
    if (rows > INT_MAX || columns > INT_MAX ||
        process_grid_matrix_bytes(g->shape, rows, columns, block) / sizeof(double) > INT_MAX)
        return err_set(SIBYL_E_RANGE,
                       "a matrix of %zu x %zu on a grid of %d x %d processes has more than 2^31 "
                       "elements on a process: use more ranks",
                       rows, columns, g->shape.rows, g->shape.columns);
    m->local_rows = share(rows, block, g->row, g->shape.rows);
    m->local_columns = share(columns, block, g->column, g->shape.columns);
    m->stride = m->local_rows ? m->local_rows : 1;
    size_t bytes = m->stride * m->local_columns * sizeof(double);
    m->data = memory_large(bytes ? bytes : sizeof(double));
    enum status st = team_agree(g->team, m->data ? SIBYL_OK : err_memory("a distributed matrix"));
    if (st) {
        process_grid_matrix_release(m);
        return st;
    }
    int descriptor[9] = {1,          g->context, (int)rows, (int)columns,  (int)block,
                         (int)block, 0,          0,         (int)m->stride};
    memcpy(m->descriptor, descriptor, sizeof(descriptor));
    return SIBYL_OK;
}

void process_grid_matrix_release(struct process_grid_matrix *m)
{
    free(m->data);
    *m = (struct process_grid_matrix){0};
}

enum status process_grid_cholesky(struct process_grid_matrix *a)
{
    int n = (int)a->rows, one = 1, info = 0, worst = 0;
    SIBYL_BUG_IF(a->rows != a->columns);
    pdpotrf_("L", &n, a->data, &one, &one, a->descriptor, &info, 1);
    SIBYL_BUG_IF(info < 0);
    team_enter(a->grid->team);
    MPI_Allreduce(&info, &worst, 1, MPI_INT, MPI_MAX, a->grid->team->comm);
    team_leave(a->grid->team);
    if (worst > 0)
        return err_set(SIBYL_E_RANGE,
                       "a matrix of %d rows is not positive definite: its leading minor of order "
                       "%d is not positive",
                       n, worst);
    return SIBYL_OK;
}

void process_grid_solve_cholesky(const struct process_grid_matrix *l, struct process_grid_matrix *b)
{
    int n = (int)l->rows, columns = (int)b->columns, one = 1, info = 0;
    SIBYL_BUG_IF(l->rows != b->rows || l->block != b->block);
    pdpotrs_("L", &n, &columns, l->data, &one, &one, l->descriptor, b->data, &one, &one,
             b->descriptor, &info, 1);
    SIBYL_BUG_IF(info != 0);
}

void process_grid_solve_lower(const struct process_grid_matrix *l, struct process_grid_matrix *b)
{
    int n = (int)l->rows, columns = (int)b->columns, one = 1;
    double alpha = 1.0;
    SIBYL_BUG_IF(l->rows != b->rows || l->block != b->block);
    pdtrsm_("L", "L", "N", "N", &n, &columns, &alpha, l->data, &one, &one, l->descriptor, b->data,
            &one, &one, b->descriptor);
}

/* Each number is nonzero on one rank at most, so that the sum is exact in any order. */
static void merge(const struct process_grid *g, double *all, size_t count)
{
    for (size_t begin = 0; begin < count; begin += CHUNK) {
        size_t part = count - begin < CHUNK ? count - begin : CHUNK;
        team_enter(g->team);
        MPI_Allreduce(MPI_IN_PLACE, all + begin, (int)part, MPI_DOUBLE, MPI_SUM, g->team->comm);
        team_leave(g->team);
    }
}

void process_grid_gather(const struct process_grid_matrix *m, double *all)
{
    memset(all, 0, m->rows * m->columns * sizeof(*all));
    for (size_t c = 0; c < m->local_columns; c++) {
        double *to = all + process_grid_global_column(m, c) * m->rows;
        for (size_t r = 0; r < m->local_rows; r++)
            to[process_grid_global_row(m, r)] = m->data[c * m->stride + r];
    }
    merge(m->grid, all, m->rows * m->columns);
}

void process_grid_diagonal(const struct process_grid_matrix *m, double *out)
{
    memset(out, 0, m->rows * sizeof(*out));
    for (size_t c = 0; c < m->local_columns; c++) {
        size_t at = process_grid_global_column(m, c), r = process_grid_local_row(m, at);
        if (r < m->local_rows && process_grid_global_row(m, r) == at)
            out[at] = m->data[c * m->stride + r];
    }
    merge(m->grid, out, m->rows);
}

double process_grid_log_determinant(const struct process_grid_matrix *l, double *diagonal)
{
    double sum = 0.0;
    process_grid_diagonal(l, diagonal);
    for (size_t i = 0; i < l->rows; i++) sum += log(diagonal[i]);
    return 2.0 * sum;
}

void process_grid_column_squares(const struct process_grid_matrix *m, double *scratch, double *out)
{
    const struct process_grid *g = m->grid;
    size_t parts = (size_t)g->shape.rows;
    memset(scratch, 0, parts * m->columns * sizeof(*scratch));
    for (size_t c = 0; c < m->local_columns; c++) {
        const double *x = m->data + c * m->stride;
        double sum = 0.0;
        for (size_t r = 0; r < m->local_rows; r++) sum += x[r] * x[r];
        scratch[(size_t)g->row * m->columns + process_grid_global_column(m, c)] = sum;
    }
    merge(g, scratch, parts * m->columns);
    for (size_t c = 0; c < m->columns; c++) {
        out[c] = 0.0;
        for (size_t p = 0; p < parts; p++) out[c] += scratch[p * m->columns + c];
    }
}
