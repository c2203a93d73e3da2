#include "jobs/config/recipe.h"

#include "jobs/config/config_keys.h"

#include <math.h>
#include <string.h>

enum { FEW, SOME, MANY, SIZES };
#define FEW_LABELS 300   /* at most, of column FEW */
#define SOME_LABELS 3000 /* at most, of column SOME */

/* Above so many nodes on average attention of all nodes to all, whose time grows with the square of
 * the nodes, does not pay, nor does learning structure of every network first. */
#define LARGE_NODES 64
/* Pre-training is of this many networks times the value in the table, whatever the dataset has. */
#define PRETRAINING_NETWORKS 5000
#define PRETRAINING_EPOCHS 60

static const struct word efforts[] = {
    {"quick", EFFORT_QUICK, "one network, which learns the label alone: seconds"},
    {"normal", EFFORT_NORMAL, "structure first, then a few networks: half a minute on one core"},
    {"best", EFFORT_BEST, "larger networks, more of them, and longer: minutes on one core"},
};
const struct words effort_words = WORDS_OF(efforts);

static const struct word search_efforts[] = {
    {"quick", EFFORT_QUICK, "search.model: structure, milliseconds a round"},
    {"normal", EFFORT_NORMAL, "search.model: auto, the network now and then where much is known"},
    {"best", EFFORT_BEST,
     "search.model: alternate, the network in every second round: fewer evaluations, and a second "
     "or so a round; for programs that take longer than that"},
};
const struct words search_effort_words = WORDS_OF(search_efforts);

void recipe_apply_search(struct config_values *v)
{
    static const enum search_model models[EFFORTS] = {MODEL_STRUCTURE, MODEL_AUTO, MODEL_ALTERNATE};
    enum search_model *model = &v->search.options.model;
    if (*model == MODEL_AUTO) *model = models[v->effort];
}

/* The recipe: a key and its value with every effort, for FEW, SOME and MANY labels. Of
 * predictor.heads: how many `global` heads, or 0 for the heads that the network has by default. */
