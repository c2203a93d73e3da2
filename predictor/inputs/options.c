#include "predictor/inputs/options.h"

#include "predictor/inputs/option_words.h"

/* Files of predictors and job files name choices by the same words. */
static enum status find_word(const struct words *w, const char *key, const char *name, int *out)
{
    char list[256];
    if (words_find(w, name, out)) return SIBYL_OK;
    words_list(list, sizeof(list), w);
    return err_set(SIBYL_E_USAGE, "%s: want %s, not '%.60s'", key, list, name);
}

const char *topology_name(enum topology t)
{
    return words_name(&topology_words, (int)t);
}

enum status topology_parse(const char *name, enum topology *out)
{
    int value = 0;
    enum status st = find_word(&topology_words, "predictor.heads", name, &value);
    if (!st) *out = (enum topology)value;
    return st;
}

const char *readout_name(enum readout r)
{
    return words_name(&readout_words, (int)r);
}

enum status readout_parse(const char *name, enum readout *out)
{
    int value = 0;
    enum status st = find_word(&readout_words, "predictor.readout", name, &value);
    if (!st) *out = (enum readout)value;
    return st;
}

const char *head_name(enum head h)
{
    return words_name(&head_words, (int)h);
}

enum status head_parse(const char *name, enum head *out)
{
    int value = 0;
    enum status st = find_word(&head_words, "predictor.head", name, &value);
    if (!st) *out = (enum head)value;
    return st;
}

const char *graph_form_name(enum graph_form f)
{
    return words_name(&form_words, (int)f);
}

enum status graph_form_parse(const char *name, enum graph_form *out)
{
    int value = 0;
    enum status st = find_word(&form_words, "data.graph", name, &value);
    if (!st) *out = (enum graph_form)value;
    return st;
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
#define LOSS_WEIGHT(name, weight, function, sentence) .loss.name = (weight),
        TRAINING_LOSSES(LOSS_WEIGHT)
#undef LOSS_WEIGHT
            .loss.auxiliary = 0.3,
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
    if ((st = want("predictor.feedforward", o->feedforward, 0, PREDICTOR_FEEDFORWARD_MAX)))
        return st;
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
        {"training.epochs", o->epochs, 1, TRAINING_EPOCHS_MAX},
        {"training.batch", o->batch, 1, TRAINING_BATCH_MAX},
        {"training.shards", o->shards, 1, TRAINING_SHARDS_MAX},
        {"training.folds", o->folds, 0, PREDICTOR_MEMBERS_MAX},
        {"training.rate", o->rate, TRAINING_RATE_MIN, TRAINING_RATE_MAX},
        {"training.rate_floor", o->rate_floor, 0, 1},
        {"training.warmup", o->warmup, 0, 1},
        {"training.decay", o->decay, 0, TRAINING_DECAY_MAX},
        {"training.clip", o->clip, 0, TRAINING_CLIP_MAX},
        {"training.ema", o->ema, 0, TRAINING_EMA_MAX},
        {"training.dropout", o->dropout, 0, TRAINING_DROPOUT_MAX},
        {"training.init_scale", o->init_scale, 0, TRAINING_INIT_SCALE_MAX},
#define LOSS_BOUND(name, weight, function, sentence)                                               \
    {"training.loss." #name, o->loss.name, 0, TRAINING_WEIGHT_MAX},
        TRAINING_LOSSES(LOSS_BOUND)
#undef LOSS_BOUND
            {"training.loss.auxiliary", o->loss.auxiliary, 0, TRAINING_WEIGHT_MAX},
        {"training.loss.rank_margin", o->loss.rank_margin, 0, TRAINING_MARGIN_MAX},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum status st = want(rows[i].key, rows[i].value, rows[i].low, rows[i].high);
        if (st) return st;
    }
    if (o->folds == 1) return err_set(SIBYL_E_USAGE, "training.folds: 1: want 0, or 2 and more");
    double weights = 0;
#define LOSS_SUM(name, weight, function, sentence) weights += o->loss.name;
    TRAINING_LOSSES(LOSS_SUM)
#undef LOSS_SUM
    if (weights <= 0)
        return err_set(SIBYL_E_USAGE, "training.loss: every weight is 0; want at least one above");
    return SIBYL_OK;
}
