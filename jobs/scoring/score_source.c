#include "jobs/scoring/score_source.h"

#include "base/rng.h"
#include "jobs/training/input_features.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_POINTS 1024
#define SAMPLE_UNITS 4                 /* each has 1024 rows, */
#define SAMPLE_ROWS 4096               /* which are so many of JSON lines, */
#define SAMPLE_LINE_UNITS 64           /* if they are in the first so many units */
#define POINTS_MAX (UINT64_C(1) << 31) /* of a space that is gone through whole */

static enum status open_space(struct score_source *s, const struct config_values *values)
{
    enum status st = space_open(values->input.space, &s->space);
    if (st && space_is_path(values->input.space)) return SIBYL_E_USAGE;
    if (st) return err_prefix(SIBYL_E_USAGE, "input.space");
    if (s->space->source) s->content = digest_xxh128(s->space->source, strlen(s->space->source));
    s->name = s->space->name;
    s->sample = values->input.sample;
    s->seed = values->seed;
    s->rows = s->sample ? s->sample : s->space->strings;
    if (!s->sample && s->space->strings > POINTS_MAX)
        return err_set(SIBYL_E_USAGE,
                       "input.space: %s has %s points, too many to go through; set input.sample",
                       s->name, s->space->points);
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
    s->content = s->file.content;
    team_broadcast(t, 0, &s->content, sizeof(s->content));
    return SIBYL_OK;
}

static enum status open_dataset(struct score_source *s, struct team *t,
                                const struct config_values *values)
{
    enum status st = dataset_reader_open(&s->file, s->name);
    if (!st) {
        s->rows = s->file.count;
        s->file_bytes = s->file.records.size;
    }
    if (!st && s->labelled) st = dataset_find_label(&s->file.head, values->input.label, &s->label);
    team_excuse(t, true); /* a head of every block, which may take minutes on a slow disk */
    if (!st && team_rank(t) == 0) st = dataset_reader_index(&s->file);
    team_excuse(t, false);
    st = team_agree(t, st);
    return st ? st : share_blocks(s, t);
}

static enum status open_lines(struct score_source *s, struct team *t,
                              const struct config_values *values, const struct predictor *p)
{
    const char *names[GRAPH_ATTRIBUTES_MAX]; /* read in jsonl_reader_open() alone */
    for (uint32_t k = 0; k < p->features.count; k++) names[k] = p->features.list[k].name;
    struct jsonl_form form = {
        .vocabulary = &p->vocabulary,
        .attributes = predictor_own_attributes(p),
        .label = values->input.label,
        .numbers = names,
        .number_count = p->features.count,
        .advice = "the predictor was trained on no others: leave such lines out, or train one on a "
                  "dataset that has them"};
    enum status st = team_agree(t, jsonl_reader_open(&s->lines, s->name, &form));
    if (st) return st;
    s->lines.form.numbers = NULL;
    for (uint32_t k = 0; k < p->features.count; k++) s->columns[k] = k + s->labelled;
    s->file_bytes = s->lines.size;
    s->units = jsonl_reader_units(&s->lines);
    team_broadcast(t, 0, &s->file_bytes, sizeof(s->file_bytes));
    if (s->file_bytes != s->lines.size)
        st = err_set(SIBYL_E_IO, "%s has %" PRIu64 " bytes here and %" PRIu64 " on rank 0", s->name,
                     s->lines.size, s->file_bytes);
    uint64_t state[2] = {s->lines.size, (uint64_t)s->lines.changed_ns};
    s->content = digest_xxh128(state, sizeof(state));
    team_broadcast(t, 0, &s->content, sizeof(s->content));
    return team_agree(t, st);
}

enum status score_source_open(struct score_source *s, struct team *t,
                              const struct config_values *values, const struct predictor *p)
{
    bool is_dataset = false;
    *s = (struct score_source){.features = &p->features};
    if (values->input.space) return team_agree(t, open_space(s, values));
    s->name = values->input.file;
    s->labelled = values->input.label != NULL;
    enum status st =
        team_agree(t, team_rank(t) == 0 ? record_file_is(s->name, &is_dataset) : SIBYL_OK);
    if (st) return st;
    team_broadcast(t, 0, &is_dataset, sizeof(is_dataset));
    return is_dataset ? open_dataset(s, t, values) : open_lines(s, t, values, p);
}

void score_source_close(struct score_source *s)
{
    space_free(s->space);
    dataset_reader_close(&s->file);
    jsonl_reader_close(&s->lines);
    *s = (struct score_source){0};
}

const struct vocabulary *score_source_vocabulary(const struct score_source *s)
{
    if (s->space) return &s->space->vocabulary;
    return s->lines.path ? &s->lines.head.vocabulary : &s->file.head.vocabulary;
}

uint32_t score_source_attributes(const struct score_source *s)
{
    if (s->lines.path) return s->lines.form.attributes;
    return s->space ? s->space->attributes : s->file.head.attributes;
}

