#include "library/api.h"

#include <math.h>
#include <stdlib.h>

enum sibyl_code sibyl_dataset_read(struct sibyl_dataset **out, const char *path,
                                   struct sibyl_status *status)
{
    if (!out || !path) return api_null(status, out ? "path" : "out");
    struct sibyl_dataset *made = calloc(1, sizeof(*made));
    enum status st = made ? dataset_read(&made->data, path) : err_memory("a dataset");
    if (st)
        free(made);
    else
        *out = made;
    return api_end(status, st);
}

void sibyl_dataset_free(struct sibyl_dataset *dataset)
{
    if (!dataset) return;
    dataset_release(&dataset->data);
    free(dataset);
}

size_t sibyl_dataset_rows(const struct sibyl_dataset *dataset)
{
    return dataset ? dataset->data.count : 0;
}

size_t sibyl_dataset_labels(const struct sibyl_dataset *dataset)
{
    return dataset ? dataset->data.label_count : 0;
}

size_t sibyl_dataset_operations(const struct sibyl_dataset *dataset)
{
    return dataset ? dataset->data.vocabulary.count : 0;
}

size_t sibyl_dataset_attributes(const struct sibyl_dataset *dataset)
{
    return dataset ? dataset->data.attributes : 0;
}

const char *sibyl_dataset_label(const struct sibyl_dataset *dataset, size_t label)
{
    return label < sibyl_dataset_labels(dataset) ? dataset->data.label_names[label] : NULL;
}

const char *sibyl_dataset_operation(const struct sibyl_dataset *dataset, size_t operation)
{
    return operation < sibyl_dataset_operations(dataset) ? dataset->data.vocabulary.names[operation]
                                                         : NULL;
}

const char *sibyl_dataset_id(const struct sibyl_dataset *dataset, size_t row)
{
    return row < sibyl_dataset_rows(dataset) ? dataset->data.rows[row].id : NULL;
}

const char *sibyl_dataset_text(const struct sibyl_dataset *dataset, size_t row)
{
    return row < sibyl_dataset_rows(dataset) ? dataset->data.rows[row].text : NULL;
}

double sibyl_dataset_value(const struct sibyl_dataset *dataset, size_t row, size_t label)
{
    bool known = row < sibyl_dataset_rows(dataset) && label < sibyl_dataset_labels(dataset);
    return known ? dataset->data.rows[row].labels[label] : (double)NAN;
}

enum sibyl_code sibyl_dataset_find_label(const struct sibyl_dataset *dataset, const char *name,
                                         size_t *out, struct sibyl_status *status)
{
    uint32_t label;
    if (!dataset) return api_null(status, "dataset");
    if (!name || !out) return api_null(status, name ? "out" : "name");
    if (dataset_find_label(&dataset->data, name, &label))
        return api_refuse(status, SIBYL_CODE_ARGUMENT, "%s", err_message());
    *out = label;
    return api_end(status, SIBYL_OK);
}

enum sibyl_code sibyl_dataset_graphs(const struct sibyl_dataset *dataset, struct sibyl_graphs **out,
                                     struct sibyl_status *status)
{
    if (!dataset || !out) return api_null(status, dataset ? "out" : "dataset");
    const struct vocabulary *v = &dataset->data.vocabulary;
    return api_end(status, api_graphs_make(out, (const char *const *)v->names, v->count,
                                           dataset->data.attributes));
}

enum sibyl_code sibyl_graphs_add_rows(struct sibyl_graphs *graphs,
                                      const struct sibyl_dataset *dataset, size_t first,
                                      size_t count, struct sibyl_status *status)
{
    if (!graphs || !dataset) return api_null(status, graphs ? "dataset" : "graphs");
    const struct dataset *d = &dataset->data;
    if (first > d->count || count > d->count - first)
        return api_refuse(status, SIBYL_CODE_ARGUMENT, "%zu rows from row %zu of a dataset of %zu",
                          count, first, d->count);
    struct arena_mark before = arena_mark(&graphs->arena);
    size_t had = graphs->count;
    enum status st = SIBYL_OK;
    for (size_t i = first; i < first + count && !st; i++) {
        st = api_graphs_append(graphs, &d->rows[i].graph, &d->vocabulary);
        if (st) err_prefix(st, "row %zu", i);
    }
    if (st) {
        graphs->count = had;
        arena_rewind(&graphs->arena, before);
    }
    return api_end(status, st);
}
