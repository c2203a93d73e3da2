#include "predictor/scoring/inference_internal.h"

#include "predictor/inputs/readout.h"
#include "predictor/inputs/row_order.h"
#include "predictor/kernels/parallel.h"

#include <string.h>

#define HIDDEN_BYTES ((size_t)896 << 10) /* of a second-level cache of 1 MiB */

uint32_t inference_rows(const struct nnformer_shape *shape)
{
    size_t rows = HIDDEN_BYTES / (real_padded(shape->options.feedforward) * sizeof(real));
    return rows < 16 ? 16 : rows > 1024 ? 1024 : (uint32_t)rows;
}

/* Of one thread, for a chunk of rows. */
struct scratch {
    real *hidden;          /* (chunk, f) in float32 */
    uint16_t *hidden_bf16; /* (chunk, f) */
    uint16_t *rounded;     /* (chunk, 3d) */
    real *encoding;        /* (chunk, features) of the attributes, where there are any */
};

struct run {
    const struct inference *n;
    struct row_order order;
    size_t rows, chunk;
    int threads;
    real *x, *normed;        /* (R, d) the residual stream; a norm of it, or what was attended to */
    real *wide;              /* (R, 3d) Q, K, V; then A Z, Z, A^T Z */
    struct scratch *scratch; /* (threads) */
};

/* Even chunks that the caches like. */
static size_t chunk_of(const struct inference *n, size_t rows)
{
    size_t chunks = rows / inference_rows(n->shape);
    return chunks < 2 ? rows : (rows + chunks - 1) / chunks;
}

static enum status scratch_allocate(const struct run *u, struct arena *arena, struct scratch *s)
{
    size_t d = u->n->d, f = u->n->f;
    *s = (struct scratch){0};
    if (u->n->in_gain) {
        s->encoding = arena_alloc(arena, u->chunk * u->n->attr.in * sizeof(real));
        if (!s->encoding) return SIBYL_E_MEM;
    }
    if (u->n->precision == PRECISION_FLOAT32) {
        s->hidden = arena_alloc(arena, u->chunk * f * sizeof(real));
        return s->hidden ? SIBYL_OK : SIBYL_E_MEM;
    }
    s->hidden_bf16 = arena_alloc(arena, u->chunk * f * sizeof(uint16_t));
    s->rounded = arena_alloc(arena, u->chunk * 3 * d * sizeof(uint16_t));
    return s->hidden_bf16 && s->rounded ? SIBYL_OK : SIBYL_E_MEM;
}

static enum status run_allocate(struct run *u, struct arena *arena)
{
    size_t d = u->n->d;
    u->x = arena_alloc(arena, u->rows * d * sizeof(real));
    u->normed = arena_alloc(arena, u->rows * d * sizeof(real));
    u->wide = arena_alloc(arena, u->rows * 3 * d * sizeof(real));
    u->scratch = arena_alloc(arena, (size_t)u->threads * sizeof(*u->scratch));
    enum status st = u->x && u->normed && u->wide && u->scratch ? SIBYL_OK : SIBYL_E_MEM;
    for (int t = 0; t < u->threads && !st; t++) st = scratch_allocate(u, arena, &u->scratch[t]);
    return st;
}

/* A stage of a block: rows by themselves, from rows that the stage before has finished. */
typedef void stage(const struct run *u, const struct inference_layer *l, const struct scratch *s,
                   size_t first, size_t end);

struct range {
    size_t first, end;
};

static void run_stage(const struct run *u, const struct inference_layer *l, stage *work,
                      struct range rows)
{
#pragma omp parallel for schedule(dynamic) num_threads(u->threads)
    for (size_t first = rows.first; first < rows.end; first += u->chunk) {
        size_t left = rows.end - first;
        work(u, l, &u->scratch[parallel_thread()], first,
             first + (left < u->chunk ? left : u->chunk));
    }
}

/* Rows among which all are that the readout looks at: those of one kind stand together. */
static struct range wanted_rows(const struct run *u)
{
    const struct batch *b = &u->order.batch;
    struct range wanted = {u->rows, 0};
    for (uint32_t g = 0; g < b->graphs; g++) {
        uint32_t first, end;
        real weight;
        readout_rows(b, u->n->shape->options.readout, g, &first, &end, &weight);
        for (uint32_t i = first; i < end; i++) {
            size_t row = u->order.place[i];
            wanted.first = row < wanted.first ? row : wanted.first;
            wanted.end = row + 1 > wanted.end ? row + 1 : wanted.end;
        }
    }
    return wanted;
}

