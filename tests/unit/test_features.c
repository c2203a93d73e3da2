/* Features of networks: ranks of the training rows, holes, sentinels, bounds, and their way through
 * a predictor file. */
#include "tests/unit/unit.h"

#include "predictor/scoring/predictor.h"
#include "proto/files/records.h"
#include "proto/graph/codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 9

static void message_has(const char *text)
{
    CU_ASSERT(strstr(err_message(), text) != NULL);
}

static const char *const names[] = {"flops", "score", "same"};
static const struct graph_edge edges[] = {{0, 1, 1}};
static const uint16_t ops[] = {0, 1};

/* flops: 1 .. 9; score: a hole, a sentinel, then 3 .. 9; same: always 7. */
static void fit(struct features *f, struct arena *arena)
{
    double values[ROWS * 3];
    for (int i = 0; i < ROWS; i++) {
        values[3 * i] = values[3 * i + 1] = i + 1;
        values[3 * i + 2] = 7;
    }
    values[1] = NAN;
    values[4] = -1e8;
    CHECK_OK(features_fit(f, arena, names, 3, values, ROWS));
}

static void test_map(void)
{
    struct arena arena;
    struct features f;
    float x[4], y[4];
    arena_init(&arena);
    fit(&f, &arena);
    CU_ASSERT_EQUAL(features_numbers(&f), 4); /* score has holes, so two numbers */
    features_map(&f, (double[]){5, 6, 7}, x);
    CU_ASSERT_DOUBLE_EQUAL(x[0], 0, 1e-6); /* the medians */
    CU_ASSERT(x[1] > 0 && x[1] < 0.5 && x[2] == 0);
    CU_ASSERT(x[3] == 0);
    features_map(&f, (double[]){NAN, NAN, NAN}, y);
    CU_ASSERT(y[0] == 0 && y[1] == 0 && y[2] == 1 && y[3] == 0);
    features_map(&f, (double[]){-1e8, -1e8, -1e8}, x);
    CU_ASSERT_DOUBLE_EQUAL(x[0], -FEATURES_FARTHEST, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(x[1], -1.5341, 1e-3); /* one of eight: its rank and no more */
    CU_ASSERT(x[3] == 0);
    features_map(&f, (double[]){3, 2.5, 1e300}, y);
    CU_ASSERT(x[1] < y[1] && y[1] < -0.8); /* near what was the lowest honest one */
    features_map(&f, (double[]){INFINITY, 1e308, 7}, x);
    CU_ASSERT_DOUBLE_EQUAL(x[0], FEATURES_FARTHEST, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(x[1], FEATURES_FARTHEST, 1e-6);
    arena_release(&arena);
}

static void test_refusals(void)
{
    struct arena arena;
    struct features f;
    const char *many[GRAPH_ATTRIBUTES_MAX];
    double values[2 * GRAPH_ATTRIBUTES_MAX];
    arena_init(&arena);
    CU_ASSERT_EQUAL(features_fit(&f, &arena, names, 2, (double[]){1, NAN, 2, NAN}, 2),
                    SIBYL_E_USAGE);
    message_has("score");
    for (int k = 0; k < GRAPH_ATTRIBUTES_MAX; k++) {
        many[k] = names[0];
        values[k] = k;
        values[GRAPH_ATTRIBUTES_MAX + k] = 3;
    }
    CHECK_OK(features_fit(&f, &arena, many, GRAPH_ATTRIBUTES_MAX, values, 2));
    values[5] = NAN;
    CU_ASSERT_EQUAL(features_fit(&f, &arena, many, GRAPH_ATTRIBUTES_MAX, values, 2), SIBYL_E_USAGE);
    message_has("65 numbers");
    CHECK_OK(features_fit(&f, &arena, names, 1, (double[]){-1.7e308, 1.7e308, 0}, 3));
    arena_release(&arena);
}

static void test_attach(void)
{
    struct arena arena;
    struct features f;
    struct graph g, out;
    const float own[] = {1.5f, 2.5f};
    const struct hash128 key = {1, 2};
    arena_init(&arena);
    fit(&f, &arena);
    CHECK_OK(graph_make(&g, &arena, ops, 2, edges, 1, 2));
    CHECK_OK(graph_set_attributes(&g, &arena, own, 1));
    CHECK_OK(features_attach(&f, (double[]){9, NAN, 7}, &arena, &g, &out));
    CU_ASSERT_EQUAL_FATAL(out.attributes, 5);
    CU_ASSERT(out.attribute[0] == 1.5f && out.attribute[5] == 2.5f);
    CU_ASSERT(out.attribute[1] > 1 && out.attribute[1] == out.attribute[6]);
    CU_ASSERT(out.attribute[3] == 1 && out.attribute[8] == 1);
    CU_ASSERT(g.attributes == 1); /* as it was */
    struct hash128 a = features_key(&f, (double[]){9, NAN, 7}, key);
    struct hash128 b = features_key(&f, (double[]){9, NAN, 8}, key); /* `same` says nothing */
    struct hash128 c = features_key(&f, (double[]){9, 5, 7}, key);
    CU_ASSERT(hash128_compare(a, b) == 0 && hash128_compare(a, c) != 0);
    f.count = 0;
    CU_ASSERT(hash128_compare(features_key(&f, NULL, key), key) == 0);
    arena_release(&arena);
}

/* A predictor of nodes with one attribute and these features. */
static void make_predictor(struct predictor *p, struct arena *arena)
{
    struct vocabulary v;
    struct features f;
    struct predictor_options o;
    const char *const operations[] = {"input", "output"};
    fit(&f, arena);
    CHECK_OK(vocabulary_init(&v, arena, operations, 2));
    predictor_options_default(&o);
    o.layers = 1;
    o.width = 8;
    attributes_init(&o.attributes, 1 + features_numbers(&f));
    attributes_set_features(&o.attributes, features_numbers(&f));
    CHECK_OK(predictor_init(p, &o, &v, "accuracy"));
    CHECK_OK(predictor_set_features(p, &f));
}

static void test_file(void)
{
    struct arena arena;
    struct predictor p, back;
    char path[] = "/tmp/sibyl_features_XXXXXX", before[SHA256_TEXT_BYTES], after[SHA256_TEXT_BYTES];
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    close(fd);
    arena_init(&arena);
    make_predictor(&p, &arena);
    CHECK_OK(predictor_write(&p, path));
    CHECK_OK(predictor_read(&back, path));
    CU_ASSERT(features_same_names(&p.features, &back.features));
    CU_ASSERT_EQUAL(memcmp(&p.options, &back.options, sizeof(p.options)), 0);
    for (int k = 0; k < 3; k++) {
        CU_ASSERT_EQUAL(back.features.list[k].holes, k == 1);
        CU_ASSERT_EQUAL(memcmp(&p.features.list[k].map, &back.features.list[k].map,
                               sizeof(struct normal_scores)),
                        0);
    }
    CHECK_OK(predictor_sha256(&p, before));
    CHECK_OK(predictor_sha256(&back, after));
    CU_ASSERT_STRING_EQUAL(before, after);
    back.features.list[0].map.label[3] += 0.25; /* other scaling is another predictor */
    CHECK_OK(predictor_sha256(&back, after));
    CU_ASSERT_STRING_NOT_EQUAL(before, after);
    back.features.list[0].map.label[3] = 1e9; /* no longer ascending: a damaged file */
    CHECK_OK(predictor_write(&back, path));
    predictor_release(&back);
    CU_ASSERT_EQUAL(predictor_read(&back, path), SIBYL_E_FORMAT);
    message_has("features do not fit together");
    p.features.count = 2; /* fewer than the nodes have numbers for */
    CHECK_OK(predictor_write(&p, path));
    CU_ASSERT_EQUAL(predictor_read(&back, path), SIBYL_E_FORMAT);
    predictor_release(&p);
    arena_release(&arena);
    unlink(path);
}

int main(void)
{
    CU_TestInfo tests[] = {{"numbers to scores", test_map},
                           {"what is refused", test_refusals},
                           {"at nodes, and keys", test_attach},
                           {"predictor file", test_file},
                           CU_TEST_INFO_NULL};
    return unit_run("features", tests);
}
