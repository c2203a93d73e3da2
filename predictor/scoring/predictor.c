#include "predictor/scoring/predictor.h"

#include "predictor/inputs/lookup.h"
#include "predictor/inputs/option_words.h"
#include "predictor/model/nnformer_shape.h"
#include "predictor/scoring/gp_record.h"
#include "predictor/scoring/predictor_features.h"
#include "proto/files/byte_order.h"
#include "proto/files/records.h"
#include "proto/graph/codec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENSOR_NUMBERS ((size_t)1 << 27) /* in a record, which is half of what one may have */
#define LOG_ERROR_TOP 1.02               /* accuracies are below it; keeps the logarithm finite */

enum status predictor_init(struct predictor *p, const struct predictor_options *o,
                           const struct vocabulary *v, const char *label)
{
    enum status st = predictor_options_check(o);
    if (st) return st;
    struct nnformer_shape shape;
    *p = (struct predictor){.options = *o, .target_deviation = 1};
    arena_init(&p->arena);
    nnformer_shape_init(&shape, o, v->count);
    p->options = shape.options;
    p->parameters = nnformer_parameters(&shape);
    st = vocabulary_init(&p->vocabulary, &p->arena, (const char *const *)v->names, v->count);
    if (st) goto done;
    p->label = arena_strdup(&p->arena, label);
    if (o->lookup) p->lookup = calloc(v->count, sizeof(*p->lookup));
    p->weights = calloc(p->parameters * predictor_networks(p), sizeof(float));
    if (!p->label || !p->weights || (o->lookup && !p->lookup)) st = err_memory("a predictor");
done:
    if (st) predictor_release(p);
    return st;
}

uint32_t predictor_networks(const struct predictor *p)
{
    return p->options.members + (p->options.head != HEAD_LINEAR);
}

uint32_t predictor_own_attributes(const struct predictor *p)
{
    return p->options.attributes.count - p->options.attributes.features;
}

void predictor_release(struct predictor *p)
{
    free(p->weights);
    free(p->lookup);
    gp_model_release(&p->gp);
    arena_release(&p->arena);
    *p = (struct predictor){0};
}

enum status predictor_set_features(struct predictor *p, const struct features *f)
{
    SIBYL_BUG_IF(features_numbers(f) != p->options.attributes.features);
    return features_copy(&p->features, &p->arena, f);
}

double predictor_lookup(const struct predictor *p, const struct graph *g)
{
    return p->lookup ? lookup_sum(p->lookup, g) : 0;
}

double predictor_target_of_label(const struct predictor *p, double label)
{
    if (p->transform == TARGET_LOG_ERROR) label = -log(LOG_ERROR_TOP - label);
    if (p->transform == TARGET_NORMAL_SCORES) label = normal_scores_of_label(&p->scores, label);
    return (label - p->target_mean) / p->target_deviation;
}

double predictor_target_slope(const struct predictor *p, double label)
{
    double slope = 1;
    if (p->transform == TARGET_LOG_ERROR) slope = 1 / (LOG_ERROR_TOP - label);
    if (p->transform == TARGET_NORMAL_SCORES) slope = normal_scores_slope(&p->scores, label);
    return slope / p->target_deviation;
}

double predictor_label_of_output(const struct predictor *p, double output)
{
    double x = output * p->target_deviation + p->target_mean;
    if (p->transform == TARGET_NORMAL_SCORES) return normal_scores_to_label(&p->scores, x);
    return p->transform == TARGET_LOG_ERROR ? LOG_ERROR_TOP - exp(-x) : x;
}

/* ---- file ---- */

