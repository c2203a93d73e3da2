#include "jobs/config/config_schema.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define OPTIONAL CYAML_FLAG_OPTIONAL
#define TEXT (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define TEXT_NEEDED CYAML_FLAG_POINTER
#define CHOICE (CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT)
#define V struct config_values

static const cyaml_strval_t graphs[] = {
    {"canonical", GRAPH_CANONICAL}, {"live", GRAPH_LIVE}, {"raw", GRAPH_RAW}};
static const cyaml_strval_t orders[] = {{"random", ORDER_RANDOM}, {"file", ORDER_FILE}};
static const cyaml_strval_t tests[] = {
    {"others", TEST_OTHERS}, {"all", TEST_ALL}, {"new", TEST_NEW}};
static const cyaml_strval_t topologies[] = {
    {"forward", TOPOLOGY_FORWARD},
    {"backward", TOPOLOGY_BACKWARD},
    {"sibling_parent", TOPOLOGY_SIBLING_PARENT},
    {"sibling_child", TOPOLOGY_SIBLING_CHILD},
    {"global", TOPOLOGY_GLOBAL},
    {"reach", TOPOLOGY_REACH},
};
static const cyaml_strval_t readouts[] = {{"mean", READOUT_MEAN},
                                          {"sum", READOUT_SUM},
                                          {"output_node", READOUT_OUTPUT_NODE},
                                          {"class_token", READOUT_CLASS_TOKEN}};
static const cyaml_strval_t transforms[] = {{"auto", TARGET_AUTO},
                                            {"plain", TARGET_PLAIN},
                                            {"log_error", TARGET_LOG_ERROR},
                                            {"normal_scores", TARGET_NORMAL_SCORES}};
static const cyaml_strval_t output_heads[] = {
    {"linear", HEAD_LINEAR}, {"gp", HEAD_GP}, {"linear+gp", HEAD_LINEAR_GP}};
static const cyaml_strval_t kernels[] = {{"matern52", GP_MATERN52}, {"rbf", GP_RBF}};
static const cyaml_strval_t kinds[] = {{"table", EVALUATOR_TABLE}, {"command", EVALUATOR_COMMAND}};
static const cyaml_strval_t coordinators[] = {{"shared", COORDINATOR_SHARED},
                                              {"dedicated", COORDINATOR_DEDICATED}};
static const cyaml_strval_t training_precisions[] = {{"float32", PRECISION_FLOAT32},
                                                     {"bf16", PRECISION_BF16}};
static const cyaml_strval_t precisions[] = {{"auto", CONFIG_PRECISION_AUTO},
                                            {"float32", CONFIG_PRECISION_FLOAT32},
                                            {"bf16", CONFIG_PRECISION_BF16}};
static const cyaml_strval_t goals[] = {
    {"predictor", GOAL_PREDICTOR}, {"max", GOAL_MAX}, {"min", GOAL_MIN}};
static const cyaml_strval_t algorithms[] = {
    {"random", ALGORITHM_RANDOM},
    {"aging", ALGORITHM_AGING},
    {"predictor", ALGORITHM_PREDICTOR},
    {"exhaustive", ALGORITHM_EXHAUSTIVE},
};

