/* The predictor file: round trip, damage, and the scaling of labels. */
#include "tests/unit/unit.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/rng.h"
#include "predictor/scoring/predictor.h"
#include "proto/files/records.h"
#include "proto/graph/codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {"input", "output", "conv", "pool"};

static void make_with(struct predictor *p, uint32_t attributes)
{
    struct arena arena;
    struct vocabulary v;
    struct predictor_options o;
    struct rng r;
    arena_init(&arena);
    CHECK_OK(vocabulary_init(&v, &arena, names, 4));
    predictor_options_default(&o);
    o.layers = 2;
    o.width = 8;
    o.members = 3;
    o.tokens = true;
    o.readout = READOUT_CLASS_TOKEN;
    attributes_init(&o.attributes, attributes);
    for (uint32_t i = 0; i < attributes; i++) o.attributes.mean[i] = i + 0.1;
    CHECK_OK(predictor_init(p, &o, &v, "accuracy"));
    rng_init(&r, 1, RNG_TEST, 0);
    for (size_t i = 0; i < p->parameters * 3; i++) p->weights[i] = (float)rng_normal(&r);
    p->target_mean = 0.5;
    p->target_deviation = 0.25;
    p->transform = TARGET_LOG_ERROR;
    arena_release(&arena);
}

static void make(struct predictor *p)
{
    make_with(p, 0);
}

static void check_round_trip(uint32_t attributes)
{
    struct predictor a, b;
    char path[] = "/tmp/sibyl_predictor_XXXXXX", sha_a[SHA256_TEXT_BYTES], sha_b[SHA256_TEXT_BYTES];
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    close(fd);
    make_with(&a, attributes);
    CHECK_OK(predictor_write(&a, path));
    CHECK_OK(predictor_read(&b, path));
    CU_ASSERT_EQUAL(memcmp(a.weights, b.weights, 3 * a.parameters * sizeof(float)), 0);
    CU_ASSERT_EQUAL(memcmp(&a.options, &b.options, sizeof(a.options)), 0);
    CU_ASSERT(vocabulary_equal(&a.vocabulary, &b.vocabulary));
    CU_ASSERT_STRING_EQUAL(b.label, "accuracy");
    CU_ASSERT_EQUAL(b.transform, TARGET_LOG_ERROR);
    CU_ASSERT_EQUAL(b.target_mean, 0.5);
    CHECK_OK(predictor_sha256(&a, sha_a));
    CHECK_OK(predictor_sha256(&b, sha_b));
    CU_ASSERT_STRING_EQUAL(sha_a, sha_b);
    b.weights[5] += 1e-3f;
    CHECK_OK(predictor_sha256(&b, sha_b));
    CU_ASSERT_STRING_NOT_EQUAL(sha_a, sha_b);
    predictor_release(&b);
    predictor_release(&a);
    unlink(path);
}

static void test_round_trip(void)
{
    check_round_trip(0);
    check_round_trip(3);
    check_round_trip(GRAPH_ATTRIBUTES_MAX);
}

/* The parts that only some predictors have. */
static void make_full(struct predictor *p)
{
    struct predictor plain;
    struct predictor_options o;
    double labels[] = {3, 1, 2, 2};
    make(&plain);
    o = plain.options;
    o.lookup = true;
    o.head = HEAD_LINEAR_GP;
    CHECK_OK(predictor_init(p, &o, &plain.vocabulary, "latency"));
    for (size_t i = 0; i < p->parameters * predictor_networks(p); i++) p->weights[i] = (float)i;
    for (int i = 0; i < 4; i++) p->lookup[i] = i + 0.125;
    p->transform = TARGET_NORMAL_SCORES;
    CHECK_OK(normal_scores_fit(&p->scores, labels, 1, 4));
    p->gp = (struct gp_model){.kernel = GP_RBF,
                              .rows = 2,
                              .columns = o.width,
                              .hyper = {1, 2, 3, 4},
                              .inputs = calloc(2 * o.width, sizeof(double)),
                              .alpha = calloc(2, sizeof(double))};
    p->gp.alpha[1] = 0.5;
    p->blend = (struct gp_blend){0.75, 0.25};
    predictor_release(&plain);
}

