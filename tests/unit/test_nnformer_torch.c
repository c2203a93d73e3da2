/* Forward and every parameter's gradient against PyTorch: tests/reference/nnformer_torch.py wrote
 * the fixture. */
#include "tests/unit/unit.h"

#include "predictor/scoring/inference.h"
#include "predictor/model/nnformer.h"
#include "tests/gradient.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-4 /* of the largest magnitude in the tensor */
#define GRAPHS_MAX 32

struct fixture {
    json_t *root;
    struct arena arena;
    struct predictor_options options;
    struct nnformer_shape shape;
    struct graph graphs[GRAPHS_MAX];
    uint32_t count;
    float *weights;
};

static double number(const json_t *list, size_t i)
{
    return json_number_value(json_array_get(list, i));
}

static void read_graph(struct fixture *f, const json_t *g)
{
    const json_t *ops = json_object_get(g, "ops"), *edges = json_object_get(g, "edges");
    uint32_t nodes = (uint32_t)json_array_size(ops), count = (uint32_t)json_array_size(edges);
    uint16_t *op = arena_alloc(&f->arena, nodes * sizeof(*op));
    struct graph_edge *edge = arena_alloc(&f->arena, (count + 1) * sizeof(*edge));
    for (uint32_t i = 0; i < nodes; i++) op[i] = (uint16_t)number(ops, i);
    for (uint32_t e = 0; e < count; e++) {
        const json_t *x = json_array_get(edges, e);
        edge[e] = (struct graph_edge){(uint32_t)number(x, 0), (uint32_t)number(x, 1),
                                      (uint32_t)number(x, 2)};
    }
    CHECK_OK(
        graph_make(&f->graphs[f->count], &f->arena, op, nodes, edge, count, f->shape.vocabulary));
    uint32_t attributes = f->options.attributes.count;
    const json_t *rows = json_object_get(g, "attributes");
    float *values = arena_alloc(&f->arena, (nodes * attributes + 1) * sizeof(*values));
    for (uint32_t i = 0; i < nodes * attributes; i++)
        values[i] = (float)number(json_array_get(rows, i / attributes), i % attributes);
    CHECK_OK(graph_set_attributes(&f->graphs[f->count++], &f->arena, values, attributes));
}

static void read_encoding(struct attribute_encoding *e, const json_t *c)
{
    const json_t *means = json_object_get(c, "attribute_means"),
                 *deviations = json_object_get(c, "attribute_deviations"),
                 *frequencies = json_object_get(c, "attribute_frequencies");
    attributes_init(e, (uint32_t)json_array_size(means));
    e->waves = (uint32_t)json_array_size(frequencies);
    e->features = (uint32_t)json_integer_value(json_object_get(c, "features"));
    e->feature_waves = (uint32_t)json_integer_value(json_object_get(c, "feature_waves"));
    for (uint32_t k = 0; k < e->waves; k++) e->frequency[k] = number(frequencies, k);
    for (uint32_t i = 0; i < e->count; i++) {
        e->mean[i] = number(means, i);
        e->deviation[i] = number(deviations, i);
    }
}

static void fixture_open(struct fixture *f, const char *name)
{
    char path[1024];
    const char *source = getenv("SIBYL_SOURCE_DIR");
    json_error_t error;
    memset(f, 0, sizeof(*f));
    arena_init(&f->arena);
    snprintf(path, sizeof(path), "%s/tests/reference/%s", source ? source : ".", name);
    f->root = json_load_file(path, 0, &error);
    if (!f->root) fprintf(stderr, "%s: %s\n", path, error.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f->root);
    const json_t *c = json_object_get(f->root, "config"), *heads = json_object_get(c, "heads"), *x;
    predictor_options_default(&f->options);
    f->options.layers = (uint32_t)json_integer_value(json_object_get(c, "layers"));
    f->options.width = (uint32_t)json_integer_value(json_object_get(c, "width"));
    f->options.feedforward = (uint32_t)json_integer_value(json_object_get(c, "feedforward"));
    f->options.head_count = (uint32_t)json_array_size(heads);
    for (uint32_t a = 0; a < f->options.head_count; a++)
        CHECK_OK(topology_parse(json_string_value(json_array_get(heads, a)), &f->options.heads[a]));
    read_encoding(&f->options.attributes, c);
    nnformer_shape_init(&f->shape, &f->options,
                        (uint32_t)json_integer_value(json_object_get(c, "vocabulary")));
    size_t i;
    json_array_foreach(json_object_get(f->root, "graphs"), i, x) read_graph(f, x);
}