static const cyaml_schema_field_t data_fields[] = {
    CYAML_FIELD_STRING_PTR("file", TEXT, V, data.file, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("label", TEXT, V, data.label, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("test_label", TEXT, V, data.test_label, 1, CYAML_UNLIMITED),
    CYAML_FIELD_ENUM("graph", CHOICE, V, data.graph, graphs, COUNT(graphs)),
    CYAML_FIELD_BOOL("connected", OPTIONAL, V, data.connected),
    CYAML_FIELD_BOOL("minimise", OPTIONAL, V, data.minimise),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t data_graph_fields[] = {
    CYAML_FIELD_ENUM("graph", CHOICE, V, data.graph, graphs, COUNT(graphs)),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t split_fields[] = {
    CYAML_FIELD_FLOAT("train", OPTIONAL, V, split.train),
    CYAML_FIELD_UINT("seed", OPTIONAL, V, split.seed),
    CYAML_FIELD_ENUM("order", CHOICE, V, split.order, orders, COUNT(orders)),
    CYAML_FIELD_ENUM("test", CHOICE, V, split.test, tests, COUNT(tests)),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t head_value = {
    CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, enum topology, topologies, COUNT(topologies))};
static const cyaml_schema_field_t predictor_fields[] = {
    CYAML_FIELD_UINT("layers", OPTIONAL, struct predictor_options, layers),
    CYAML_FIELD_UINT("width", OPTIONAL, struct predictor_options, width),
    CYAML_FIELD_UINT("feedforward", OPTIONAL, struct predictor_options, feedforward),
    CYAML_FIELD_SEQUENCE_COUNT("heads", CYAML_FLAG_OPTIONAL | CYAML_FLAG_FLOW,
                               struct predictor_options, heads, head_count, &head_value, 1,
                               PREDICTOR_HEADS_MAX),
    CYAML_FIELD_ENUM("readout", CHOICE, struct predictor_options, readout, readouts,
                     COUNT(readouts)),
    CYAML_FIELD_BOOL("tokens", OPTIONAL, struct predictor_options, tokens),
    CYAML_FIELD_ENUM("head", CHOICE, struct predictor_options, head, output_heads,
                     COUNT(output_heads)),
    CYAML_FIELD_ENUM("kernel", CHOICE, struct predictor_options, kernel, kernels, COUNT(kernels)),
    CYAML_FIELD_BOOL("convolution", OPTIONAL, struct predictor_options, convolution),
    CYAML_FIELD_BOOL("multiplicity", OPTIONAL, struct predictor_options, multiplicity),
    CYAML_FIELD_BOOL("lookup", OPTIONAL, struct predictor_options, lookup),
    CYAML_FIELD_UINT("members", OPTIONAL, struct predictor_options, members),
    CYAML_FIELD_END,
};
#define T struct config_training
static const cyaml_schema_field_t loss_fields[] = {
    CYAML_FIELD_FLOAT("l1", OPTIONAL, T, options.loss.l1),
    CYAML_FIELD_FLOAT("mse", OPTIONAL, T, options.loss.mse),
    CYAML_FIELD_FLOAT("mape", OPTIONAL, T, options.loss.mape),
    CYAML_FIELD_FLOAT("rank_all", OPTIONAL, T, options.loss.rank_all),
    CYAML_FIELD_FLOAT("rank_random", OPTIONAL, T, options.loss.rank_random),
    CYAML_FIELD_FLOAT("auxiliary", OPTIONAL, T, options.loss.auxiliary),
    CYAML_FIELD_FLOAT("rank_margin", OPTIONAL, T, options.loss.rank_margin),
    CYAML_FIELD_END,
};
/* A mapping whose members live in the parent's own struct: offset 0, fields count from the parent.
 */
#define SAME_STRUCT(name, structure, list)                                                         \
    {                                                                                              \
        .key = name, .data_offset = 0, .value = {                                                  \
            .type = CYAML_MAPPING,                                                                 \
            .flags = OPTIONAL,                                                                     \
            .data_size = sizeof(structure),                                                        \
            .mapping = {.fields = list}                                                            \
        }                                                                                          \
    }
static const cyaml_schema_value_t word_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED)};
static const cyaml_schema_field_t training_fields[] = {
    CYAML_FIELD_UINT("epochs", OPTIONAL, T, options.epochs),
    CYAML_FIELD_UINT("batch", OPTIONAL, T, options.batch),
    CYAML_FIELD_UINT("shards", OPTIONAL, T, options.shards),
    CYAML_FIELD_UINT("folds", OPTIONAL, T, options.folds),
    CYAML_FIELD_FLOAT("rate", OPTIONAL, T, options.rate),
    CYAML_FIELD_FLOAT("rate_floor", OPTIONAL, T, options.rate_floor),
    CYAML_FIELD_FLOAT("warmup", OPTIONAL, T, options.warmup),
    CYAML_FIELD_FLOAT("decay", OPTIONAL, T, options.decay),
    CYAML_FIELD_FLOAT("clip", OPTIONAL, T, options.clip),
    CYAML_FIELD_FLOAT("ema", OPTIONAL, T, options.ema),
    CYAML_FIELD_FLOAT("dropout", OPTIONAL, T, options.dropout),
    CYAML_FIELD_FLOAT("init_scale", OPTIONAL, T, options.init_scale),
    CYAML_FIELD_FLOAT("checkpoint_s", OPTIONAL, T, checkpoint_s),
    CYAML_FIELD_ENUM("target", CHOICE, T, options.transform, transforms, COUNT(transforms)),
    CYAML_FIELD_ENUM("precision", CHOICE, T, options.precision, training_precisions,
                     COUNT(training_precisions)),
    SAME_STRUCT("loss", T, loss_fields),
    CYAML_FIELD_SEQUENCE_COUNT("auxiliary", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, T, auxiliary,
                               auxiliary_count, &word_value, 0, 1024),
    CYAML_FIELD_BOOL("structure", OPTIONAL, T, structure),
    CYAML_FIELD_UINT("pretraining", OPTIONAL, T, pretraining),
    CYAML_FIELD_STRING_PTR("from", TEXT, T, from, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t evaluator_fields[] = {
    CYAML_FIELD_ENUM("kind", CHOICE, struct config_judge, kind, kinds, COUNT(kinds)),
    CYAML_FIELD_STRING_PTR("file", TEXT, struct config_judge, file, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("value", TEXT, struct config_judge, value, 1, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE_COUNT("command", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                               struct config_judge, command, words, &word_value, 1, 1024),
    CYAML_FIELD_STRING_PTR("folder", TEXT, struct config_judge, folder, 1, CYAML_UNLIMITED),
    CYAML_FIELD_FLOAT("timeout_s", OPTIONAL, struct config_judge, timeout_s),
    CYAML_FIELD_BOOL("minimise", OPTIONAL, struct config_judge, minimise),
    CYAML_FIELD_END,
};
#define S struct config_search
static const cyaml_schema_field_t search_fields[] = {
    CYAML_FIELD_ENUM("algorithm", CHOICE, S, options.algorithm, algorithms, COUNT(algorithms)),
    CYAML_FIELD_UINT("evaluations", OPTIONAL, S, options.evaluations),
    CYAML_FIELD_STRING_PTR("target", TEXT, S, target, 1, CYAML_UNLIMITED),
    CYAML_FIELD_UINT("initial", OPTIONAL, S, options.initial),
    CYAML_FIELD_UINT("batch", OPTIONAL, S, options.batch),
    CYAML_FIELD_UINT("population", OPTIONAL, S, options.population),
    CYAML_FIELD_UINT("sample", OPTIONAL, S, options.sample),
    CYAML_FIELD_UINT("candidates", OPTIONAL, S, options.candidates),
    CYAML_FIELD_FLOAT("exploration", OPTIONAL, S, options.exploration),
    CYAML_FIELD_ENUM("coordinator", CHOICE, S, coordinator, coordinators, COUNT(coordinators)),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t input_fields[] = {
    CYAML_FIELD_STRING_PTR("file", TEXT, V, input.file, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("label", TEXT, V, input.label, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("space", TEXT, V, input.space, 1, CYAML_UNLIMITED),
    CYAML_FIELD_UINT("sample", OPTIONAL, V, input.sample),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t score_fields[] = {
    CYAML_FIELD_ENUM("precision", CHOICE, V, score.precision, precisions, COUNT(precisions)),
    CYAML_FIELD_ENUM("goal", CHOICE, V, score.goal, goals, COUNT(goals)),
    CYAML_FIELD_BOOL("deduplicate", OPTIONAL, V, score.deduplicate),
    CYAML_FIELD_FLOAT("checkpoint_s", OPTIONAL, V, score.checkpoint_s),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t train_top[] = {
    SAME_STRUCT("data", V, data_fields),
    SAME_STRUCT("split", V, split_fields),
    CYAML_FIELD_MAPPING("predictor", OPTIONAL, V, predictor, predictor_fields),
    CYAML_FIELD_MAPPING("training", OPTIONAL, V, training, training_fields),
    CYAML_FIELD_UINT("seed", OPTIONAL, V, seed),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t search_top[] = {
    CYAML_FIELD_STRING_PTR("space", TEXT_NEEDED, V, space, 1, CYAML_UNLIMITED),
    CYAML_FIELD_MAPPING("evaluator", OPTIONAL, V, evaluator, evaluator_fields),
    CYAML_FIELD_MAPPING("search", OPTIONAL, V, search, search_fields),
    SAME_STRUCT("data", V, data_graph_fields),
    CYAML_FIELD_MAPPING("predictor", OPTIONAL, V, predictor, predictor_fields),
    CYAML_FIELD_MAPPING("training", OPTIONAL, V, training, training_fields),
    CYAML_FIELD_UINT("seed", OPTIONAL, V, seed),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t score_top[] = {
    CYAML_FIELD_STRING_PTR("predictor", TEXT_NEEDED, V, predictor_path, 1, CYAML_UNLIMITED),
    SAME_STRUCT("input", V, input_fields),
    CYAML_FIELD_UINT("top", OPTIONAL, V, top),
    SAME_STRUCT("score", V, score_fields),
    CYAML_FIELD_UINT("seed", OPTIONAL, V, seed),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t train_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, V, train_top)};
static const cyaml_schema_value_t search_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, V, search_top)};
static const cyaml_schema_value_t score_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, V, score_top)};

const cyaml_schema_value_t *config_schema(enum config_verb verb)
{
    if (verb == CONFIG_TRAIN) return &train_schema;
    return verb == CONFIG_SEARCH ? &search_schema : &score_schema;
}

#define SEED_MAX 9007199254740992.0 /* 2^53: every tool reads it back unchanged */

static const struct config_bound bounds[] = {
    {"split.train", 1e-6, 1e9},
    {"split.seed", 0, SEED_MAX},
    {"predictor.layers", 1, PREDICTOR_LAYERS_MAX},
    {"predictor.width", 1, PREDICTOR_WIDTH_MAX},
    {"predictor.feedforward", 0, 8 * PREDICTOR_WIDTH_MAX},
    {"predictor.members", 1, PREDICTOR_MEMBERS_MAX},
    {"training.epochs", 1, 1e6},
    {"training.batch", 1, 1e6},
    {"training.shards", 1, 1024},
    {"training.folds", 0, PREDICTOR_MEMBERS_MAX},
    {"training.rate", 1e-9, 10},
    {"training.rate_floor", 0, 1},
    {"training.warmup", 0, 1},
    {"training.decay", 0, 10},
    {"training.clip", 0, 1e6},
    {"training.dropout", 0, 0.9},
    {"training.ema", 0, 0.999999},
    {"training.init_scale", 0, 100},
    {"training.checkpoint_s", 0, 1e9},
    {"score.checkpoint_s", 0, 1e9},
    {"training.pretraining", 0, 1e6},
    {"training.loss.l1", 0, 1e6},
    {"training.loss.mse", 0, 1e6},
    {"training.loss.mape", 0, 1e6},
    {"training.loss.rank_all", 0, 1e6},
    {"training.loss.rank_random", 0, 1e6},
    {"training.loss.auxiliary", 0, 1e6},
    {"training.loss.rank_margin", 0, 100},
    {"evaluator.timeout_s", 0.001, 1e9},
    {"search.evaluations", 0, 1e9},
    {"search.initial", 1, 1e6},
    {"search.batch", 0, 1e6},
    {"search.population", 2, 65536},
    {"search.sample", 1, 65536},
    {"search.candidates", 1, 1e8},
    {"search.exploration", 0, 1e6},
    {"input.sample", 0, 1e9},
    {"top", 1, 1e6},
    {"seed", 0, SEED_MAX},
};

const struct config_bound *config_schema_bound(const char *path)
{
    for (size_t i = 0; i < COUNT(bounds); i++)
        if (!strcmp(bounds[i].key, path)) return &bounds[i];
    return NULL;
}

bool config_schema_is_path(enum config_verb verb, const char *path)
{
    const char *paths[] = {"data.file", "training.from", "evaluator.file", "evaluator.folder",
                           "input.file"};
    for (size_t i = 0; i < COUNT(paths); i++)
        if (!strcmp(paths[i], path)) return true;
    return verb == CONFIG_SCORE && !strcmp(path, "predictor");
}

/* ---- defaults ---- */

/* The schema's name of an enum value, which need not be its place in the list. */
static const char *name_of(const cyaml_strval_t *list, size_t count, int64_t value)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].val == value) return list[i].str;
    return "unknown";
}
#define NAME_OF(list, value) name_of(list, COUNT(list), (int64_t)(value))

static void print_model(FILE *f, const struct predictor_options *p,
                        const struct training_options *t)
{
    fprintf(f,
            "predictor: {layers: %" PRIu32 ", width: %" PRIu32 ", feedforward: %" PRIu32
            ", readout: %s, tokens: %s, convolution: %s, multiplicity: %s, lookup: %s, "
            "members: %" PRIu32 ", heads: [",
            p->layers, p->width, p->feedforward, NAME_OF(readouts, p->readout),
            p->tokens ? "true" : "false", p->convolution ? "true" : "false",
            p->multiplicity ? "true" : "false", p->lookup ? "true" : "false", p->members);
    for (uint32_t i = 0; i < p->head_count; i++)
        fprintf(f, "%s%s", i ? ", " : "", NAME_OF(topologies, p->heads[i]));
    fprintf(
        f,
        "]}\ntraining: {epochs: %" PRIu32 ", batch: %" PRIu32 ", shards: %" PRIu32 ", rate: %.17g, "
        "rate_floor: %.17g, warmup: %.17g, decay: %.17g, clip: %.17g, ema: %.17g, dropout: %.17g, "
        "init_scale: %.17g, "
        "checkpoint_s: 60, target: %s, precision: %s, ",
        t->epochs, t->batch, t->shards, t->rate, t->rate_floor, t->warmup, t->decay, t->clip,
        t->ema, t->dropout, t->init_scale, NAME_OF(transforms, t->transform),
        NAME_OF(training_precisions, t->precision));
    fprintf(f,
            "loss: {l1: %.17g, mse: %.17g, mape: %.17g, rank_all: %.17g, rank_random: %.17g, "
            "auxiliary: %.17g, rank_margin: %.17g}}\n",
            t->loss.l1, t->loss.mse, t->loss.mape, t->loss.rank_all, t->loss.rank_random,
            t->loss.auxiliary, t->loss.rank_margin);
}

static void print_search(FILE *f)
{
    struct search_options s;
    search_options_default(&s);
    fprintf(f, "data: {graph: %s}\n", NAME_OF(graphs, s.predictor.graph_form));
    print_model(f, &s.predictor, &s.training);
    fprintf(f, "evaluator: {kind: table, value: value, timeout_s: 86400, minimise: false}\n");
    fprintf(f,
            "search: {algorithm: %s, evaluations: %" PRIu64 ", initial: %" PRIu32
            ", batch: %" PRIu32 ", population: %" PRIu32 ", sample: %" PRIu32
            ", candidates: %" PRIu32 ", exploration: %.17g, coordinator: %s}\n",
            NAME_OF(algorithms, s.algorithm), s.evaluations, s.initial, s.batch, s.population,
            s.sample, s.candidates, s.exploration, s.coordinator_shared ? "shared" : "dedicated");
}

char *config_schema_defaults(enum config_verb verb)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return NULL;
    if (verb == CONFIG_TRAIN) {
        struct predictor_options p;
        struct training_options t;
        predictor_options_default(&p);
        training_options_default(&t);
        fprintf(f, "data: {graph: %s, minimise: false}\n", NAME_OF(graphs, p.graph_form));
        print_model(f, &p, &t);
        fprintf(f, "split: {train: 0.8, seed: 1, order: random, test: others}\n");
    } else if (verb == CONFIG_SEARCH) {
        print_search(f);
    } else {
        fprintf(f, "input: {sample: 0}\ntop: 100\nscore: {precision: auto, goal: predictor, "
                   "deduplicate: true, "
                   "checkpoint_s: 10}\n");
    }
    fprintf(f, "seed: 1\n");
    if (fclose(f)) {
        free(text);
        return NULL;
    }
    return text;
}