/* The header message packed; *out is malloc'd. */
static enum status header_pack(const struct predictor *p, bool minimise, uint8_t **out,
                               size_t *bytes)
{
    const struct predictor_options *o = &p->options;
    char *heads[PREDICTOR_HEADS_MAX];
    for (uint32_t a = 0; a < o->head_count; a++) heads[a] = (char *)topology_name(o->heads[a]);
    Sibyl__PredictorHeader h = SIBYL__PREDICTOR_HEADER__INIT;
    h.n_vocabulary = p->vocabulary.count;
    h.vocabulary = p->vocabulary.names;
    h.label = p->label;
    h.base_digest = (char *)p->base;
    h.minimise = minimise;
    h.graph_form = (char *)graph_form_name(o->graph_form);
    h.layers = o->layers;
    h.width = o->width;
    h.feedforward = o->feedforward;
    h.n_heads = o->head_count;
    h.heads = heads;
    h.readout = (char *)readout_name(o->readout);
    h.target_mean = p->target_mean;
    h.target_deviation = p->target_deviation;
    h.parameters = p->parameters;
    h.target_transform = (char *)words_name(&target_words, (int)p->transform);
    h.members = o->members;
    h.n_score_labels = h.n_scores = p->scores.knots;
    h.score_labels = (double *)p->scores.label;
    h.scores = (double *)p->scores.score;
    h.tokens = o->tokens;
    h.outputs = o->outputs > 1 ? o->outputs : 0;
    h.head = o->head == HEAD_LINEAR ? (char *)"" : (char *)head_name(o->head);
    h.no_convolution = !o->convolution;
    h.no_multiplicity = !o->multiplicity;
    h.n_lookup = o->lookup ? p->vocabulary.count : 0;
    h.lookup = p->lookup;
    const struct attribute_encoding *e = &o->attributes;
    h.attributes = e->count;
    h.n_attribute_frequencies = e->count ? e->waves : 0;
    h.n_attribute_means = h.n_attribute_deviations = e->count;
    h.attribute_frequencies = (double *)e->frequency;
    h.attribute_means = (double *)e->mean;
    h.attribute_deviations = (double *)e->deviation;
    struct arena scratch;
    arena_init(&scratch);
    enum status st = predictor_features_to_header(&p->features, e->feature_waves, &scratch, &h);
    if (!st) st = codec_pack(&h.base, "a predictor file", out, bytes);
    arena_release(&scratch);
    return st;
}

/* Numbers first .. first + count - 1 of a network's weights. */
static enum status tensor_write(struct record_writer *w, const struct predictor *p,
                                uint32_t network, size_t first, size_t count)
{
    char name[32];
    uint32_t shape[1] = {(uint32_t)count};
    Sibyl__Tensor t = SIBYL__TENSOR__INIT;
    snprintf(name, sizeof(name), network < p->options.members ? "member.%u" : "embedder", network);
    t.name = name;
    t.n_shape = 1;
    t.shape = shape;
    uint8_t *packed = NULL;
    size_t bytes;
    void *owned;
    t.data.len = count * sizeof(float);
    t.data.data = (uint8_t *)byte_order_to_file(p->weights + network * p->parameters + first, count,
                                                sizeof(float), &owned);
    enum status st = t.data.data ? codec_pack(&t.base, "a predictor file", &packed, &bytes)
                                 : err_memory("a predictor file");
    if (!st) st = record_writer_put(w, RECORD_TENSOR, packed, bytes);
    free(packed);
    free(owned);
    return st;
}

/* In as many records as it takes. */
static enum status network_write(struct record_writer *w, const struct predictor *p,
                                 uint32_t network, size_t most)
{
    enum status st = SIBYL_OK;
    for (size_t first = 0; first < p->parameters && !st; first += most) {
        size_t left = p->parameters - first;
        st = tensor_write(w, p, network, first, left < most ? left : most);
    }
    return st;
}

enum status predictor_write(const struct predictor *p, const char *path)
{
    return predictor_write_cut(p, path, TENSOR_NUMBERS);
}

enum status predictor_write_cut(const struct predictor *p, const char *path, size_t most)
{
    struct record_writer w = {0};
    uint8_t *header = NULL;
    size_t bytes;
    enum status st = header_pack(p, p->minimise, &header, &bytes);
    if (!st) st = record_writer_open(&w, path, RECORDS_PREDICTOR);
    if (st) goto done;
    st = record_writer_put(&w, RECORD_HEADER, header, bytes);
    for (uint32_t n = 0; n < predictor_networks(p) && !st; n++) st = network_write(&w, p, n, most);
    if (!st && p->gp.rows) st = gp_record_write(&w, p);
    if (!st)
        st = record_writer_close(&w);
    else
        record_writer_abandon(&w);
done:
    free(header);
    return st;
}

enum status predictor_sha256(const struct predictor *p, char *sha256)
{
    uint8_t *header;
    size_t bytes;
    enum status st = header_pack(p, false, &header, &bytes);
    if (st) return st;
    digest_sha256_text(header, bytes, p->weights,
                       p->parameters * predictor_networks(p) * sizeof(float), sha256);
    free(header);
    return SIBYL_OK;
}

