/* Every level of the kernels that this CPU has, against plain sums in double; and levels with fused
 * multiply-add (AVX2, AVX-512) give the same bits. */
#include "tests/random_graph.h"
#include "tests/unit/unit.h"

#include "base/fixed_point.h"
#include "predictor/kernels/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 40
#define NUMBERS_MAX 32768
#define VOCABULARY 5

struct numbers {
    real x[NUMBERS_MAX], y[NUMBERS_MAX], z[NUMBERS_MAX];
};

static void fill(struct rng *r, real *x, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] = (real)rng_normal(r);
}

static bool fused(const struct kernels *k)
{
    return strcmp(k->level, "base") != 0;
}

/* Level 0's result is kept; the others that fuse must repeat it. */
static void check_same(const struct kernels *k, const void *first, const void *now, size_t bytes)
{
    if (fused(k)) CU_ASSERT_EQUAL(memcmp(first, now, bytes), 0);
}

static void check_product(struct rng *r, size_t rows, size_t in, size_t panels)
{
    static struct numbers n;
    static real bias[ROWS_MAX * REAL_LANES], first[NUMBERS_MAX];
    size_t out = panels * REAL_LANES;
    fill(r, n.x, rows * in);
    fill(r, n.y, in * out);
    fill(r, bias, out);
    fill(r, n.z, rows * out);
    for (size_t i = 0; kernels_level(i); i++) {
        static real y[NUMBERS_MAX];
        struct product p = {n.x, in, in, n.y, in * REAL_LANES, panels, bias, n.z, y, out, false};
        kernels_level(i)->product(&p, 0, rows);
        for (size_t row = 0; row < rows; row++)
            for (size_t c = 0; c < out; c++) {
                const real *b = n.y + c / REAL_LANES * in * REAL_LANES + c % REAL_LANES;
                double sum = bias[c] + n.z[row * out + c];
                for (size_t k = 0; k < in; k++)
                    sum += (double)n.x[row * in + k] * b[k * REAL_LANES];
                CU_ASSERT_DOUBLE_EQUAL(y[row * out + c], sum, 2e-5);
            }
        if (i == 0) memcpy(first, y, sizeof(first));
        check_same(kernels_level(i), first, y, rows * out * sizeof(real));
    }
}

static void test_product(void)
{
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 11);
    for (size_t rows = 1; rows <= 40; rows++) check_product(&r, rows, 5 + rows, 1 + rows % 5);
}

/* relu, and no bias or residual */
static void test_product_relu(void)
{
    enum { ROWS = 25, IN = 7, PANELS = 3, OUT = PANELS * REAL_LANES };
    static struct numbers n;
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 19);
    fill(&r, n.x, ROWS * IN);
    fill(&r, n.y, IN * OUT);
    for (size_t i = 0; kernels_level(i); i++) {
        struct product p = {.x = n.x, .x_stride = IN, .k = IN, .panels = n.y, .relu = true};
        p.panel_step = IN * REAL_LANES;
        p.count = PANELS;
        p.y = n.z;
        p.y_stride = OUT;
        kernels_level(i)->product(&p, 0, ROWS);
        for (size_t row = 0; row < ROWS; row++)
            for (size_t c = 0; c < OUT; c++) {
                double sum = 0;
                for (size_t k = 0; k < IN; k++)
                    sum += (double)n.x[row * IN + k] *
                           n.y[(c / REAL_LANES * IN + k) * REAL_LANES + c % REAL_LANES];
                CU_ASSERT_DOUBLE_EQUAL(n.z[row * OUT + c], fmax(sum, 0), 2e-5);
            }
    }
}

static void test_panel(void)
{
    enum { COLUMNS = 37, STRIDE = 41 };
    static struct numbers n;
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 21);
    fill(&r, n.x, REAL_LANES * STRIDE);
    for (size_t i = 0; kernels_level(i); i++) {
        unsigned wrong = 0;
        memset(n.y, 0, sizeof(n.y));
        kernels_level(i)->panel(n.x, STRIDE, COLUMNS, n.y);
        for (size_t c = 0; c < COLUMNS; c++)
            for (size_t l = 0; l < REAL_LANES; l++)
                wrong += n.y[c * REAL_LANES + l] != n.x[l * STRIDE + c];
        wrong += n.y[COLUMNS * REAL_LANES] != 0;
        CU_ASSERT_EQUAL(wrong, 0);
    }
}

