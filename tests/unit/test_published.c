/* The published NN-Former's own numbers (NNFORMER.md, section 5): with tokens and class-token
 * readout our model gives its predictions, loss and gradients. Reads ../shared/reference beside the
 * project; skipped where that is absent. */
#include "tests/unit/unit.h"

#include "base/file.h"
#include "predictor/model/nnformer.h"
#include "tests/gradient.h"
#include "proto/import/import.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SKIPPED 77
#define OPERATIONS 32
#define GRAPHS_MAX 64
#define TOLERANCE 1e-4

struct reference {
    json_t *root;
    const float *raw; /* their weights, in their order */
    char *bytes;
    struct arena arena;
    struct nnformer_shape shape;
    float *weights; /* the same in our order */
    struct graph graphs[GRAPHS_MAX];
    double out[GRAPHS_MAX];
    uint32_t count;
    char table[1024]; /* path of the benchmark */
};

static struct reference ref; /* CUnit passes nothing to a test */

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static double item(const json_t *list, size_t i)
{
    return json_number_value(json_array_get(list, i));
}

/* Our tensor -> the published name of the tensor it is; "" for the embedding, which is three of
 * theirs. */
static void published_name(const struct nnformer_tensor *t, char *out, size_t bytes)
{
    static const char *const names[][2] = {
        {"ln_in.g", "norm.weight"},
        {"ln_in.b", "norm.bias"},
        {"ln_out.g", "encoder.norm.weight"},
        {"ln_out.b", "encoder.norm.bias"},
        {"head.w", "head.layer.weight"},
        {"head.b", "head.layer.bias"},
        {"ln_a.g", "self_attn.norm.weight"},
        {"ln_a.b", "self_attn.norm.bias"},
        {"qkv", "self_attn.attn.qkv.weight"},
        {"proj", "self_attn.attn.proj.weight"},
        {"ln_f.g", "feed_forward.norm.weight"},
        {"ln_f.b", "feed_forward.norm.bias"},
        {"w1", "feed_forward.mlp.fc1.weight"},
        {"wg", "feed_forward.mlp.gcn.weight"},
        {"w2", "feed_forward.mlp.fc2.weight"},
    };
    const char *name = t->name;
    char *rest;
    unsigned long layer = strtoul(name, &rest, 10);
    bool in_layer = rest != name && *rest == '.';
    if (in_layer) name = rest + 1;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i][0], name) != 0) continue;
        if (in_layer)
            snprintf(out, bytes, "encoder.layers.%lu.%s", layer, names[i][1]);
        else
            snprintf(out, bytes, "%s", names[i][1]);
    }
}

static const float *published_tensor(const char *name)
{
    size_t i;
    const json_t *p;
    json_array_foreach(json_object_get(ref.root, "params"), i, p)
    {
        if (strcmp(json_string_value(json_object_get(p, "name")), name) == 0)
            return ref.raw + (size_t)number(p, "offset_floats");
    }
    CU_FAIL_FATAL("a published tensor is missing");
    return NULL;
}

static void convert_weights(void)
{
    size_t d = ref.shape.options.width;
    ref.weights = malloc(nnformer_parameters(&ref.shape) * sizeof(float));
    const float *ops = published_tensor("op_embed.weight"),
                *depths = published_tensor("depth_embed.weight");
    memcpy(ref.weights, published_tensor("cls_token"), d * sizeof(float));
    for (size_t c = 0; c < d; c++) { /* theirs are (width, 32), ours one row an entry */
        for (size_t k = 0; k < PREDICTOR_DEPTHS; k++)
            ref.weights[(1 + k) * d + c] = depths[c * PREDICTOR_DEPTHS + k];
        for (size_t k = 0; k < OPERATIONS; k++)
            ref.weights[(PREDICTOR_TOKEN_ROWS + k) * d + c] = ops[c * OPERATIONS + k];
    }
    for (size_t i = 1; i < nnformer_tensors(&ref.shape); i++) {
        struct nnformer_tensor t;
        char name[128];
        nnformer_tensor(&ref.shape, i, &t);
        published_name(&t, name, sizeof(name));
        memcpy(ref.weights + t.offset, published_tensor(name), t.rows * t.columns * sizeof(float));
    }
}

