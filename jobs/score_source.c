#include "jobs/score_source.h"

#include "base/rng.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_POINTS 1024
#define POINTS_MAX (UINT64_C(1) << 31) /* of a space that is gone through whole */

static enum status open_space(struct score_source *s, const struct config_values *values)
{
    enum status st = space_new(values->input.space, &s->space);
    if (st) return err_prefix(SIBYL_E_USAGE, "input.space");
    s->name = s->space->name;
    s->sample = values->input.sample;
    s->seed = values->seed;
    s->rows = s->sample ? s->sample : s->space->strings;
    if (!s->sample && s->space->strings > POINTS_MAX)
        return err_set(SIBYL_E_USAGE,
                       "input.space: %s has %" PRIu64
                       " points, too many to go through; set input.sample",
                       s->name, s->space->strings);
    s->units = s->rows / UNIT_POINTS + (s->rows % UNIT_POINTS != 0);
    return SIBYL_OK;
}

/* The offsets of a file's blocks, from rank 0. Collective. */
static enum status share_blocks(struct score_source *s, struct team *t)
{
    void *blocks = s->file.blocks;
    size_t bytes = s->file.block_count * sizeof(*s->file.blocks);
    enum status st = team_broadcast_buffer(t, 0, &blocks, &bytes);
    if (st) return st;
    s->file.blocks = blocks;
    s->file.block_count = bytes / sizeof(*s->file.blocks);
    s->units = s->file.block_count;
    return SIBYL_OK;
}

enum status score_source_open(struct score_source *s, struct team *t,
                              const struct config_values *values)
{
    enum status st;
    *s = (struct score_source){0};
    if (values->input.space) return team_agree(t, open_space(s, values));
    s->name = values->input.file;
    st = dataset_reader_open(&s->file, s->name);
    if (!st) {
        s->rows = s->file.count;
        s->file_bytes = s->file.records.size;
        s->labelled = values->input.label != NULL;
    }
    if (!st && s->labelled) st = dataset_find_label(&s->file.head, values->input.label, &s->label);
    if (!st && team_rank(t) == 0) st = dataset_reader_index(&s->file);
    st = team_agree(t, st);
    return st ? st : share_blocks(s, t);
}

void score_source_close(struct score_source *s)
{
    space_free(s->space);
    dataset_reader_close(&s->file);
    *s = (struct score_source){0};
}

const struct vocabulary *score_source_vocabulary(const struct score_source *s)
{
    return s->space ? &s->space->vocabulary : &s->file.head.vocabulary;
}

uint32_t score_source_attributes(const struct score_source *s)
{
    return s->space ? 0 : s->file.head.attributes;
}

enum status score_source_fits(const struct score_source *s, const struct predictor *p)
{
    uint32_t attributes = score_source_attributes(s);
    if (p->options.attributes.count != attributes)
        return err_set(SIBYL_E_FORMAT,
                       "the predictor was trained on nodes with %" PRIu32
                       " attributes, but those of %s have %" PRIu32,
                       p->options.attributes.count, s->name, attributes);
    if (vocabulary_equal(&p->vocabulary, score_source_vocabulary(s))) return SIBYL_OK;
    return err_set(
        SIBYL_E_FORMAT,
        "the predictor was trained on other operations than those of %s; compare them with "
        "sibyl inspect",
        s->name);
}

static void point(const struct score_source *s, uint64_t index, struct genome *out)
{
    struct rng r;
    if (!s->sample) {
        s->space->at(s->space, index, out);
        return;
    }
    rng_init(&r, s->seed, RNG_SAMPLE, index);
    s->space->sample(s->space, &r, out);
}

static enum status add_point(const struct score_source *s, uint64_t index, struct score_rows *rows,
                             struct arena *scratch, char *text)
{
    struct genome g = {{0}};
    struct graph graph;
    point(s, index, &g);
    if (!s->space->valid(s->space, &g)) return SIBYL_OK;
    arena_reset(scratch);
    enum status st = s->space->graph(s->space, &g, &graph, scratch);
    if (st) return err_prefix(st, "point %" PRIu64 " of %s", index, s->name);
    s->space->text(s->space, &g, text);
    rows->points[rows->data.count] = index;
    return dataset_add(&rows->data, &graph, text, NULL);
}

static enum status read_points(const struct score_source *s, uint64_t first, uint64_t end,
                               struct score_rows *rows)
{
    struct arena scratch;
    size_t most = (size_t)(end - first);
    char *text = malloc((size_t)s->space->text_bytes + 1);
    if (most > rows->capacity) {
        free(rows->points);
        rows->points = malloc(most * sizeof(*rows->points));
        rows->capacity = rows->points ? most : 0;
    }
    enum status st = text && (rows->points || !most) ? SIBYL_OK : err_memory("points of a space");
    arena_init(&scratch);
    struct arena kept = rows->data.arena;
    arena_reset(&kept);
    rows->data = (struct dataset){.arena = kept, .vocabulary = s->space->vocabulary};
    for (uint64_t i = first; i < end && !st; i++) st = add_point(s, i, rows, &scratch, text);
    arena_release(&scratch);
    free(text);
    return st;
}

enum status score_source_read(struct score_source *s, uint64_t first, uint64_t end,
                              struct score_rows *rows)
{
    enum status st = SIBYL_OK;
    if (s->space) {
        uint64_t last = end >= s->units ? s->rows : end * UNIT_POINTS;
        return read_points(s, first >= s->units ? last : first * UNIT_POINTS, last, rows);
    }
    dataset_reader_clear(&s->file, &rows->data);
    for (uint64_t u = first; u < end && u < s->units && !st; u++)
        st = dataset_reader_block(&s->file, (size_t)u, &rows->data);
    return st;
}

void score_rows_release(struct score_rows *r)
{
    dataset_release(&r->data);
    free(r->points);
    *r = (struct score_rows){0};
}