static void test_full_round_trip(void)
{
    struct predictor a, b;
    char path[] = "/tmp/sibyl_predictor_XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    close(fd);
    make_full(&a);
    CU_ASSERT_EQUAL(predictor_networks(&a), 4);
    CHECK_OK(predictor_write(&a, path));
    CHECK_OK(predictor_read(&b, path));
    CU_ASSERT_EQUAL(memcmp(a.weights, b.weights, 4 * a.parameters * sizeof(float)), 0);
    CU_ASSERT_EQUAL(memcmp(a.lookup, b.lookup, 4 * sizeof(double)), 0);
    CU_ASSERT_EQUAL(memcmp(&a.scores, &b.scores, sizeof(a.scores)), 0);
    CU_ASSERT_EQUAL(memcmp(&a.blend, &b.blend, sizeof(a.blend)), 0);
    CU_ASSERT_EQUAL(b.gp.alpha[1], 0.5);
    CU_ASSERT_EQUAL(b.options.kernel, GP_RBF);
    CU_ASSERT_EQUAL(b.transform, TARGET_NORMAL_SCORES);
    for (double label = 0; label < 4; label += 0.5)
        CU_ASSERT_DOUBLE_EQUAL(predictor_label_of_output(&b, predictor_target_of_label(&b, label)),
                               label, 1e-12);
    predictor_release(&b);
    for (int wrong = 0; wrong < 5; wrong++) {
        struct predictor kept = a;
        if (wrong == 0) a.lookup[2] = NAN;
        if (wrong == 1) a.scores.label[1] = a.scores.label[0];
        if (wrong == 2) a.blend.weight = INFINITY;
        if (wrong == 3) a.gp.rows = 0;                /* no record of the process */
        if (wrong == 4) a.options.head = HEAD_LINEAR; /* and one that should not be there */
        CHECK_OK(predictor_write(&a, path));
        CU_ASSERT_EQUAL(predictor_read(&b, path), SIBYL_E_FORMAT);
        a = kept;
        a.lookup[2] = 2.125;
    }
    predictor_release(&a);
    unlink(path);
}

/* What a file must not say of attributes. */
static void test_attributes_refused(void)
{
    struct predictor a, b;
    char path[] = "/tmp/sibyl_predictor_XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    close(fd);
    make_with(&a, 2);
    for (int wrong = 0; wrong < 5; wrong++) {
        struct attribute_encoding *e = &a.options.attributes, kept = *e;
        if (wrong == 0) e->deviation[1] = 0;
        if (wrong == 1) e->mean[0] = NAN;
        if (wrong == 2) e->frequency[3] = INFINITY;
        if (wrong == 3) e->count = 1; /* not as many weights as there are */
        if (wrong == 4) e->waves = 0;
        CHECK_OK(predictor_write(&a, path));
        CU_ASSERT_EQUAL(predictor_read(&b, path), SIBYL_E_FORMAT);
        *e = kept;
    }
    CHECK_OK(predictor_write(&a, path));
    CHECK_OK(predictor_read(&b, path));
    predictor_release(&b);
    predictor_release(&a);
    unlink(path);
}

/* Means and deviations over nodes; equal numbers, and numbers far away. */
static void test_attributes_fit(void)
{
    const uint16_t ops[] = {0, 2, 1};
    const float values[2][6] = {{1, 0.1f, 2, 0.1f, 3, 0.1f}, {4, 0.1f, 5, 0.1f, 6, 0.1f}};
    const float far[] = {1e30f, 0.1f};
    struct attribute_encoding e;
    struct arena arena;
    struct graph graphs[2];
    real scaled[2];
    arena_init(&arena);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(graph_make(&graphs[i], &arena, ops, 3, NULL, 0, 4));
        CHECK_OK(graph_set_attributes(&graphs[i], &arena, values[i], 2));
    }
    attributes_init(&e, 2);
    CHECK_OK(attributes_fit(&e, graphs, 2));
    CU_ASSERT_DOUBLE_EQUAL(e.mean[0], 3.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(e.deviation[0], sqrt(35.0 / 12), 1e-12);
    CU_ASSERT_EQUAL(e.deviation[1], 1);
    attributes_scale(&e, far, scaled);
    CU_ASSERT_EQUAL(scaled[0], ATTRIBUTES_FARTHEST);
    CU_ASSERT_DOUBLE_EQUAL(scaled[1], 0, 1e-6);
    e.count = 1;
    CU_ASSERT_EQUAL(attributes_fit(&e, graphs, 2), SIBYL_E_FORMAT);
    arena_release(&arena);
}

