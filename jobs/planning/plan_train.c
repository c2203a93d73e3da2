#include "jobs/planning/plan_jobs.h"

#include "base/clock.h"
#include "base/hashset.h"
#include "jobs/planning/plan_probe.h"
#include "jobs/planning/plan_process.h"
#include "jobs/training/pretraining.h"
#include "jobs/training/training.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_GRAPHS 1024

/* One training as the plan sees it. */
struct planned {
    struct plan plan;
    double pretraining_s; /* of plan's time on one rank, what a training after it may be spared */
    double step_s, graph_s;
    size_t networks; /* that are trained */
};

static size_t count_distinct(const struct networks *n)
{
    struct hashset seen = {0};
    size_t count = 0;
    bool added = false;
    for (size_t i = 0; i < n->count && !hashset_add(&seen, n->keys[i], 0, &added); i++)
        count += added;
    hashset_release(&seen);
    return count;
}

/* Adds a training of one network on `rows` rows for `epochs`. */
static void add_network(struct plan_training *t, double rows, double epochs, double batch)
{
    uint64_t whole = (uint64_t)(rows / batch), rest = rows > (double)whole * batch;
    t->steps += epochs * (double)(whole + rest);
    t->batches += epochs * rows / batch;
}

/* The process behind the networks: its fit, and the test, which asks it about every row. */
static enum status add_process(const struct training *j, struct planned *out)
{
    const struct predictor_options *o = &j->predictor.options;
    bool linear = o->head == HEAD_LINEAR_GP;
    double rows = (double)j->split.train_count, tested = (double)j->in.data->dataset.count;
    struct plan_process cost;
    if (tested > TRAINING_ALL_ROWS) tested = (double)j->split.test_count;
    enum status st = plan_process_measure(&cost, j->in.team, j->split.train_count, o->width);
    if (st) return st;
    plan_process_add_fit(&out->plan, &cost, rows, linear);
    plan_process_add_scoring(&out->plan, &cost, rows, tested);
    plan_process_add_bytes(&out->plan, o->width, rows);
    out->plan.divided_s += tested * out->graph_s * plan_process_passes(o);
    return SIBYL_OK;
}

/* What the trainer and the scorer are shown: the first rows, as the training has them. */
static enum status probe(const struct training *j, int threads, struct planned *out)
{
    const struct config_values *v = j->in.values;
    const struct networks *n = j->networks;
    size_t outputs = j->lessons.outputs, count = j->split.train_count;
    if (count > PROBE_GRAPHS) count = PROBE_GRAPHS;
    struct graph *graphs = malloc((count + 1) * sizeof(*graphs));
    double *labels = malloc((count + 1) * outputs * sizeof(*labels));
    enum status st = graphs && labels ? SIBYL_OK : err_memory("a plan");
    for (size_t i = 0; i < count && !st; i++) {
        uint32_t row = j->split.train[i];
        graphs[i] = n->graphs[row];
        memcpy(labels + i * outputs, j->lessons.labels + row * outputs, outputs * sizeof(*labels));
    }
    struct plan_probe p = {.self = j->in.team,
                           .like = &j->predictor,
                           .options = &v->training.options,
                           .graphs = graphs,
                           .labels = labels,
                           .count = count,
                           .threads = threads};
    size_t batch = v->training.options.batch;
    uint32_t rows = (uint32_t)(batch < j->split.train_count ? batch : j->split.train_count);
    if (!st) st = plan_probe_training(&p, rows, &out->plan);
    if (!st) st = plan_probe_scoring(&p, PRECISION_FLOAT32, &out->graph_s);
    free(graphs);
    free(labels);
    return st;
}

static enum status plan_one(const struct training *j, int threads, struct planned *out)
{
    const struct config_values *v = j->in.values;
    const struct predictor_options *o = &j->predictor.options;
    double rows = (double)j->split.train_count;
    double batch = v->training.options.batch < rows ? v->training.options.batch : rows;
    double distinct = (double)count_distinct(j->networks);
    uint32_t folds = o->head == HEAD_LINEAR_GP ? v->training.options.folds : 0;
    struct plan_training *t = &out->plan.training;
    enum status st = probe(j, threads, out);
    if (st) return st;
    uint32_t bases = v->training.pretraining ? pretraining_networks(v, o) : 0;
    for (uint32_t b = 0; b < bases; b++) add_network(t, distinct, v->training.pretraining, batch);
    out->pretraining_s = plan_wall_s(&(struct plan){.training = *t}, &(struct plan_tasks){0}, 1);
    for (uint32_t m = 0; m < o->members; m++)
        add_network(t, rows, v->training.options.epochs, batch);
    for (uint32_t f = 0; f < folds; f++)
        add_network(t, rows - rows / folds, v->training.options.epochs, batch);
    out->networks = o->members + folds;
    if (o->head != HEAD_GP) out->plan.divided_s += distinct * out->graph_s;
    out->step_s = t->step_s + t->shards * t->shard_s;
    plan_probe_raise(&out->plan);
    return o->head == HEAD_LINEAR ? SIBYL_OK : add_process(j, out);
}