/* Where the predictor's features stand. */
static enum status find_features(struct score_source *s)
{
    const struct features *f = s->features;
    if (!f->count || s->lines.path) return SIBYL_OK;
    if (s->space)
        return err_set(SIBYL_E_FORMAT,
                       "the predictor was trained with the feature %s (data.features), which a "
                       "point of a space has not: score a dataset with that label (input.file), or "
                       "train a predictor without it",
                       f->list[0].name);
    enum status st = input_features_find(s->columns, f, &s->file.head);
    return st ? err_prefix(SIBYL_E_FORMAT,
                           "%s lacks a feature that the predictor was trained with (data.features)",
                           s->name)
              : SIBYL_OK;
}

enum status score_source_fits(struct score_source *s, const struct predictor *p)
{
    uint32_t attributes = score_source_attributes(s);
    if (predictor_own_attributes(p) != attributes)
        return err_set(SIBYL_E_FORMAT,
                       "the predictor was trained on nodes with %" PRIu32
                       " attributes, but those of %s have %" PRIu32,
                       predictor_own_attributes(p), s->name, attributes);
    if (!vocabulary_equal(&p->vocabulary, score_source_vocabulary(s)))
        return err_set(
            SIBYL_E_FORMAT,
            "the predictor was trained on other operations than those of %s; compare them with "
            "sibyl inspect",
            s->name);
    return find_features(s);
}

enum status score_source_has_features(const struct score_source *s, const struct score_rows *first)
{
    for (uint32_t k = 0; k < s->features->count && first->data.count; k++) {
        size_t known = 0;
        for (size_t i = 0; i < first->data.count; i++)
            known += !isnan(first->data.rows[i].labels[s->columns[k]]);
        if (known) continue;
        return err_set(SIBYL_E_FORMAT,
                       "the predictor was trained with the feature %s (data.features), and none of "
                       "the first %zu networks of %s has a number for it; add it, or train a "
                       "predictor without it",
                       s->features->list[k].name, first->data.count, s->name);
    }
    return SIBYL_OK;
}

static void point(const struct score_source *s, uint64_t index, uint16_t *out)
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
    struct graph graph;
    arena_reset(scratch);
    uint16_t *g = space_genes(s->space, scratch);
    if (!g) return SIBYL_E_MEM;
    point(s, index, g);
    if (!s->space->valid(s->space, g)) return SIBYL_OK;
    enum status st = s->space->graph(s->space, g, &graph, scratch);
    if (st) return err_prefix(st, "point %" PRIu64 " of %s", index, s->name);
    s->space->text(s->space, g, text);
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

/* Adds the rows of one unit of a file. */
static enum status add_unit(struct score_source *s, uint64_t unit, struct score_rows *rows)
{
    if (s->lines.path) return jsonl_reader_unit(&s->lines, unit, &rows->data);
    return dataset_reader_block(&s->file, (size_t)unit, &rows->data);
}

static void clear(const struct score_source *s, struct score_rows *rows)
{
    if (s->lines.path)
        jsonl_reader_clear(&s->lines, &rows->data);
    else
        dataset_reader_clear(&s->file, &rows->data);
}

enum status score_source_read(struct score_source *s, uint64_t first, uint64_t end,
                              struct score_rows *rows)
{
    enum status st = SIBYL_OK;
    if (s->space) {
        uint64_t last = end >= s->units ? s->rows : end * UNIT_POINTS;
        return read_points(s, first >= s->units ? last : first * UNIT_POINTS, last, rows);
    }
    clear(s, rows);
    for (uint64_t u = first; u < end && u < s->units && !st; u++) st = add_unit(s, u, rows);
    return st;
}

enum status score_source_sample(struct score_source *s, struct score_rows *rows,
                                uint64_t *out_units)
{
    enum status st = SIBYL_OK;
    uint64_t u = 0;
    *out_units = s->units < SAMPLE_UNITS ? s->units : SAMPLE_UNITS;
    if (!s->lines.path) return score_source_read(s, 0, SAMPLE_UNITS, rows);
    clear(s, rows);
    while (u < s->units && u < SAMPLE_LINE_UNITS && rows->data.count < SAMPLE_ROWS && !st)
        st = add_unit(s, u++, rows);
    if (rows->data.count > SAMPLE_ROWS) rows->data.count = SAMPLE_ROWS;
    *out_units = u;
    return st;
}

uint64_t score_source_guess_rows(const struct score_source *s, uint64_t units, uint64_t rows)
{
    if (!s->lines.path) return s->rows;
    return units ? (uint64_t)((double)rows * ((double)s->units / (double)units)) : 0;
}

enum status score_source_finish(const struct score_source *s, uint64_t rows)
{
    if (s->space) return SIBYL_OK;
    if (s->lines.path && !rows)
        return err_set(SIBYL_E_FORMAT, "%s: no lines; want one JSON object a line", s->name);
    if (s->lines.path) return jsonl_reader_unchanged(&s->lines);
    if (rows == s->rows) return SIBYL_OK;
    return err_set(SIBYL_E_FORMAT,
                   "%s: the header tells of %" PRIu64 " rows, but there are %" PRIu64, s->name,
                   s->rows, rows);
}

void score_rows_release(struct score_rows *r)
{
    dataset_release(&r->data);
    free(r->points);
    *r = (struct score_rows){0};
}
