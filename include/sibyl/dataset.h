/* Dataset files, as `sibyl import` writes them: networks with labels.
 *
 * A dataset is read whole into memory and never changes then; any number of threads may read it.
 * Its rows and labels are told by their numbers, from 0 on. */
#ifndef SIBYL_DATASET_H
#define SIBYL_DATASET_H

#include <sibyl/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sibyl_dataset;

/* Reads a dataset file. Every byte is checked. The dataset is to be freed by sibyl_dataset_free().
 *
 * Fails with SIBYL_CODE_IO where the file cannot be read, with SIBYL_CODE_FORMAT where it is no
 * dataset, is cut short or is damaged, and with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_dataset_read(struct sibyl_dataset **out, const char *path,
                                             struct sibyl_status *status);

/* Frees a dataset, and all texts that it gave. Does nothing with NULL. */
SIBYL_API void sibyl_dataset_free(struct sibyl_dataset *dataset);

/* The number of rows, of labels, of operations, and of attributes at each node; 0 of NULL. */
SIBYL_API size_t sibyl_dataset_rows(const struct sibyl_dataset *dataset);
SIBYL_API size_t sibyl_dataset_labels(const struct sibyl_dataset *dataset);
SIBYL_API size_t sibyl_dataset_operations(const struct sibyl_dataset *dataset);
SIBYL_API size_t sibyl_dataset_attributes(const struct sibyl_dataset *dataset);

/* The name of a label, or of an operation; NULL where there is none. */
SIBYL_API const char *sibyl_dataset_label(const struct sibyl_dataset *dataset, size_t label);
SIBYL_API const char *sibyl_dataset_operation(const struct sibyl_dataset *dataset,
                                              size_t operation);

/* The id of a row, and its network in the notation of its space. Either is "" where the file has
 * none, and NULL where there is no such row. */
SIBYL_API const char *sibyl_dataset_id(const struct sibyl_dataset *dataset, size_t row);
SIBYL_API const char *sibyl_dataset_text(const struct sibyl_dataset *dataset, size_t row);

/* The value of a label in a row, in the unit of the file: as `sibyl import` took it from its table.
 * NaN where the file has none, or where there is no such row or label. */
SIBYL_API double sibyl_dataset_value(const struct sibyl_dataset *dataset, size_t row, size_t label);

/* Looks a label up by its name. Fails with SIBYL_CODE_ARGUMENT, and a message that lists the labels
 * there are, where it is none of them. */
SIBYL_API enum sibyl_code sibyl_dataset_find_label(const struct sibyl_dataset *dataset,
                                                   const char *name, size_t *out,
                                                   struct sibyl_status *status);

/* Makes an empty list of networks over the operations and attributes of a dataset. It does not need
 * the dataset any longer, and is to be freed by sibyl_graphs_free(). Fails with
 * SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_dataset_graphs(const struct sibyl_dataset *dataset,
                                               struct sibyl_graphs **out,
                                               struct sibyl_status *status);

/* Adds copies of the networks of `count` rows from `first` on, as they stand in the file, at the
 * end of a list; of none of them where it fails. Operations are told by their names, so that the
 * list may have them in another order.
 *
 * Fails with SIBYL_CODE_FORMAT where a network has an operation that the list has not, or where the
 * list has other attributes; with SIBYL_CODE_ARGUMENT where there are no such rows; and with
 * SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_graphs_add_rows(struct sibyl_graphs *graphs,
                                                const struct sibyl_dataset *dataset, size_t first,
                                                size_t count, struct sibyl_status *status);

#ifdef __cplusplus
}
#endif

#endif