static double bf16_value(uint16_t x)
{
    uint32_t bits = (uint32_t)x << 16;
    float value;
    memcpy(&value, &bits, sizeof(value));
    return (double)value;
}

/* Rounding goes to the nearest; products of what was rounded are good to float32. */
static void check_product_bf16(const struct kernels *k, struct rng *r, size_t rows, size_t in,
                               size_t panels)
{
    static struct numbers n;
    static uint16_t x[NUMBERS_MAX], b[NUMBERS_MAX], y16[NUMBERS_MAX];
    size_t out = panels * REAL_LANES;
    fill(r, n.x, rows * in);
    fill(r, n.y, in * out);
    fill(r, n.z, rows * out);
    k->round_bf16(n.x, rows * in, x);
    k->round_bf16(n.y, in * out, b);
    for (size_t i = 0; i < rows * in; i++)
        CU_ASSERT(fabs(bf16_value(x[i]) - (double)n.x[i]) <= fabs((double)n.x[i]) / 256);
    static real y[NUMBERS_MAX];
    struct product p = {.x_stride = in, .k = in, .panel_step = in * REAL_LANES, .count = panels};
    p.residual = n.z;
    p.y = y;
    p.y_stride = out;
    struct product_bf16 q = {p, x, b, NULL};
    k->product_bf16(&q, 0, rows);
    q.f32.relu = true;
    q.f32.y = NULL;
    q.y = y16;
    k->product_bf16(&q, 0, rows);
    for (size_t row = 0; row < rows; row++)
        for (size_t c = 0; c < out; c++) {
            double sum = (double)n.z[row * out + c];
            for (size_t i = 0; i < in; i++) {
                size_t lane = c % REAL_LANES, panel = c / REAL_LANES * in * REAL_LANES;
                double w = bf16_value(b[panel + i / 2 * 2 * REAL_LANES + 2 * lane + i % 2]);
                sum += bf16_value(x[row * in + i]) * w;
            }
            CU_ASSERT_DOUBLE_EQUAL(y[row * out + c], sum, 3e-5);
            CU_ASSERT_DOUBLE_EQUAL(bf16_value(y16[row * out + c]), fmax(sum, 0),
                                   fabs(sum) / 256 + 3e-5);
        }
}

static void test_product_bf16(void)
{
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 20);
    for (size_t i = 0; kernels_level(i); i++) {
        const struct kernels *k = kernels_level(i);
        CU_ASSERT_EQUAL(k->product_bf16 != NULL, k->round_bf16 != NULL);
        if (!k->product_bf16) continue;
        for (size_t rows = 1; rows <= 40; rows++)
            check_product_bf16(k, &r, rows, 16 * (1 + rows % 3), 1 + rows % 5);
    }
}

static void check_gradient(struct rng *r, size_t rows, size_t out, size_t in)
{
    static struct numbers n;
    static int64_t first[NUMBERS_MAX];
    size_t x_stride = real_padded(in), dy_stride = real_padded(out);
    const uint32_t shards[] = {0, 0, (uint32_t)rows / 3, (uint32_t)rows / 3, (uint32_t)rows};
    fill(r, n.x, rows * x_stride);
    fill(r, n.y, rows * dy_stride);
    for (size_t i = 0; kernels_level(i); i++) {
        int64_t *sum = malloc(out * in * sizeof(*sum));
        CU_ASSERT_FATAL(sum != NULL);
        memset(sum, 0x5a, out * in * sizeof(*sum)); /* all of it is to be overwritten */
        static real copy[ROWS_MAX * WEIGHT_GRADIENT_COLUMNS];
        struct weight_gradient w = {
            n.y, n.x, dy_stride, x_stride, out, in, shards, 4, sum, in, rows % 2 ? copy : NULL};
        CU_ASSERT(kernels_level(i)->weight_gradient(&w, 0, out));
        for (size_t o = 0; o < out; o++)
            for (size_t c = 0; c < in; c++) {
                double exact = 0;
                for (size_t k = 0; k < rows; k++)
                    exact += (double)n.y[k * dy_stride + o] * n.x[k * x_stride + c];
                CU_ASSERT_DOUBLE_EQUAL(fixed_value(sum[o * in + c]), exact, 2e-5);
            }
        if (i == 0) memcpy(first, sum, out * in * sizeof(*sum));
        check_same(kernels_level(i), first, sum, out * in * sizeof(*sum));
        real kept = n.y[0];
        n.y[0] = NAN;
        CU_ASSERT_FALSE(kernels_level(i)->weight_gradient(&w, 0, out));
        n.y[0] = (real)1e30;
        CU_ASSERT_FALSE(kernels_level(i)->weight_gradient(&w, 0, out));
        n.y[0] = kept;
        free(sum);
    }
}