static enum status attributes_from_header(struct attribute_encoding *e,
                                          const Sibyl__PredictorHeader *h)
{
    *e = (struct attribute_encoding){.count = h->attributes,
                                     .waves = (uint32_t)h->n_attribute_frequencies,
                                     .features = (uint32_t)predictor_features_in_header(h),
                                     .feature_waves = h->feature_frequencies};
    if (h->attributes > GRAPH_ATTRIBUTES_MAX || h->n_attribute_frequencies > ATTRIBUTES_WAVES_MAX ||
        h->n_attribute_means != h->attributes || h->n_attribute_deviations != h->attributes)
        return err_set(SIBYL_E_FORMAT,
                       "%u attributes with %zu frequencies, %zu means and %zu deviations",
                       h->attributes, h->n_attribute_frequencies, h->n_attribute_means,
                       h->n_attribute_deviations);
    for (uint32_t k = 0; k < e->waves; k++) e->frequency[k] = h->attribute_frequencies[k];
    for (uint32_t i = 0; i < e->count; i++) {
        e->mean[i] = h->attribute_means[i];
        e->deviation[i] = h->attribute_deviations[i];
    }
    return SIBYL_OK;
}

static enum status options_from_header(struct predictor_options *o, const Sibyl__PredictorHeader *h)
{
    *o = (struct predictor_options){.layers = h->layers,
                                    .width = h->width,
                                    .feedforward = h->feedforward,
                                    .head_count = (uint32_t)h->n_heads,
                                    .members = h->members,
                                    .tokens = h->tokens,
                                    .outputs = h->outputs,
                                    .kernel = GP_MATERN52,
                                    .convolution = !h->no_convolution,
                                    .multiplicity = !h->no_multiplicity,
                                    .lookup = h->n_lookup > 0};
    if (h->n_heads > PREDICTOR_HEADS_MAX)
        return err_set(SIBYL_E_FORMAT, "%zu heads, at most %d are allowed", h->n_heads,
                       PREDICTOR_HEADS_MAX);
    enum status st = attributes_from_header(&o->attributes, h);
    if (!st) st = graph_form_parse(h->graph_form, &o->graph_form);
    if (!st) st = readout_parse(h->readout, &o->readout);
    if (!st && *h->head) st = head_parse(h->head, &o->head);
    for (uint32_t a = 0; a < o->head_count && !st; a++)
        st = topology_parse(h->heads[a], &o->heads[a]);
    if (!st) st = predictor_options_check(o);
    return st ? SIBYL_E_FORMAT
              : SIBYL_OK; /* the message stands; it is the file's fault, not the job's */
}

/* Whether the header has a transform that makes sense. */
static bool transform_read(struct predictor *p, const Sibyl__PredictorHeader *h)
{
    int t = 0;
    if (!words_find(&target_words, h->target_transform, &t) || t == TARGET_AUTO) return false;
    p->transform = (enum target_transform)t;
    if (p->transform == TARGET_NORMAL_SCORES && h->n_scores == 0) return false;
    if (h->n_scores > NORMAL_SCORES_KNOTS || h->n_score_labels != h->n_scores) return false;
    p->scores.knots = (uint32_t)h->n_scores;
    for (uint32_t k = 0; k < p->scores.knots; k++) {
        p->scores.label[k] = h->score_labels[k];
        p->scores.score[k] = h->scores[k];
    }
    return normal_scores_valid(&p->scores);
}

static enum status header_read(struct predictor *p, const Sibyl__PredictorHeader *h)
{
    struct predictor_options o;
    struct vocabulary v;
    struct arena scratch;
    arena_init(&scratch);
    enum status st = options_from_header(&o, h);
    if (!st && h->n_vocabulary > VOCABULARY_MAX)
        st = err_set(SIBYL_E_FORMAT, "too many operations");
    if (!st)
        st = vocabulary_init(&v, &scratch, (const char *const *)h->vocabulary,
                             (uint32_t)h->n_vocabulary);
    if (!st) st = predictor_init(p, &o, &v, h->label);
    arena_release(&scratch);
    if (st) return st;
    st = predictor_features_from_header(&p->features, &p->arena, h);
    if (st) {
        predictor_release(p);
        return st;
    }
    p->minimise = h->minimise;
    snprintf(p->base, sizeof(p->base), "%s", h->base_digest);
    p->target_mean = h->target_mean;
    p->target_deviation = h->target_deviation;
    bool sane = transform_read(p, h) && isfinite(p->target_mean) && isfinite(p->target_deviation) &&
                p->target_deviation > 0 && p->parameters == h->parameters &&
                strlen(h->base_digest) < sizeof(p->base) &&
                (h->n_lookup == 0 || h->n_lookup == p->vocabulary.count);
    for (size_t i = 0; sane && i < h->n_lookup; i++) {
        p->lookup[i] = h->lookup[i];
        sane = isfinite(p->lookup[i]);
    }
    if (sane) return SIBYL_OK;
    predictor_release(p);
    return err_set(SIBYL_E_FORMAT, "the header's numbers do not fit together");
}