static void test_damage(void)
{
    struct predictor a, b;
    char path[] = "/tmp/sibyl_predictor_XXXXXX", *data;
    size_t bytes;
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    close(fd);
    make(&a);
    CHECK_OK(predictor_write(&a, path));
    CHECK_OK(file_read(path, &data, &bytes));
    for (size_t cut = 0; cut < bytes; cut += 97) {
        CHECK_OK(file_write(path, data, cut));
        CU_ASSERT_NOT_EQUAL(predictor_read(&b, path), SIBYL_OK);
        CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), path));
    }
    for (size_t at = 0; at < bytes; at += 131) {
        data[at] ^= 0x10;
        CHECK_OK(file_write(path, data, bytes));
        CU_ASSERT_NOT_EQUAL(predictor_read(&b, path), SIBYL_OK);
        data[at] ^= 0x10;
    }
    free(data);
    predictor_release(&a);
    unlink(path);
}

/* A file's networks cut into records of 1000 numbers. */
static void cut_networks(const char *from, const char *to)
{
    struct record_reader r = {0};
    struct record_writer w = {0};
    struct record record;
    CHECK_OK(record_reader_open(&r, from, RECORDS_PREDICTOR));
    CHECK_OK(record_writer_open(&w, to, RECORDS_PREDICTOR));
    for (;;) {
        CHECK_OK(record_reader_next(&r, &record));
        if (record.type == RECORD_END) break;
        if (record.type != RECORD_TENSOR) {
            CHECK_OK(record_writer_put(&w, record.type, record.payload, record.bytes));
            continue;
        }
        Sibyl__Tensor *t = sibyl__tensor__unpack(NULL, record.bytes, record.payload);
        CU_ASSERT_PTR_NOT_NULL_FATAL(t);
        for (size_t i = 0; i < t->data.len; i += 4000) {
            Sibyl__Tensor piece = *t;
            unsigned char *packed = NULL;
            size_t bytes = 0, left = t->data.len - i;
            piece.data.data = t->data.data + i;
            piece.data.len = left < 4000 ? left : 4000;
            CHECK_OK(codec_pack(&piece.base, "a piece", &packed, &bytes));
            CHECK_OK(record_writer_put(&w, RECORD_TENSOR, packed, bytes));
            free(packed);
        }
        sibyl__tensor__free_unpacked(t, NULL);
    }
    CHECK_OK(record_writer_close(&w));
    record_reader_close(&r);
}

/* A network too large for a record is cut into several. */
static void test_pieces(void)
{
    struct predictor a, b;
    char whole[] = "/tmp/sibyl_predictor_XXXXXX", cut[] = "/tmp/sibyl_predictor_XXXXXX";
    char sha_a[SHA256_TEXT_BYTES], sha_b[SHA256_TEXT_BYTES];
    close(mkstemp(whole));
    close(mkstemp(cut));
    make_full(&a);
    CU_ASSERT(a.parameters > 2000);
    CHECK_OK(predictor_write(&a, whole));
    cut_networks(whole, cut);
    CHECK_OK(predictor_read(&b, cut));
    CHECK_OK(predictor_sha256(&a, sha_a));
    CHECK_OK(predictor_sha256(&b, sha_b));
    CU_ASSERT_STRING_EQUAL(sha_a, sha_b);
    CU_ASSERT_EQUAL(b.gp.rows, 2);
    predictor_release(&a);
    predictor_release(&b);
    unlink(whole);
    unlink(cut);
}

static void test_scaling(void)
{
    struct predictor p;
    make(&p);
    for (double label = 0; label < 1; label += 0.1)
        CU_ASSERT_DOUBLE_EQUAL(predictor_label_of_output(&p, predictor_target_of_label(&p, label)),
                               label, 1e-12);
    CU_ASSERT(predictor_target_of_label(&p, 0.9) > predictor_target_of_label(&p, 0.8));
    CU_ASSERT_DOUBLE_EQUAL(predictor_target_of_label(&p, 0.02), (0 - 0.5) / 0.25, 1e-12);
    predictor_release(&p);
}

int main(void)
{
    CU_TestInfo tests[] = {{"round trip", test_round_trip},
                           {"round trip of all parts", test_full_round_trip},
                           {"every cut and flip is seen", test_damage},
                           {"attributes that a file must not have", test_attributes_refused},
                           {"attributes standardised", test_attributes_fit},
                           {"networks in pieces", test_pieces},
                           {"label scaling", test_scaling},
                           CU_TEST_INFO_NULL};
    return unit_run("predictor file", tests);
}
