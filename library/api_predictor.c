#include "library/api.h"

#include <stdlib.h>

enum sibyl_code sibyl_predictor_read(struct sibyl_predictor **out, const char *path,
                                     struct sibyl_status *status)
{
    if (!out || !path) return api_null(status, out ? "path" : "out");
    struct sibyl_predictor *made = calloc(1, sizeof(*made));
    enum status st = made ? predictor_read(&made->predictor, path) : err_memory("a predictor");
    if (st)
        free(made);
    else
        *out = made;
    return api_end(status, st);
}

void sibyl_predictor_free(struct sibyl_predictor *predictor)
{
    if (!predictor) return;
    predictor_release(&predictor->predictor);
    free(predictor);
}

const char *sibyl_predictor_label(const struct sibyl_predictor *predictor)
{
    return predictor ? predictor->predictor.label : NULL;
}

int sibyl_predictor_minimises(const struct sibyl_predictor *predictor)
{
    return predictor && predictor->predictor.minimise;
}

size_t sibyl_predictor_members(const struct sibyl_predictor *predictor)
{
    return predictor ? predictor->predictor.options.members : 0;
}

size_t sibyl_predictor_operations(const struct sibyl_predictor *predictor)
{
    return predictor ? predictor->predictor.vocabulary.count : 0;
}

size_t sibyl_predictor_attributes(const struct sibyl_predictor *predictor)
{
    return predictor ? predictor_own_attributes(&predictor->predictor) : 0;
}

size_t sibyl_predictor_features(const struct sibyl_predictor *predictor)
{
    return predictor ? predictor->predictor.features.count : 0;
}

const char *sibyl_predictor_operation(const struct sibyl_predictor *predictor, size_t operation)
{
    return operation < sibyl_predictor_operations(predictor)
               ? predictor->predictor.vocabulary.names[operation]
               : NULL;
}

const char *sibyl_predictor_feature(const struct sibyl_predictor *predictor, size_t feature)
{
    return feature < sibyl_predictor_features(predictor)
               ? predictor->predictor.features.list[feature].name
               : NULL;
}

enum sibyl_code sibyl_predictor_graphs(const struct sibyl_predictor *predictor,
                                       struct sibyl_graphs **out, struct sibyl_status *status)
{
    if (!predictor || !out) return api_null(status, predictor ? "out" : "predictor");
    const struct vocabulary *v = &predictor->predictor.vocabulary;
    return api_end(status, api_graphs_make(out, (const char *const *)v->names, v->count,
                                           predictor_own_attributes(&predictor->predictor)));
}