/* What the first block sees, from the tables. */
static void first_rows(const struct run *u)
{
    size_t d = u->n->d;
    for (size_t i = 0; i < u->rows; i++) {
        size_t e = u->order.batch.embedding[i];
        memcpy(u->x + i * d, u->n->first_x + e * d, d * sizeof(real));
        memcpy(u->wide + i * 3 * d, u->n->first_qkv + e * 3 * d, 3 * d * sizeof(real));
    }
}

/* Q, K, V of a later block, or of one whose rows are no table's. */
static void make_qkv(const struct run *u, const struct inference_layer *l, const struct scratch *s,
                     size_t first, size_t end)
{
    size_t rows = end - first, d = u->n->d;
    real *normed = u->normed + first * d, *qkv = u->wide + first * 3 * d;
    inference_norm(u->n, rows, u->x + first * d, NULL, NULL, normed, d);
    struct operand in = inference_operand(u->n, normed, rows, d, s->rounded);
    inference_product(u->n, rows, &in, &l->qkv, &(struct target){.f32 = qkv, .stride = 3 * d});
}

/* What the first block sees, row by row. */
static void make_input(const struct run *u, const struct inference_layer *l,
                       const struct scratch *s, size_t first, size_t end)
{
    const struct inference *n = u->n;
    size_t rows = end - first, d = n->d;
    real *x = u->normed + first * d;
    for (size_t i = 0; i < rows; i++)
        memcpy(x + i * d, n->first_x + u->order.batch.embedding[first + i] * d, d * sizeof(real));
    batch_encode(&u->order.batch, &n->shape->options.attributes, first, end, s->encoding);
    struct operand in = {s->encoding, NULL, n->attr.in};
    inference_product(n, rows, &in, &n->attr, &(struct target){x, x, NULL, d, false});
    inference_norm(n, rows, x, n->in_gain, n->in_bias, u->x + first * d, d);
    make_qkv(u, l, s, first, end);
}

/* x += attention */
static void attend(const struct run *u, const struct inference_layer *l, const struct scratch *s,
                   size_t first, size_t end)
{
    size_t rows = end - first, d = u->n->d;
    real *x = u->x + first * d;
    struct attention a = {.batch = &u->order.batch,
                          .options = &u->n->shape->options,
                          .qkv = u->wide,
                          .out = u->normed};
    u->n->k->attention_forward(&a, first, end);
    struct operand in = inference_operand(u->n, u->normed + first * d, rows, d, s->rounded);
    inference_product(u->n, rows, &in, &l->proj, &(struct target){x, x, NULL, d, false});
}

/* Z, in the middle of `wide`. */
static void make_z(const struct run *u, const struct inference_layer *l, const struct scratch *s,
                   size_t first, size_t end)
{
    size_t d = u->n->d;
    (void)s;
    inference_norm(u->n, end - first, u->x + first * d, l->gain, l->bias,
                   u->wide + first * 3 * d + d, 3 * d);
}

static size_t clip(size_t x, size_t first, size_t end)
{
    return x < first ? first : x > end ? end : x;
}

/* A Z and A^T Z beside Z, in the rows that have such neighbours. */
static void sum_neighbours(const struct run *u, size_t first, size_t end)
{
    const struct row_order *o = &u->order;
    size_t d = u->n->d;
    struct graphconv sums = {.lists = &o->batch.successors,
                             .weights = o->batch.successor_weight,
                             .g = u->wide + d,
                             .stride = 3 * d,
                             .columns = d,
                             .out = u->wide,
                             .out_stride = 3 * d};
    u->n->k->graphconv(&sums, first, clip(o->forward_end, first, end));
    sums.lists = &o->batch.predecessors;
    sums.weights = o->batch.predecessor_weight;
    sums.out = u->wide + 2 * d;
    u->n->k->graphconv(&sums, clip(o->backward_first, first, end),
                       clip(o->backward_end, first, end));
}

/* The hidden layer of rows first .. end-1 from their [A Z, Z, A^T Z]. */
static void hidden(const struct run *u, const struct operand *wide, const struct matrix *m,
                   const struct target *y, size_t first, size_t end)
{
    const struct inference *n = u->n;
    const struct row_order *o = &u->order;
    size_t d = n->d, half = m->count / 2, rows = end - first;
    size_t forward_end = clip(o->forward_end, first, end) - first;
    size_t backward_first = clip(o->backward_first, first, end) - first;
    size_t backward_end = clip(o->backward_end, first, end) - first;
    struct part forward = {0, 0, 2 * d, 0, half}, forward_alone = {d, d, d, 0, half};
    inference_product_part(n, wide, m, y, &forward, 0, forward_end);
    inference_product_part(n, wide, m, y, &forward_alone, forward_end, rows);
    struct part backward = {d, 0, 2 * d, half, half}, backward_alone = {d, 0, d, half, half};
    inference_product_part(n, wide, m, y, &backward_alone, 0, backward_first);
    inference_product_part(n, wide, m, y, &backward, backward_first, backward_end);
    inference_product_part(n, wide, m, y, &backward_alone, backward_end, rows);
}

