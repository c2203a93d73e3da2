#include "predictor/inference.h"

#include "base/arena.h"
#include "predictor/packed.h"
#include "predictor/parallel.h"
#include "predictor/readout.h"
#include "predictor/row_order.h"

#include <stdlib.h>
#include <string.h>

#define HIDDEN_BYTES ((size_t)896 << 10) /* of a second-level cache of 1 MiB */

struct inference_layer {
    struct matrix qkv, proj, hidden, w2;
    real *gain, *bias; /* (width) of the feed-forward's norm */
};

struct inference {
    const struct nnformer_shape *shape;
    const struct kernels *k;
    enum precision precision;
    struct arena arena;
    struct inference_layer layer[PREDICTOR_LAYERS_MAX];
    real *first_x, *first_qkv; /* (embeddings, d) and (embeddings, 3d): the first block's input */
    struct matrix attr; /* with attributes, when first_x is the embedding table, first_qkv NULL */
    real *in_gain, *in_bias;            /* (width) with attributes */
    real *out_gain, *out_bias, *head_w; /* (width) */
    real head_b;
    size_t d, f; /* padded */
};

bool inference_has_bf16(void)
{
    return kernels_level(0)->product_bf16 != NULL;
}

uint32_t inference_rows(const struct nnformer_shape *shape)
{
    size_t rows = HIDDEN_BYTES / (real_padded(shape->options.feedforward) * sizeof(real));
    return rows < 16 ? 16 : rows > 1024 ? 1024 : (uint32_t)rows;
}

static void norm(const struct inference *n, size_t rows, const real *x, const real *gain,
                 const real *bias, real *y, size_t y_stride)
{
    struct norm p = {.width = n->shape->options.width,
                     .x = x,
                     .gain = gain,
                     .bias = bias,
                     .y = y,
                     .y_stride = y_stride};
    n->k->norm_forward(&p, 0, rows);
}

/* ---- products ---- */

/* A product's rows: in float32, and in bfloat16 where that is wanted. */
struct operand {
    const real *f32;
    const uint16_t *bf16;
    size_t stride;
};

/* Where it goes. `bf16`, if not NULL, instead of `f32`. */
struct target {
    const real *residual; /* or NULL */
    real *f32;
    uint16_t *bf16;
    size_t stride;
    bool relu;
};

/* Part of a product: columns column .. column+k-1 of the operand, rows row .. row+k-1 of the
 * matrix, and `count` of its panels from `panel` on, into the target's columns of the same panels.
 */
struct part {
    size_t column, row, k, panel, count;
};

static void product_part(const struct inference *n, const struct operand *x, const struct matrix *m,
                         const struct target *y, const struct part *part, size_t first, size_t end)
{
    size_t step = m->in * REAL_LANES, to = part->panel * REAL_LANES;
    size_t at = part->panel * step + part->row * REAL_LANES;
    struct product p = {.x_stride = x->stride,
                        .k = part->k,
                        .panel_step = step,
                        .count = part->count,
                        .bias = m->bias ? m->bias + to : NULL,
                        .residual = y->residual ? y->residual + to : NULL,
                        .y_stride = y->stride,
                        .relu = y->relu};
    if (!y->bf16) p.y = y->f32 + to;
    if (m->bf16) {
        struct product_bf16 q = {p, x->bf16 + part->column, m->bf16 + at,
                                 y->bf16 ? y->bf16 + to : NULL};
        n->k->product_bf16(&q, first, end);
    } else {
        p.x = x->f32 + part->column;
        p.panels = m->panels + at;
        n->k->product(&p, first, end);
    }
}

static void product(const struct inference *n, size_t rows, const struct operand *x,
                    const struct matrix *m, const struct target *y)
{
    product_part(n, x, m, y, &(struct part){.k = m->in, .count = m->count}, 0, rows);
}