/* Plans the training of a setting. */
static enum status plan_setting(struct plan_job *j, struct config *c, struct training_data *data,
                                struct planned *out)
{
    struct run *r = j->run;
    struct training training = {0};
    double start = clock_s();
    enum status st = training_data_read(data, r->team, c->values->data.file, c->values->data.graph);
    double read_s = clock_s() - start;
    if (read_s > j->plan.serial_s) j->plan.serial_s = read_s;
    struct training_inputs in = {.team = r->team,
                                 .data = data,
                                 .values = c->values,
                                 .digest = c->digest,
                                 .log = &r->log,
                                 .threads = r->threads};
    if (!st) st = training_open(&training, &in);
    if (!st) st = plan_one(&training, r->threads, out);
    size_t used = strlen(j->summary);
    if (!st && !used)
        snprintf(
            j->summary, sizeof(j->summary),
            "train on %zu of %zu architectures: %zu networks of %zu parameters; measured here: "
            "%.3g ms a step, %.0f architectures a second scored",
            training.split.train_count, data->dataset.count, out->networks,
            training.predictor.parameters, out->step_s * 1e3, 1 / out->graph_s);
    training_release(&training);
    return st;
}

/* The first setting that shares its pre-training with setting s; s itself where it has none. */
static size_t first_like(const struct config *configs, const struct planned *planned, size_t s)
{
    size_t first = planned[s].pretraining_s > 0 ? 0 : s;
    while (first < s && !pretraining_shared(configs[s].values, configs[first].values)) first++;
    return first;
}

/* Repeats share it, unless it depends on their splits. */
static enum status make_tasks(struct plan_job *j, const struct config *configs,
                              const struct planned *planned)
{
    size_t settings = j->run->config.settings, repeats = (size_t)j->run->config.repeats;
    j->task_list = calloc(settings * repeats, sizeof(*j->task_list));
    if (!j->task_list) return err_memory("a plan");
    for (size_t s = 0; s < settings; s++) {
        double whole_s = plan_wall_s(&planned[s].plan, &(struct plan_tasks){0}, 1);
        size_t first = first_like(configs, planned, s);
        bool own = pretraining_sees_split(configs[s].values);
        for (size_t r = 0; r < repeats; r++)
            j->task_list[r * settings + s] = (struct plan_task){whole_s, planned[s].pretraining_s,
                                                                own ? r * settings + first : first};
    }
    j->tasks = (struct plan_tasks){settings * repeats, j->task_list};
    return SIBYL_OK;
}

/* The memory of the setting that needs most; ranks train one after the other. */
static void take_largest(struct plan *out, const struct planned *planned, size_t settings)
{
    const struct plan_tasks none = {0};
    const struct plan *largest = &planned[0].plan;
    for (size_t s = 1; s < settings; s++)
        if (plan_bytes(&planned[s].plan, &none, 1) > plan_bytes(largest, &none, 1))
            largest = &planned[s].plan;
    out->fixed_bytes = largest->fixed_bytes;
    out->shard_bytes = largest->shard_bytes;
    out->divided_bytes = largest->divided_bytes;
    out->training = largest->training;
}

static enum status plan_experiment(struct plan_job *j, struct training_data *data)
{
    struct run *r = j->run;
    size_t settings = r->config.settings, made = 0;
    struct config_source source = {.verb = CONFIG_TRAIN,
                                   .file = r->job_file,
                                   .text = r->text,
                                   .bytes = r->text_bytes,
                                   .sets = r->options->sets,
                                   .set_count = r->options->set_count};
    struct config *configs = calloc(settings, sizeof(*configs));
    struct planned *planned = calloc(settings, sizeof(*planned));
    struct config_file *file = NULL;
    enum status st = configs && planned ? config_open(&file, &source) : err_memory("a plan");
    for (; made < settings && !st; made++) {
        st = config_setting(&configs[made], file, made);
        if (st) break;
        st = plan_setting(j, &configs[made], data, &planned[made]);
        if (st) err_prefix(st, "setting %s", configs[made].setting);
    }
    if (!st) st = make_tasks(j, configs, planned);
    if (!st) {
        take_largest(&j->plan, planned, settings);
        size_t used = strlen(j->summary);
        snprintf(j->summary + used, sizeof(j->summary) - used,
                 "; %zu settings x %" PRIu64 " repeats, each training on one rank", settings,
                 r->config.repeats);
    }
    config_close(file);
    for (size_t i = 0; configs && i < settings; i++) config_release(&configs[i]);
    free(configs);
    free(planned);
    return st;
}

enum status plan_train(struct plan_job *j)
{
    struct training_data data = {0};
    struct planned planned = {0};
    enum status st;
    if (j->run->config.experiment) {
        st = plan_experiment(j, &data);
    } else {
        st = plan_setting(j, &j->run->config, &data, &planned);
        planned.plan.serial_s = j->plan.serial_s;
        j->plan = planned.plan;
    }
    training_data_release(&data);
    return st;
}
