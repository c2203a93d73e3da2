/* Predictor files, as `sibyl train` writes them.
 *
 * A predictor says what a label of a network probably is. It never changes once it is read; any
 * number of threads may use it, and any number of scorers (scorer.h). */
#ifndef SIBYL_PREDICTOR_H
#define SIBYL_PREDICTOR_H

#include <sibyl/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sibyl_predictor;

/* Reads a predictor file. Every byte is checked. The predictor is to be freed by
 * sibyl_predictor_free(), after all scorers that were made of it.
 *
 * Fails with SIBYL_CODE_IO where the file cannot be read, with SIBYL_CODE_FORMAT where it is no
 * predictor, is cut short or is damaged, and with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_predictor_read(struct sibyl_predictor **out, const char *path,
                                               struct sibyl_status *status);

/* Frees a predictor, and all texts that it gave. Does nothing with NULL. */
SIBYL_API void sibyl_predictor_free(struct sibyl_predictor *predictor);

/* The name of the label that is predicted; NULL of NULL. */
SIBYL_API const char *sibyl_predictor_label(const struct sibyl_predictor *predictor);

/* 1 where the best networks are those with the lowest labels, such as latencies; else 0. */
SIBYL_API int sibyl_predictor_minimises(const struct sibyl_predictor *predictor);

/* The number of networks whose mean output is the prediction; 0 of NULL. */
SIBYL_API size_t sibyl_predictor_members(const struct sibyl_predictor *predictor);

/* The number of operations that it knows, and of attributes that each node must have; 0 of NULL. */
SIBYL_API size_t sibyl_predictor_operations(const struct sibyl_predictor *predictor);
SIBYL_API size_t sibyl_predictor_attributes(const struct sibyl_predictor *predictor);

/* The number of features: numbers of a whole network that it wants to know beside the graph (the
 * key data.features of the job that trained it); 0 of NULL. */
SIBYL_API size_t sibyl_predictor_features(const struct sibyl_predictor *predictor);

/* The name of an operation, or of a feature, which is that of a label; NULL where there is none. */
SIBYL_API const char *sibyl_predictor_operation(const struct sibyl_predictor *predictor,
                                                size_t operation);
SIBYL_API const char *sibyl_predictor_feature(const struct sibyl_predictor *predictor,
                                              size_t feature);

/* Makes an empty list of networks over the operations and attributes of a predictor: the list to
 * fill with what is to be scored. It does not need the predictor any longer, and is to be freed by
 * sibyl_graphs_free(). Fails with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_predictor_graphs(const struct sibyl_predictor *predictor,
                                                 struct sibyl_graphs **out,
                                                 struct sibyl_status *status);

#ifdef __cplusplus
}
#endif

#endif