/* x (rows, columns) in float32 as an operand; `rounded` has room for it in bfloat16. */
static struct operand operand(const struct inference *n, const real *x, size_t rows, size_t columns,
                              uint16_t *rounded)
{
    if (n->precision == PRECISION_BF16) n->k->round_bf16(x, rows * columns, rounded);
    return (struct operand){x, rounded, columns};
}

/* ---- packing ---- */

static enum status copy(struct inference *n, real **out, const real *from)
{
    size_t bytes = n->shape->options.width * sizeof(real);
    *out = arena_alloc(&n->arena, bytes);
    if (!*out) return SIBYL_E_MEM;
    memcpy(*out, from, bytes);
    return SIBYL_OK;
}

/* The attention's norm is folded into the matrix behind it. */
static enum status pack_layer(struct inference *n, struct inference_layer *l, struct packer *p,
                              const struct nnformer_layer_view *v)
{
    struct layer_sides s = layer_sides(&n->shape->options);
    enum status st = pack_forward(&l->qkv, p, v->qkv, s.qkv, s.width, v->a_gain);
    if (!st) st = pack_bias(&l->qkv, p, v->qkv, s.qkv, s.width.length, v->a_bias);
    if (!st) st = pack_forward(&l->proj, p, v->proj, s.width, s.width, NULL);
    if (!st) st = pack_hidden(&l->hidden, p, v->w1g, &n->shape->options);
    if (!st) st = pack_forward(&l->w2, p, v->w2, s.width, s.hidden, NULL);
    if (!st) st = copy(n, &l->gain, v->f_gain);
    if (!st) st = copy(n, &l->bias, v->f_bias);
    return st;
}

/* What the first block sees depends on a row's embedding alone. */
static enum status make_tables(struct inference *n, struct arena *scratch,
                               const struct nnformer_view *v)
{
    size_t rows = nnformer_embeddings(n->shape), width = n->shape->options.width, d = n->d;
    real *x = arena_calloc(scratch, rows * d, sizeof(real));
    uint16_t *rounded = arena_alloc(scratch, rows * d * sizeof(*rounded));
    n->first_x = arena_alloc(&n->arena, rows * d * sizeof(real));
    n->first_qkv = arena_alloc(&n->arena, rows * 3 * d * sizeof(real));
    if (!x || !rounded || !n->first_x || !n->first_qkv) return SIBYL_E_MEM;
    for (size_t i = 0; i < rows; i++)
        memcpy(x + i * d, v->op_embed + i * width, width * sizeof(real));
    norm(n, rows, x, v->in_gain, v->in_bias, n->first_x, d);
    norm(n, rows, n->first_x, NULL, NULL, x, d);
    struct operand in = operand(n, x, rows, d, rounded);
    product(n, rows, &in, &n->layer[0].qkv, &(struct target){.f32 = n->first_qkv, .stride = 3 * d});
    return SIBYL_OK;
}

/* With attributes it is made row by row, from the embedding table and W_attr. */
static enum status pack_input(struct inference *n, const struct nnformer_view *v)
{
    size_t rows = nnformer_embeddings(n->shape), width = n->shape->options.width;
    struct side out = {1, width}, in = {1, attributes_columns(&n->shape->options.attributes)};
    struct packer p;
    packer_init(&p, &n->arena, n->k, PRECISION_FLOAT32);
    enum status st = pack_forward(&n->attr, &p, v->attr, out, in, NULL);
    packer_release(&p);
    if (!st) st = copy(n, &n->in_gain, v->in_gain);
    if (!st) st = copy(n, &n->in_bias, v->in_bias);
    n->first_x = arena_calloc(&n->arena, rows * n->d, sizeof(real));
    if (!st && !n->first_x) st = SIBYL_E_MEM;
    for (size_t i = 0; i < rows && !st; i++)
        memcpy(n->first_x + i * n->d, v->op_embed + i * width, width * sizeof(real));
    return st;
}