static const struct recipe_row {
    const char *path;
    double values[EFFORTS][SIZES];
} rows[] = {
    /* clang-format off */
    /*                       quick            normal           best */
    {"predictor.layers",    {{4, 4, 4},       {4, 4, 4},       {4, 4, 4}}},
    {"predictor.width",     {{96, 96, 96},    {64, 64, 96},    {96, 96, 96}}},
    {"predictor.heads",     {{0, 0, 0},       {4, 4, 4},       {4, 4, 4}}},
    {"predictor.members",   {{1, 1, 1},       {3, 3, 1},       {6, 6, 3}}},
    {"training.epochs",     {{300, 300, 300}, {100, 60, 40},   {150, 100, 60}}},
    {"training.batch",      {{128, 128, 128}, {32, 32, 128},   {32, 32, 128}}},
    {"training.rate",       {{1e-3, 1e-3, 1e-3}, {2e-3, 2e-3, 1e-3}, {1e-3, 1e-3, 1e-3}}},
    {"training.dropout",    {{0, 0, 0},       {0.1, 0.1, 0.1}, {0.1, 0.1, 0.1}}},
    {"training.loss.l1",    {{0.3, 0.3, 0.3}, {3, 3, 3},       {3, 3, 3}}},
    {"training.structure",  {{0, 0, 0},       {1, 1, 1},       {1, 1, 1}}},
    {"training.pretraining",{{0, 0, 0},       {13, 13, 10},    {20, 20, 20}}},
    {"training.bases",      {{1, 1, 1},       {3, 3, 1},       {4, 3, 2}}},
    /* clang-format on */
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct config_key *key_of(const struct recipe_row *row)
{
    return config_key_find(config_key_verb(CONFIG_TRAIN), row->path, strlen(row->path));
}

uint32_t recipe_bit(const char *path)
{
    for (uint32_t i = 0; i < ROWS; i++)
        if (!strcmp(rows[i].path, path)) return UINT32_C(1) << i;
    return 0;
}

static void set_heads(struct predictor_options *p, uint32_t global)
{
    struct predictor_options by_default;
    predictor_options_default(&by_default);
    p->head_count = global ? global : by_default.head_count;
    for (uint32_t a = 0; a < p->head_count; a++)
        p->heads[a] = global ? TOPOLOGY_GLOBAL : by_default.heads[a];
}

static void set_value(struct config_values *v, const struct config_key *key, double value)
{
    char *at = (char *)v + key->offset;
    uint32_t whole = (uint32_t)value;
    bool on = value != 0;
    if (key->kind == KEY_WORDS) set_heads(&v->predictor, whole);
    if (key->kind == KEY_WHOLE) memcpy(at, &whole, sizeof(whole));
    if (key->kind == KEY_NUMBER) memcpy(at, &value, sizeof(value));
    if (key->kind == KEY_SWITCH) memcpy(at, &on, sizeof(on));
}

/* Epochs that show so many networks as the table wants. Where more than half of the networks have
 * labels to learn, or where a predictor is there to start from, there is no pre-training. */
static double pretraining_epochs(const struct config_values *v, const struct recipe_facts *f,
                                 double value)
{
    if (value == 0 || v->training.from || 2 * f->labels > f->networks) return 0;
    double epochs = floor(value * PRETRAINING_NETWORKS / (double)f->networks + 0.5);
    return fmin(fmax(epochs, 1), PRETRAINING_EPOCHS);
}

/* The table's value, where that depends on no more than how many labels there are. */
static double adapt(const struct config_values *v, const struct recipe_facts *f, const char *path,
                    double value)
{
    bool large = f->nodes > LARGE_NODES;
    if (!strcmp(path, "training.pretraining"))
        return large || (!v->training.structure && !v->training.auxiliary_count)
                   ? 0
                   : pretraining_epochs(v, f, value);
    if (large && (!strcmp(path, "predictor.heads") || !strcmp(path, "training.structure")))
        return 0;
    return value;
}

/* A width that is the recipe's fits the heads of the job. */
static void fit_width(struct config_values *v)
{
    struct predictor_options *p = &v->predictor;
    if (v->recipe_given & recipe_bit("predictor.width")) return;
    p->width += (p->head_count - p->width % p->head_count) % p->head_count;
}

void recipe_apply(struct config_values *v, const struct recipe_facts *f)
{
    int size = f->labels <= FEW_LABELS ? FEW : f->labels <= SOME_LABELS ? SOME : MANY;
    for (uint32_t i = 0; i < ROWS; i++)
        if (!(v->recipe_given & UINT32_C(1) << i))
            set_value(v, key_of(&rows[i]),
                      adapt(v, f, rows[i].path, rows[i].values[v->effort][size]));
    fit_width(v);
}

/* ---- in words ---- */

static void value_text(char *out, size_t bytes, const struct config_values *v,
                       const struct config_key *key)
{
    const char *at = (const char *)v + key->offset;
    uint32_t whole = 0;
    double number = 0;
    if (key->kind == KEY_WHOLE) memcpy(&whole, at, sizeof(whole));
    if (key->kind == KEY_NUMBER) memcpy(&number, at, sizeof(number));
    if (key->kind == KEY_SWITCH)
        snprintf(out, bytes, "%s", *(const bool *)at ? "true" : "false");
    else if (key->kind == KEY_WHOLE)
        snprintf(out, bytes, "%u", whole);
    else
        snprintf(out, bytes, "%.6g", number);
}

static void heads_text(char *out, size_t bytes, const struct predictor_options *p)
{
    size_t used = 0;
    for (uint32_t a = 0; a < p->head_count && used < bytes; a++)
        used += (size_t)snprintf(out + used, bytes - used, "%s%s", a ? "+" : "",
                                 topology_name(p->heads[a]));
}

void recipe_text(const struct config_values *v, char *out, size_t bytes)
{
    size_t used = 0;
    for (uint32_t i = 0; i < ROWS && used < bytes; i++) {
        char text[512];
        const struct config_key *key = key_of(&rows[i]);
        if (key->kind == KEY_WORDS)
            heads_text(text, sizeof(text), &v->predictor);
        else
            value_text(text, sizeof(text), v, key);
        used += (size_t)snprintf(out + used, bytes - used, "%s%s %s", i ? ", " : "", rows[i].path,
                                 text);
    }
}

static void print_cell(FILE *out, const struct recipe_row *row, int effort)
{
    const double *x = row->values[effort];
    const char *kind = strcmp(row->path, "predictor.heads") ? "" : x[0] > 0 ? " global" : " kinds";
    if (x[0] == x[1] && x[1] == x[2])
        fprintf(out, " | %.6g%s", *kind && x[0] == 0 ? 4 : x[0], kind);
    else
        fprintf(out, " | %.6g, %.6g, %.6g", x[0], x[1], x[2]);
}

void recipe_print(FILE *out)
{
    fprintf(out,
            "What `effort` sets in a train job, where the job file does not; of three numbers the\n"
            "first is for at most %d labels to train on, the second for at most %d, the third for\n"
            "more. Pre-training is in epochs for %d networks: with more of them in the file there\n"
            "are fewer, with fewer of them more, up to %d; there is none where more than half of\n"
            "them have labels, or with training.from. Networks of more than %d nodes on average\n"
            "have the four kinds of heads, and neither structure nor pre-training.\n\n",
            FEW_LABELS, SOME_LABELS, PRETRAINING_NETWORKS, PRETRAINING_EPOCHS, LARGE_NODES);
    fprintf(out, "| key");
    for (size_t e = 0; e < effort_words.count; e++) fprintf(out, " | %s", efforts[e].name);
    fprintf(out, " |\n|---|---|---|---|\n");
    for (uint32_t i = 0; i < ROWS; i++) {
        fprintf(out, "| %s", rows[i].path);
        for (int e = 0; e < EFFORTS; e++) print_cell(out, &rows[i], e);
        fprintf(out, " |\n");
    }
}
