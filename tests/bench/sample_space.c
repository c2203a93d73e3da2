/* A dataset of random points of a search space, with repetition, to score. Rows have no labels.
 * usage: bench_sample_space SPACE ROWS SEED OUT.sibyl */
#include "proto/files/dataset.h"
#include "search/spaces/space.h"

#include <stdio.h>
#include <stdlib.h>

#define PART 65536 /* rows held at a time */

static enum status add(struct dataset *rows, const struct space *s, struct rng *r,
                       struct arena *scratch, char *text)
{
    uint16_t g[SPACE_GENES_BUILT_IN] = {0};
    struct graph graph;
    s->sample(s, r, g);
    arena_reset(scratch);
    enum status st = s->graph(s, g, &graph, scratch);
    s->text(s, g, text);
    return st ? st : dataset_add(rows, &graph, text, NULL);
}

static enum status write_parts(struct dataset_writer *w, const struct space *s, uint64_t count,
                               uint64_t seed, char *text)
{
    struct arena scratch;
    struct rng r;
    enum status st = SIBYL_OK;
    arena_init(&scratch);
    rng_init(&r, seed, RNG_TEST, 0);
    while (count > 0 && !st) {
        struct dataset rows;
        st = dataset_begin(&rows, s->name, (const char *const *)s->vocabulary.names,
                           s->vocabulary.count, NULL, 0);
        for (int i = 0; i < PART && count > 0 && !st; i++, count--)
            st = add(&rows, s, &r, &scratch, text);
        if (!st) st = dataset_writer_add(w, &rows);
        dataset_release(&rows);
    }
    arena_release(&scratch);
    return st;
}

static enum status run(const char *name, uint64_t count, uint64_t seed, const char *path)
{
    struct space *s = NULL;
    struct dataset head = {0};
    struct dataset_writer w = {0};
    enum status st = space_new(name, &s);
    char *text = st ? NULL : malloc((size_t)s->text_bytes + 1);
    if (!st && !text) st = err_memory("a text");
    if (!st)
        st = dataset_begin(&head, s->name, (const char *const *)s->vocabulary.names,
                           s->vocabulary.count, NULL, 0);
    if (!st) st = dataset_writer_open(&w, path, &head, count);
    if (!st) st = write_parts(&w, s, count, seed, text);
    if (!st) st = dataset_writer_close(&w);
    dataset_writer_abandon(&w);
    dataset_release(&head);
    free(text);
    space_free(s);
    return st;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: bench_sample_space SPACE ROWS SEED OUT.sibyl\n");
        return 2;
    }
    enum status st =
        run(argv[1], strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10), argv[4]);
    if (st) fprintf(stderr, "bench_sample_space: %s\n", err_message());
    return status_exit_code(st);
}