/* x += feed-forward */
static void feed(const struct run *u, const struct inference_layer *l, const struct scratch *s,
                 size_t first, size_t end)
{
    size_t rows = end - first, d = u->n->d, f = u->n->f;
    real *x = u->x + first * d;
    sum_neighbours(u, first, end);
    struct operand wide = inference_operand(u->n, u->wide + first * 3 * d, rows, 3 * d, s->rounded);
    struct target to = {NULL, s->hidden, s->hidden_bf16, f, true};
    hidden(u, &wide, &l->hidden, &to, first, end);
    struct operand in = {s->hidden, s->hidden_bf16, f};
    inference_product(u->n, rows, &in, &l->w2, &(struct target){x, x, NULL, d, false});
}

/* z (width): the pooled embedding of graph g. */
static void pool(const struct run *u, uint32_t g, real *z)
{
    const struct predictor_options *options = &u->n->shape->options;
    const struct batch *b = &u->order.batch;
    uint32_t first, end;
    real weight, nodes = 0;
    readout_rows(b, options->readout, g, &first, &end, &weight);
    memset(z, 0, options->width * sizeof(*z));
    for (uint32_t i = first; i < end; i++) {
        uint32_t row = u->order.place[i];
        real copies = b->copies ? b->copies[row] : 1;
        nodes += copies;
        for (size_t c = 0; c < options->width; c++) z[c] += copies * u->normed[row * u->n->d + c];
    }
    if (options->readout == READOUT_MEAN) weight = 1 / nodes;
    for (size_t c = 0; c < options->width; c++) z[c] *= weight;
}

static void readout(const struct run *u, real *out)
{
    const struct inference *n = u->n;
    const struct predictor_options *options = &n->shape->options;
    const struct batch *b = &u->order.batch;
    inference_norm(n, u->rows, u->x, n->out_gain, n->out_bias, u->normed, n->d);
    for (uint32_t g = 0; g < b->graphs; g++) {
        uint32_t first, end;
        real weight;
        double sum = 0, nodes = 0; /* a large graph has many addends */
        readout_rows(b, options->readout, g, &first, &end, &weight);
        for (uint32_t i = first; i < end; i++) {
            uint32_t row = u->order.place[i];
            real copies = b->copies ? b->copies[row] : 1, value = 0;
            for (size_t c = 0; c < options->width; c++)
                value += u->normed[row * n->d + c] * n->head_w[c];
            sum += (double)copies * (double)value;
            nodes += (double)copies;
        }
        double scale = options->readout == READOUT_MEAN ? 1 / nodes : (double)weight;
        out[g] = (real)((double)n->head_b + scale * sum);
    }
}

enum status inference_run(const struct inference *n, const struct batch *b, struct arena *arena,
                          int threads, real *out, real *pooled)
{
    struct run u = {.n = n, .rows = b->rows, .threads = threads < 1 ? 1 : threads};
    u.chunk = chunk_of(n, u.rows);
    enum status st = batch_check(b, nnformer_embeddings(n->shape));
    if (!st) st = row_order_make(&u.order, arena, b);
    if (!st) st = run_allocate(&u, arena);
    if (st) return st;
    struct range all = {0, u.rows};
    if (n->in_gain)
        run_stage(&u, &n->layer[0], make_input, all);
    else
        first_rows(&u);
    for (uint32_t i = 0; i < n->shape->options.layers; i++) {
        const struct inference_layer *l = &n->layer[i];
        bool last = i + 1 == n->shape->options.layers;
        if (i > 0) run_stage(&u, l, make_qkv, all);
        run_stage(&u, l, attend, all);
        run_stage(&u, l, make_z, all);
        run_stage(&u, l, feed, last ? wanted_rows(&u) : all);
    }
    readout(&u, out);
    for (uint32_t g = 0; pooled && g < b->graphs; g++)
        pool(&u, g, pooled + g * (size_t)n->shape->options.width);
    return SIBYL_OK;
}