static void read_graphs(void)
{
    size_t i, from, to;
    const json_t *g, *row, *cell;
    json_array_foreach(json_object_get(ref.root, "outputs"), i, g)
    {
        const json_t *ops = json_object_get(g, "ops");
        uint16_t op[64];
        struct graph_edge edges[64 * 64];
        uint32_t nodes = (uint32_t)json_array_size(ops), count = 0;
        CU_ASSERT_FATAL(nodes <= 64 && i < GRAPHS_MAX);
        for (uint32_t k = 0; k < nodes; k++) op[k] = (uint16_t)item(ops, k);
        json_array_foreach(json_object_get(g, "adj"), from, row) json_array_foreach(row, to, cell)
        {
            if (json_number_value(cell) != 0)
                edges[count++] = (struct graph_edge){(uint32_t)from, (uint32_t)to,
                                                     (uint32_t)json_number_value(cell)};
        }
        CHECK_OK(graph_make(&ref.graphs[i], &ref.arena, op, nodes, edges, count, OPERATIONS));
        ref.out[i] = number(g, "out");
        ref.count++;
    }
}

/* False where the reference is not there. */
static bool open_reference(void)
{
    char path[1024];
    const char *source = getenv("SIBYL_SOURCE_DIR");
    size_t bytes;
    struct predictor_options o;
    snprintf(path, sizeof(path), "%s/../shared/reference/golden.json", source ? source : ".");
    if (access(path, R_OK)) return false;
    ref.root = json_load_file(path, 0, NULL);
    snprintf(path, sizeof(path), "%s/../shared/reference/weights.f32", source ? source : ".");
    if (!ref.root || file_read(path, &ref.bytes, &bytes)) return false;
    snprintf(ref.table, sizeof(ref.table), "%s/../shared/data/nasbench201.csv",
             source ? source : ".");
    if (access(ref.table, R_OK)) return false;
    ref.raw = (const float *)(const void *)ref.bytes;
    arena_init(&ref.arena);
    predictor_options_default(&o);
    o.layers = 12;
    o.width = 160;
    o.tokens = true;
    o.readout = READOUT_CLASS_TOKEN;
    nnformer_shape_init(&ref.shape, &o, OPERATIONS);
    return bytes == nnformer_parameters(&ref.shape) * sizeof(float);
}

static void test_predictions(void)
{
    struct batch b;
    struct nnformer_state state;
    real out[GRAPHS_MAX];
    CU_ASSERT_EQUAL(nnformer_parameters(&ref.shape), 4934081);
    convert_weights();
    read_graphs();
    CU_ASSERT_EQUAL(ref.count, 21);
    CHECK_OK(batch_pack(&b, &ref.arena, ref.graphs, NULL, ref.count, &ref.shape.options));
    CHECK_OK(nnformer_forward(&ref.shape, ref.weights, &b, &ref.arena, NULL, &state, out));
    for (uint32_t i = 0; i < ref.count; i++)
        CU_ASSERT_DOUBLE_EQUAL(out[i] + 0.5, ref.out[i], TOLERANCE);
}

/* Row `arch` of the benchmark's table as the published code encodes it: dead operations dropped,
 * its own numbers. */
static void encode_row(const struct dataset *table, size_t arch, struct graph *out)
{
    static const struct {
        const char *name;
        uint16_t theirs;
    } numbers[] = {{"input", 0},        {"nor_conv_1x1", 1}, {"nor_conv_3x3", 2},
                   {"avg_pool_3x3", 3}, {"skip_connect", 4}, {"output", 6}};
    CU_ASSERT_FATAL(arch < table->count);
    CHECK_OK(graph_live(out, &ref.arena, &table->rows[arch].graph, &table->vocabulary));
    for (uint32_t i = 0; i < out->nodes; i++) {
        const char *name = table->vocabulary.names[out->ops[i]];
        for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
            if (strcmp(numbers[k].name, name) == 0) {
                out->ops[i] = numbers[k].theirs;
                break;
            }
    }
}

/* Their loss: MSE + 0.2 * mean |(p_i - p_s(i)) - (t_i - t_s(i))|, and its slope by each prediction.
 */