/* Copies the fixture's tensors into one buffer, checking names and sizes against our layout. */
static float *read_tensors(const struct fixture *f, const char *key)
{
    const json_t *list = json_object_get(f->root, key);
    float *out = malloc(nnformer_parameters(&f->shape) * sizeof(float));
    CU_ASSERT_EQUAL_FATAL(json_array_size(list), nnformer_tensors(&f->shape));
    for (size_t i = 0; i < nnformer_tensors(&f->shape); i++) {
        struct nnformer_tensor t;
        const json_t *item = json_array_get(list, i), *values = json_object_get(item, "values");
        nnformer_tensor(&f->shape, i, &t);
        CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(item, "name")), t.name);
        CU_ASSERT_EQUAL_FATAL(json_array_size(values), t.rows * t.columns);
        for (size_t k = 0; k < t.rows * t.columns; k++)
            out[t.offset + k] = (float)number(values, k);
    }
    return out;
}

static void check_close(const char *name, const float *ours, const float *theirs, size_t count)
{
    double scale = 0, worst = 0;
    for (size_t i = 0; i < count; i++) {
        scale = fmax(scale, fabs(theirs[i]));
        worst = fmax(worst, fabs(ours[i] - theirs[i]));
    }
    if (!(worst <= TOLERANCE * scale))
        fprintf(stderr, "%s: error %g at scale %g\n", name, worst, scale);
    CU_ASSERT(worst <= TOLERANCE * scale);
    CU_ASSERT(scale > 0);
}

static void check_fixture(const char *name)
{
    struct fixture f;
    struct batch b;
    struct nnformer_state state;
    struct nnformer_training training = {0};
    float out[GRAPHS_MAX], wanted[GRAPHS_MAX], slope[GRAPHS_MAX];
    double loss = 0;
    fixture_open(&f, name);
    float *weights = read_tensors(&f, "parameters"), *theirs = read_tensors(&f, "gradients");
    float *ours = calloc(nnformer_parameters(&f.shape), sizeof(float));
    CHECK_OK(batch_pack(&b, &f.arena, f.graphs, NULL, f.count, &f.options));
    CHECK_OK(nnformer_forward(&f.shape, weights, &b, &f.arena, &training, &state, out));
    for (uint32_t g = 0; g < f.count; g++) {
        double target = number(json_object_get(f.root, "targets"), g);
        wanted[g] = (float)number(json_object_get(f.root, "predictions"), g);
        slope[g] = (float)(2 * (out[g] - target) / f.count);
        loss += (out[g] - target) * (out[g] - target) / f.count;
    }
    check_close("predictions", out, wanted, f.count);
    struct inference *packed = NULL;
    CHECK_OK(inference_new(&packed, &f.shape, weights, PRECISION_FLOAT32));
    CHECK_OK(inference_run(packed, &b, &f.arena, 1, out, NULL));
    check_close("scores", out, wanted, f.count);
    inference_free(packed);
    if (inference_has_bf16()) { /* 8 bits of mantissa, 12 blocks at most */
        CHECK_OK(inference_new(&packed, &f.shape, weights, PRECISION_BF16));
        CHECK_OK(inference_run(packed, &b, &f.arena, 1, out, NULL));
        for (uint32_t g = 0; g < f.count; g++) CU_ASSERT_DOUBLE_EQUAL(out[g], wanted[g], 0.02);
        inference_free(packed);
    }
    CU_ASSERT_DOUBLE_EQUAL(loss, json_number_value(json_object_get(f.root, "loss")),
                           1e-4 * fabs(loss));
    CHECK_OK(gradient_of(&f.shape, weights, &b, &f.arena, &state, slope, ours));
    for (size_t i = 0; i < nnformer_tensors(&f.shape); i++) {
        struct nnformer_tensor t;
        nnformer_tensor(&f.shape, i, &t);
        check_close(t.name, ours + t.offset, theirs + t.offset, t.rows * t.columns);
    }
    free(weights);
    free(theirs);
    free(ours);
    arena_release(&f.arena);
    json_decref(f.root);
}

static void test_forward_and_gradients(void)
{
    check_fixture("nnformer_fixture.json");
}

static void test_attributes(void)
{
    check_fixture("nnformer_attributes_fixture.json");
}

static void test_features(void)
{
    check_fixture("nnformer_features_fixture.json");
}

int main(void)
{
    CU_TestInfo tests[] = {{"forward and gradients equal PyTorch's", test_forward_and_gradients},
                           {"nodes with attributes", test_attributes},
                           {"networks with features", test_features},
                           CU_TEST_INFO_NULL};
    return unit_run("nnformer against PyTorch", tests);
}