static enum status pack_all(struct inference *n, const struct nnformer_view *v)
{
    struct packer p;
    packer_init(&p, &n->arena, n->k, n->precision);
    enum status st = copy(n, &n->out_gain, v->out_gain);
    if (!st) st = copy(n, &n->out_bias, v->out_bias);
    if (!st) st = copy(n, &n->head_w, v->head_w);
    for (uint32_t l = 0; l < n->shape->options.layers && !st; l++)
        st = pack_layer(n, &n->layer[l], &p, &v->layer[l]);
    if (!st) st = v->attr ? pack_input(n, v) : make_tables(n, &p.scratch, v);
    packer_release(&p);
    return st;
}

enum status inference_new(struct inference **out, const struct nnformer_shape *shape,
                          const real *weights, enum precision precision)
{
    struct nnformer_view v;
    if (precision == PRECISION_BF16 && !inference_has_bf16())
        return err_set(SIBYL_E_USAGE, "this CPU has no instructions for bfloat16");
    struct inference *n = calloc(1, sizeof(*n));
    if (!n) return err_memory("a network");
    arena_init(&n->arena);
    n->shape = shape;
    n->k = kernels_level(0);
    n->precision = precision;
    n->d = real_padded(shape->options.width);
    n->f = side_padded(layer_sides(&shape->options).hidden);
    nnformer_view(&v, shape, (real *)weights); /* only read */
    n->head_b = v.head_b[0];
    enum status st = pack_all(n, &v);
    if (st)
        inference_free(n);
    else
        *out = n;
    return st;
}

void inference_free(struct inference *n)
{
    if (!n) return;
    arena_release(&n->arena);
    free(n);
}

/* ---- running ---- */

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
    norm(u->n, rows, u->x + first * d, NULL, NULL, normed, d);
    struct operand in = operand(u->n, normed, rows, d, s->rounded);
    product(u->n, rows, &in, &l->qkv, &(struct target){.f32 = qkv, .stride = 3 * d});
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
    product(n, rows, &in, &n->attr, &(struct target){x, x, NULL, d, false});
    norm(n, rows, x, n->in_gain, n->in_bias, u->x + first * d, d);
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
    struct operand in = operand(u->n, u->normed + first * d, rows, d, s->rounded);
    product(u->n, rows, &in, &l->proj, &(struct target){x, x, NULL, d, false});
}

/* Z, in the middle of `wide`. */
static void make_z(const struct run *u, const struct inference_layer *l, const struct scratch *s,
                   size_t first, size_t end)
{
    size_t d = u->n->d;
    (void)s;
    norm(u->n, end - first, u->x + first * d, l->gain, l->bias, u->wide + first * 3 * d + d, 3 * d);
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
    product_part(n, wide, m, y, &forward, 0, forward_end);
    product_part(n, wide, m, y, &forward_alone, forward_end, rows);
    struct part backward = {d, 0, 2 * d, half, half}, backward_alone = {d, 0, d, half, half};
    product_part(n, wide, m, y, &backward_alone, 0, backward_first);
    product_part(n, wide, m, y, &backward, backward_first, backward_end);
    product_part(n, wide, m, y, &backward_alone, backward_end, rows);
}

/* x += feed-forward */
static void feed(const struct run *u, const struct inference_layer *l, const struct scratch *s,
                 size_t first, size_t end)
{
    size_t rows = end - first, d = u->n->d, f = u->n->f;
    real *x = u->x + first * d;
    sum_neighbours(u, first, end);
    struct operand wide = operand(u->n, u->wide + first * 3 * d, rows, 3 * d, s->rounded);
    struct target to = {NULL, s->hidden, s->hidden_bf16, f, true};
    hidden(u, &wide, &l->hidden, &to, first, end);
    struct operand in = {s->hidden, s->hidden_bf16, f};
    product(u->n, rows, &in, &l->w2, &(struct target){x, x, NULL, d, false});
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
    norm(n, u->rows, u->x, n->out_gain, n->out_bias, u->normed, n->d);
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