/* Of bfloat16 pairs: an odd number of rows, and a first shard without any. */
static void check_gradient_bf16(const struct kernels *k, struct rng *r, size_t rows, size_t out,
                                size_t in)
{
    static struct numbers n;
    static uint16_t dy[2 * NUMBERS_MAX], x[2 * NUMBERS_MAX];
    size_t x_stride = real_padded(in), dy_stride = real_padded(out);
    const uint32_t pairs[] = {0, 0, (uint32_t)(rows + 1) / 2};
    int64_t *sum = malloc(out * in * sizeof(*sum));
    CU_ASSERT_FATAL(sum != NULL);
    memset(sum, 0x5a, out * in * sizeof(*sum));
    fill(r, n.x, rows * x_stride);
    fill(r, n.y, rows * dy_stride);
    k->pair_bf16(&(struct pair_bf16){n.x, x_stride, rows, x_stride, x}, 0, pairs[2]);
    k->pair_bf16(&(struct pair_bf16){n.y, dy_stride, rows, dy_stride, dy}, 0, pairs[2]);
    struct weight_gradient_bf16 w = {dy, x, dy_stride, x_stride, out, in, pairs, 2, sum, in};
    CU_ASSERT(k->weight_gradient_bf16(&w, 0, out));
    for (size_t o = 0; o < out; o++)
        for (size_t c = 0; c < in; c++) {
            double exact = 0;
            for (size_t i = 0; i < rows; i++)
                exact += bf16_value(dy[2 * (i / 2 * dy_stride + o) + i % 2]) *
                         bf16_value(x[2 * (i / 2 * x_stride + c) + i % 2]);
            CU_ASSERT_DOUBLE_EQUAL(fixed_value(sum[o * in + c]), exact, 2e-5);
        }
    free(sum);
}

static void test_weight_gradient_bf16(void)
{
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 21);
    for (size_t i = 0; kernels_level(i); i++) {
        if (!kernels_level(i)->weight_gradient_bf16) continue;
        check_gradient_bf16(kernels_level(i), &r, 31, 29, 40);
        check_gradient_bf16(kernels_level(i), &r, 8, 12, 32);
    }
}

static void test_fixed_add(void)
{
    enum { N = 37 };
    real x[N];
    int64_t sum[N], wanted[N];
    for (size_t i = 0; kernels_level(i); i++)
        for (int fresh = 1; fresh >= 0; fresh--) {
            for (int c = 0; c < N; c++) {
                x[c] = (real)(c - 18) / 7;
                sum[c] = 1000 * c;
                wanted[c] = fresh ? 0 : sum[c];
                CU_ASSERT(fixed_add(&wanted[c], (double)x[c]));
            }
            CU_ASSERT(kernels_level(i)->fixed_add(x, N, fresh, sum));
            CU_ASSERT_EQUAL(memcmp(sum, wanted, sizeof(sum)), 0);
        }
}

static void test_weight_gradient(void)
{
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 12);
    check_gradient(&r, 30, 29, 40);
    check_gradient(&r, 7, 12, 32);
    check_gradient(&r, 40, 3, 9);
}

static void test_norm(void)
{
    static struct numbers n;
    static real first[NUMBERS_MAX], y[NUMBERS_MAX];
    enum { ROWS = 9, WIDTH = 41 };
    size_t stride = real_padded(WIDTH);
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 13);
    memset(&n, 0, sizeof(n));
    fill(&r, n.y, WIDTH);
    fill(&r, n.z, WIDTH);
    for (size_t row = 0; row < ROWS; row++) fill(&r, n.x + row * stride, WIDTH);
    for (size_t i = 0; kernels_level(i); i++) {
        struct norm p = {.width = WIDTH, .x = n.x, .gain = n.y, .bias = n.z, .y = y};
        kernels_level(i)->norm_forward(&p, 0, ROWS);
        for (size_t row = 0; row < ROWS; row++) {
            const real *x = n.x + row * stride;
            double mean = 0, squares = 0;
            for (size_t c = 0; c < WIDTH; c++) mean += x[c] / (double)WIDTH;
            for (size_t c = 0; c < WIDTH; c++) squares += (x[c] - mean) * (x[c] - mean);
            for (size_t c = 0; c < WIDTH; c++) {
                double wanted = (x[c] - mean) / sqrt(squares / WIDTH + 1e-5) * n.y[c] + n.z[c];
                CU_ASSERT_DOUBLE_EQUAL(y[row * stride + c], wanted, 2e-5);
            }
            for (size_t c = WIDTH; c < stride; c++) CU_ASSERT_EQUAL(y[row * stride + c], 0);
        }
        if (i == 0) memcpy(first, y, sizeof(first));
        check_same(kernels_level(i), first, y, ROWS * stride * sizeof(real));
    }
}

