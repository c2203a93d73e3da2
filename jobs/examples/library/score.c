/* Scores the rows of a dataset with a predictor: the column `score` of what `sibyl score` writes.
 *   score PREDICTOR.sibyl DATASET.sibyl [THREADS]
 * docs/library.md says how to build it. */
#include <sibyl/sibyl.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct sibyl_predictor *predictor = NULL;
    struct sibyl_dataset *dataset = NULL;
    struct sibyl_graphs *graphs = NULL;
    struct sibyl_scorer *scorer = NULL;
    struct sibyl_scorer_options options = {.threads = argc > 3 ? atoi(argv[3]) : 1};
    struct sibyl_scores scores = {NULL, NULL, NULL};
    struct sibyl_status status = {SIBYL_CODE_ARGUMENT, "want: score PREDICTOR DATASET [THREADS]"};

    if (argc < 3 || sibyl_predictor_read(&predictor, argv[1], &status) ||
        sibyl_dataset_read(&dataset, argv[2], &status) ||
        sibyl_predictor_graphs(predictor, &graphs, &status) ||
        sibyl_graphs_add_rows(graphs, dataset, 0, sibyl_dataset_rows(dataset), &status) ||
        sibyl_scorer_new(&scorer, predictor, &options, &status) ||
        !(scores.values = calloc(sibyl_graphs_count(graphs) + 1, sizeof(double))) ||
        sibyl_scorer_score(scorer, graphs, &scores, &status))
        fprintf(stderr, "score: %s\n", status.message);
    for (size_t i = 0; !status.code && i < sibyl_graphs_count(graphs); i++)
        printf("%.9g\n", scores.values[i]);

    free(scores.values);
    sibyl_scorer_free(scorer);
    sibyl_graphs_free(graphs);
    sibyl_dataset_free(dataset);
    sibyl_predictor_free(predictor);
    return status.code != SIBYL_CODE_OK;
}