static double published_loss(const json_t *train, const real *out, size_t n, real *slope)
{
    const json_t *targets = json_object_get(train, "targets"),
                 *perm = json_object_get(train, "perm");
    double loss = 0;
    memset(slope, 0, n * sizeof(*slope));
    for (size_t i = 0; i < n; i++) {
        size_t s = (size_t)item(perm, i);
        double e = out[i] + 0.5 - item(targets, i);
        double pair = (out[i] - out[s]) - (item(targets, i) - item(targets, s));
        double sign = (pair > 0) - (pair < 0);
        loss += (e * e + 0.2 * fabs(pair)) / (double)n;
        slope[i] += (real)((2 * e + 0.2 * sign) / (double)n);
        slope[s] -= (real)(0.2 * sign / (double)n);
    }
    return loss;
}

static void check_gradient(const json_t *grads, const char *name, const float *ours, size_t count,
                           size_t stride)
{
    const json_t *g = json_object_get(grads, name), *first = json_object_get(g, "first4");
    double norm = number(g, "norm"), squares = 0;
    for (size_t i = 0; i < count; i++) squares += (double)ours[i] * ours[i];
    if (fabs(sqrt(squares) - norm) > TOLERANCE * norm + 1e-6)
        fprintf(stderr, "%s: norm %g, published %g\n", name, sqrt(squares), norm);
    CU_ASSERT_DOUBLE_EQUAL(sqrt(squares), norm, TOLERANCE * norm + 1e-6);
    for (size_t k = 0; k < json_array_size(first); k++)
        CU_ASSERT_DOUBLE_EQUAL(ours[k * stride], item(first, k), TOLERANCE * norm + 1e-6);
}

static void test_loss_and_gradients(void)
{
    const json_t *train = json_object_get(ref.root, "train"),
                 *archs = json_object_get(train, "archs");
    const json_t *grads = json_object_get(train, "grads");
    uint32_t n = (uint32_t)json_array_size(archs);
    struct graph graphs[GRAPHS_MAX];
    struct dataset table = {0};
    struct batch b;
    struct nnformer_state state;
    struct nnformer_training training = {0};
    real out[GRAPHS_MAX], slope[GRAPHS_MAX];
    size_t d = ref.shape.options.width;
    float *gradient = calloc(nnformer_parameters(&ref.shape), sizeof(float));
    CHECK_OK(import_nasbench201_csv(&table, ref.table, &(struct import_options){0}));
    for (uint32_t i = 0; i < n; i++) encode_row(&table, (size_t)item(archs, i), &graphs[i]);
    CHECK_OK(batch_pack(&b, &ref.arena, graphs, NULL, n, &ref.shape.options));
    CHECK_OK(nnformer_forward(&ref.shape, ref.weights, &b, &ref.arena, &training, &state, out));
    double loss = published_loss(train, out, n, slope);
    CU_ASSERT_DOUBLE_EQUAL(loss, number(train, "loss"), TOLERANCE * loss);
    CHECK_OK(gradient_of(&ref.shape, ref.weights, &b, &ref.arena, &state, slope, gradient));
    check_gradient(grads, "cls_token", gradient, d, 1);
    check_gradient(grads, "depth_embed.weight", gradient + d, PREDICTOR_DEPTHS * d, d);
    check_gradient(grads, "op_embed.weight", gradient + PREDICTOR_TOKEN_ROWS * d, OPERATIONS * d,
                   d);
    for (size_t i = 1; i < nnformer_tensors(&ref.shape); i++) {
        struct nnformer_tensor t;
        char name[128];
        nnformer_tensor(&ref.shape, i, &t);
        published_name(&t, name, sizeof(name));
        check_gradient(grads, name, gradient + t.offset, t.rows * t.columns, 1);
    }
    free(gradient);
    dataset_release(&table);
}

int main(void)
{
    CU_TestInfo tests[] = {{"predictions", test_predictions},
                           {"loss and gradients", test_loss_and_gradients},
                           CU_TEST_INFO_NULL};
    if (!open_reference()) {
        puts("skipped: ../shared/reference (the published model's numbers) is not there");
        return SKIPPED;
    }
    int failed = unit_run("published NN-Former", tests);
    free(ref.weights);
    free(ref.bytes);
    arena_release(&ref.arena);
    json_decref(ref.root);
    return failed;
}