/* Weights first .. end - 1 are all numbers: one that is not would make every score NaN. */
static enum status check_weights(const struct predictor *p, uint32_t network, size_t first,
                                 size_t end)
{
    const float *weights = p->weights + network * p->parameters;
    for (size_t i = first; i < end; i++)
        if (!isfinite(weights[i]))
            return err_set(SIBYL_E_FORMAT,
                           "network %u: weight %zu of %zu is %g, which is no finite number; train "
                           "the predictor anew",
                           network, i + 1, p->parameters, (double)weights[i]);
    return SIBYL_OK;
}

/* Takes the weights of a network, from number *filled on, of which a record has some or all. */
static enum status tensor_read(struct predictor *p, uint32_t network, const struct record *r,
                               size_t *filled)
{
    Sibyl__Tensor *t = r->type == RECORD_TENSOR
                           ? codec_unpack(&sibyl__tensor__descriptor, r->payload, r->bytes)
                           : NULL;
    size_t first = *filled, room = (p->parameters - first) * sizeof(float);
    enum status st = SIBYL_OK;
    if (!t || !t->data.len || t->data.len > room || t->data.len % sizeof(float)) {
        st =
            err_set(SIBYL_E_FORMAT, "network %u does not have the %zu weights that the header says",
                    network, p->parameters);
    } else {
        *filled += t->data.len / sizeof(float);
        byte_order_from_file(p->weights + network * p->parameters + first, t->data.data,
                             *filled - first, sizeof(float));
        st = check_weights(p, network, first, *filled);
    }
    if (t) sibyl__tensor__free_unpacked(t, NULL);
    return st;
}

static enum status network_read(struct predictor *p, uint32_t network, struct record_reader *r,
                                const char *path)
{
    enum status st = SIBYL_OK;
    for (size_t filled = 0; filled < p->parameters && !st;) {
        struct record record;
        st = record_reader_next(r, &record);
        if (!st && (st = tensor_read(p, network, &record, &filled))) err_prefix(st, "%s", path);
    }
    return st;
}

enum status predictor_read(struct predictor *p, const char *path)
{
    struct record_reader r = {0};
    struct record record;
    Sibyl__PredictorHeader *h = NULL;
    *p = (struct predictor){0};
    enum status st = record_reader_open(&r, path, RECORDS_PREDICTOR);
    if (!st) st = record_reader_next(&r, &record);
    if (st) goto done;
    h = record.type == RECORD_HEADER
            ? codec_unpack(&sibyl__predictor_header__descriptor, record.payload, record.bytes)
            : NULL;
    st = h ? header_read(p, h) : err_set(SIBYL_E_FORMAT, "no predictor header");
    if (st) {
        err_prefix(st, "%s", path);
        goto done;
    }
    for (uint32_t n = 0; n < predictor_networks(p) && !st; n++) st = network_read(p, n, &r, path);
    if (!st) st = record_reader_next(&r, &record);
    bool process = record.type == RECORD_GAUSSIAN_PROCESS;
    if (!st && process != (p->options.head != HEAD_LINEAR))
        st = err_set(SIBYL_E_FORMAT, "%s: head %s %s a Gaussian process", path,
                     head_name(p->options.head), process ? "with" : "without");
    if (!st && process) {
        st = gp_record_read(p, &record);
        if (st) err_prefix(st, "%s", path);
        if (!st) st = record_reader_next(&r, &record);
    }
    if (!st && record.type != RECORD_END)
        st = err_set(SIBYL_E_FORMAT, "%s: more records than the header says", path);
    if (st) predictor_release(p);
done:
    if (h) sibyl__predictor_header__free_unpacked(h, NULL);
    record_reader_close(&r);
    return st;
}
