/* Writes a predictor's first network, and a dataset's graphs as that network sees them, in forms
 * that any program reads; tests/bench/vs_pytorch.py gives them to PyTorch.
 *
 *   bench_dump_predictor PREDICTOR.sibyl DATASET.sibyl FOLDER
 *
 * FOLDER/weights.f32   little-endian float32, the tensors of predictor/model/nnformer_shape.h in
 * order FOLDER/model.json    the predictor's options and its scaling of targets FOLDER/graphs.jsonl
 * {"ops":[...],"edges":[[from,to,multiplicity],...]}, a line for each row */
#include "base/file.h"
#include "predictor/scoring/predictor.h"
#include "proto/files/dataset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static enum status write_weights(const struct predictor *p, const char *path)
{
    return file_write(path, p->weights, p->parameters * sizeof(*p->weights));
}

static enum status write_model(const struct predictor *p, const char *path)
{
    const struct predictor_options *o = &p->options;
    struct file_writer w = {0};
    enum status st = file_write_begin(&w, path);
    if (st) return st;
    fprintf(w.stream,
            "{\"layers\":%" PRIu32 ",\"width\":%" PRIu32 ",\"feedforward\":%" PRIu32
            ",\"vocabulary\":%" PRIu32 ",\"readout\":\"%s\",\"tokens\":%s,\"heads\":[",
            o->layers, o->width, o->feedforward, p->vocabulary.count, readout_name(o->readout),
            o->tokens ? "true" : "false");
    for (uint32_t a = 0; a < o->head_count; a++)
        fprintf(w.stream, "%s\"%s\"", a ? "," : "", topology_name(o->heads[a]));
    fprintf(w.stream, "],\"target_mean\":%.17g,\"target_deviation\":%.17g,\"transform\":\"%s\"}\n",
            p->target_mean, p->target_deviation,
            p->transform == TARGET_LOG_ERROR ? "log_error" : "plain");
    st = file_write_commit(&w);
    file_write_abandon(&w);
    return st;
}

static void print_graph(FILE *f, const struct graph *g)
{
    const char *comma = "";
    fprintf(f, "{\"ops\":[");
    for (uint32_t i = 0; i < g->nodes; i++) fprintf(f, "%s%u", i ? "," : "", g->ops[i]);
    fprintf(f, "],\"edges\":[");
    for (uint32_t i = 0; i < g->nodes; i++)
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++, comma = ",")
            fprintf(f, "%s[%" PRIu32 ",%" PRIu32 ",%" PRIu32 "]", comma, i, g->out_node[e],
                    g->out_multiplicity[e]);
    fprintf(f, "]}\n");
}

static enum status write_graphs(const struct dataset *d, enum graph_form form, const char *path)
{
    struct file_writer w = {0};
    struct arena arena;
    enum status st = file_write_begin(&w, path);
    if (st) return st;
    arena_init(&arena);
    for (size_t i = 0; i < d->count && !st; i++) {
        struct graph g;
        arena_reset(&arena);
        st = graph_in_form(&g, &arena, &d->rows[i].graph, &d->vocabulary, form);
        if (st)
            err_prefix(st, "architecture %zu", i);
        else
            print_graph(w.stream, &g);
    }
    if (!st) st = file_write_commit(&w);
    file_write_abandon(&w);
    arena_release(&arena);
    return st;
}

static enum status write_all(const struct predictor *p, const struct dataset *d, const char *folder)
{
    char *weights = file_join(folder, "weights.f32"), *model = file_join(folder, "model.json");
    char *graphs = file_join(folder, "graphs.jsonl");
    enum status st =
        weights && model && graphs ? file_make_folder(folder) : err_memory("the names of files");
    if (!st) st = write_weights(p, weights);
    if (!st) st = write_model(p, model);
    if (!st) st = write_graphs(d, p->options.graph_form, graphs);
    free(weights);
    free(model);
    free(graphs);
    return st;
}

static enum status dump(const char *predictor, const char *data, const char *folder)
{
    struct predictor p;
    struct dataset d = {0};
    enum status st = predictor_read(&p, predictor);
    if (st) return st;
    st = dataset_read(&d, data);
    if (!st && !vocabulary_equal(&p.vocabulary, &d.vocabulary))
        st = err_set(SIBYL_E_FORMAT, "%s was trained on other operations than those of %s",
                     predictor, data);
    if (!st) st = write_all(&p, &d, folder);
    dataset_release(&d);
    predictor_release(&p);
    return st;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bench_dump_predictor PREDICTOR.sibyl DATASET.sibyl FOLDER\n");
        return 2;
    }
    enum status st = dump(argv[1], argv[2], argv[3]);
    if (st) fprintf(stderr, "bench_dump_predictor: %s\n", err_message());
    return status_exit_code(st);
}
