#include "predictor/inputs/options.h"

#include "base/fixed_point.h"

#include <math.h>
#include <string.h>

static const char *const topology_names[TOPOLOGY_COUNT] = {
    "forward", "backward", "sibling_parent", "sibling_child", "global", "reach",
};
static const char *const readout_names[] = {"mean", "sum", "output_node", "class_token"};
static const char *const output_head_names[] = {"linear", "gp", "linear+gp"};
static const char *const form_names[] = {"canonical", "live", "raw"};

static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return i;
    return -1;
}

const char *topology_name(enum topology t)
{
    return topology_names[t];
}

enum status topology_parse(const char *name, enum topology *out)
{
    int i = find_name(topology_names, TOPOLOGY_COUNT, name);
    if (i < 0)
        return err_set(
            SIBYL_E_USAGE,
            "predictor.heads: '%s' is no topology; want forward, backward, sibling_parent, "
            "sibling_child, global or reach",
            name);
    *out = (enum topology)i;
    return SIBYL_OK;
}

const char *readout_name(enum readout r)
{
    return readout_names[r];
}

enum status readout_parse(const char *name, enum readout *out)
{
    int i = find_name(readout_names, 4, name);
    if (i < 0)
        return err_set(SIBYL_E_USAGE,
                       "predictor.readout: '%s': want mean, sum, output_node or class_token", name);
    *out = (enum readout)i;
    return SIBYL_OK;
}

const char *head_name(enum head h)
{
    return output_head_names[h];
}

enum status head_parse(const char *name, enum head *out)
{
    int i = find_name(output_head_names, 3, name);
    if (i < 0)
        return err_set(SIBYL_E_USAGE, "predictor.head: '%s': want linear, gp or linear+gp", name);
    *out = (enum head)i;
    return SIBYL_OK;
}

const char *graph_form_name(enum graph_form f)
{
    return form_names[f];
}

enum status graph_form_parse(const char *name, enum graph_form *out)
{
    int i = find_name(form_names, 3, name);
    if (i < 0) return err_set(SIBYL_E_USAGE, "data.graph: '%s': want canonical, live or raw", name);
    *out = (enum graph_form)i;
    return SIBYL_OK;
}

void predictor_options_default(struct predictor_options *o)
{
    *o = (struct predictor_options){
        .layers = 4,
        .width = 96,
        .head_count = 4,
        .heads = {TOPOLOGY_FORWARD, TOPOLOGY_BACKWARD, TOPOLOGY_SIBLING_PARENT,
                  TOPOLOGY_SIBLING_CHILD},
        .readout = READOUT_MEAN,
        .graph_form = GRAPH_CANONICAL,
        .kernel = GP_MATERN52,
        .convolution = true,
        .multiplicity = true,
        .members = 1,
        .outputs = 1,
    };
}

void training_options_default(struct training_options *o)
{
    *o = (struct training_options){
        .epochs = 300,
        .batch = 128,
        .shards = 8,
        .rate = 1e-3,
        .rate_floor = 0.01,
        .warmup = 0.1,
        .decay = 0.01,
        .clip = 1.0,
        .ema = 0.99,
        .init_scale = 1.0,
        .loss = {.l1 = 0.3, .rank_all = 1.0, .auxiliary = 0.3},
        .transform = TARGET_AUTO,
    };
}

/* NaN fails too. */
static enum status want(const char *key, double x, double low, double high)
{
    if (x >= low && x <= high) return SIBYL_OK;
    return err_set(SIBYL_E_USAGE, "%s: %.6g: want %.6g..%.6g", key, x, low, high);
}

enum status predictor_options_check(const struct predictor_options *o)
{
    enum status st;
    if ((st = want("predictor.layers", o->layers, 1, PREDICTOR_LAYERS_MAX))) return st;
    if ((st = want("predictor.width", o->width, 1, PREDICTOR_WIDTH_MAX))) return st;
    if ((st = want("predictor.feedforward", o->feedforward, 0, 4 * PREDICTOR_WIDTH_MAX))) return st;
    if ((st = want("predictor.members", o->members, 1, PREDICTOR_MEMBERS_MAX))) return st;
    if ((st = want("outputs of a predictor", o->outputs, 0, PREDICTOR_OUTPUTS_MAX))) return st;
    if ((st = want("predictor.heads", o->head_count, 1, PREDICTOR_HEADS_MAX))) return st;
    if (o->width % o->head_count)
        return err_set(SIBYL_E_USAGE, "predictor.width: %u: want a multiple of the %u heads",
                       o->width, o->head_count);
    if (o->feedforward % 2)
        return err_set(SIBYL_E_USAGE, "predictor.feedforward: %u: want an even number",
                       o->feedforward);
    if (o->readout == READOUT_CLASS_TOKEN && !o->tokens)
        return err_set(SIBYL_E_USAGE,
                       "predictor.readout: class_token wants predictor.tokens: true");
    for (uint32_t a = 0; a < o->head_count; a++)
        if ((unsigned)o->heads[a] >= TOPOLOGY_COUNT)
            return err_set(SIBYL_E_USAGE, "predictor.heads: entry %u is no topology", a + 1);
    return attributes_check(&o->attributes);
}

enum status training_options_check(const struct training_options *o)
{
    const struct {
        const char *key;
        double value, low, high;
    } rows[] = {
        {"training.epochs", o->epochs, 1, 1e6},
        {"training.batch", o->batch, 1, 1 << 20},
        {"training.shards", o->shards, 1, FIXED_ADDENDS_MAX},
        {"training.folds", o->folds, 0, PREDICTOR_MEMBERS_MAX},
        {"training.rate", o->rate, 1e-9, 1},
        {"training.rate_floor", o->rate_floor, 0, 1},
        {"training.warmup", o->warmup, 0, 1},
        {"training.decay", o->decay, 0, 10},
        {"training.clip", o->clip, 0, 1e6},
        {"training.ema", o->ema, 0, 0.999999},
        {"training.dropout", o->dropout, 0, 0.9},
        {"training.init_scale", o->init_scale, 0, 100},
        {"training.loss.l1", o->loss.l1, 0, 1e6},
        {"training.loss.mse", o->loss.mse, 0, 1e6},
        {"training.loss.mape", o->loss.mape, 0, 1e6},
        {"training.loss.rank_all", o->loss.rank_all, 0, 1e6},
        {"training.loss.rank_random", o->loss.rank_random, 0, 1e6},
        {"training.loss.auxiliary", o->loss.auxiliary, 0, 1e6},
        {"training.loss.rank_margin", o->loss.rank_margin, 0, 1e6},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum status st = want(rows[i].key, rows[i].value, rows[i].low, rows[i].high);
        if (st) return st;
    }
    if (o->folds == 1) return err_set(SIBYL_E_USAGE, "training.folds: 1: want 0, or 2 and more");
    if (o->loss.l1 + o->loss.mse + o->loss.mape + o->loss.rank_all + o->loss.rank_random <= 0)
        return err_set(SIBYL_E_USAGE, "training.loss: every weight is 0; want at least one above");
    return SIBYL_OK;
}