/* An input, a fan of nodes, an output: long lists that are shared. */
static void fan(struct graph *out, struct arena *arena, uint32_t nodes)
{
    uint16_t ops[256] = {0};
    struct graph_edge edges[512];
    uint32_t count = 0;
    for (uint32_t i = 1; i + 1 < nodes; i++) {
        edges[count++] = (struct graph_edge){0, i, 1};
        edges[count++] = (struct graph_edge){i, nodes - 1, 1};
    }
    CHECK_OK(graph_make(out, arena, ops, nodes, edges, count, VOCABULARY));
}

/* Attention over random graphs, one of them with lists longer than a vector, and over a fan with
 * lists longer than a block; with probabilities kept, and without. */
static void test_attention(void)
{
    static struct numbers n;
    static real first[2][NUMBERS_MAX], out[NUMBERS_MAX];
    struct predictor_options o;
    struct graph graphs[3];
    struct arena arena;
    struct batch b;
    struct rng r;
    predictor_options_default(&o);
    o.width = 24;
    o.heads[1] = TOPOLOGY_GLOBAL;
    arena_init(&arena);
    rng_init(&r, 1, RNG_TEST, 14);
    CHECK_OK(random_graph(&graphs[0], &arena, &r, 7, 0.4, VOCABULARY));
    CHECK_OK(random_graph(&graphs[1], &arena, &r, 30, 0.1, VOCABULARY));
    fan(&graphs[2], &arena, 150);
    CHECK_OK(batch_pack(&b, &arena, graphs, NULL, 3, &o));
    CU_ASSERT(b.topology[TOPOLOGY_SIBLING_PARENT].stored < 1000);
    size_t part = real_padded(o.width), h = o.width / o.head_count;
    fill(&r, n.x, b.rows * 3 * part);
    real *kept = malloc(attention_entries(&b, &o) * sizeof(*kept));
    for (size_t i = 0; kernels_level(i / 2); i++) {
        struct attention a = {.batch = &b,
                              .options = &o,
                              .qkv = n.x,
                              .probabilities = i % 2 ? NULL : kept,
                              .out = out};
        kernels_level(i / 2)->attention_forward(&a, 0, b.rows);
        for (uint32_t row = 0; row < b.rows; row++)
            for (size_t c = 0; c < o.width; c++) {
                const struct row_lists *l = &b.topology[o.heads[c / h]];
                double total = 0, sum = 0;
                for (uint32_t e = l->start[row]; e < l->end[row]; e++) {
                    const real *q = n.x + row * 3 * part, *k = n.x + l->row[e] * 3 * part + part;
                    double s = 0;
                    for (size_t d = c / h * h; d < c / h * h + h; d++) s += (double)q[d] * k[d];
                    double p = exp(s / sqrt((double)h));
                    total += p;
                    sum += p * k[part + c];
                }
                CU_ASSERT_DOUBLE_EQUAL(out[row * part + c], sum / total, 2e-5);
            }
        if (i < 2) memcpy(first[i], out, sizeof(out));
        check_same(kernels_level(i / 2), first[i % 2], out, b.rows * part * sizeof(real));
    }
    free(kept);
    arena_release(&arena);
}

int main(void)
{
    CU_TestInfo tests[] = {{"product", test_product},
                           {"product with relu", test_product_relu},
                           {"product in bfloat16", test_product_bf16},
                           {"panel of a matrix", test_panel},
                           {"gradient of weights", test_weight_gradient},
                           {"gradient of weights in bfloat16", test_weight_gradient_bf16},
                           {"fixed-point sums", test_fixed_add},
                           {"layer norm", test_norm},
                           {"attention", test_attention},
                           CU_TEST_INFO_NULL};
    return unit_run("kernels", tests);
}
