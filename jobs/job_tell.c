#include "jobs/jobs.h"

#include "base/input.h"
#include "base/text.h"
#include "jobs/run/visiting.h"
#include "search/evaluators/command_answer.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TELL_WARNINGS_MAX 20 /* lines that are told of one by one */
#define TELL_SHOWN 60        /* bytes of a line in a message */
#define TELL_TASK_MAX 9007199254740992.0

struct line {
    size_t number;
    char *text; /* owned */
};

struct telling {
    struct visiting *v;
    struct line *lines;
    size_t count, capacity, told, refused;
};

/* ---- reading: before the folder is locked, for a pipe may be slow ---- */

static enum status keep_line(struct telling *t, size_t number, const char *text)
{
    if (t->count == t->capacity) {
        size_t larger = t->capacity ? 2 * t->capacity : 64;
        struct line *grown = realloc(t->lines, larger * sizeof(*grown));
        if (!grown) return err_memory("what is told");
        t->lines = grown;
        t->capacity = larger;
    }
    char *copy = strdup(text);
    if (!copy) return err_memory("what is told");
    t->lines[t->count++] = (struct line){number, copy};
    return SIBYL_OK;
}

static enum status read_lines(struct telling *t, const char *path)
{
    struct input *in = NULL;
    enum status st = input_open(&in, path);
    while (!st) {
        char *text = NULL;
        size_t bytes = 0;
        st = input_line(in, &text, &bytes);
        if (st || !text) break;
        const char *kept = strlen(text) < bytes ? "(binary data)" : text; /* it has a zero byte */
        if (kept[strspn(kept, " \t")]) st = keep_line(t, input_line_number(in), kept);
    }
    input_close(in);
    return st;
}

static void release_lines(struct telling *t)
{
    for (size_t i = 0; i < t->count; i++) free(t->lines[i].text);
    free(t->lines);
}

/* ---- one line ---- */

static enum status wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
static enum status wrong(const char *format, ...)
{
    char text[STATUS_MESSAGE_BYTES];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    return err_set(SIBYL_E_FORMAT, "%s", text);
}

static enum status take_task(const struct telling *t, const json_t *o, uint64_t *out)
{
    const json_t *task = json_object_get(o, "task");
    double number = json_number_value(task);
    size_t count = t->v->visit.ledger.history.count;
    if (!task) return wrong("no 'task': want the number that sibyl ask gave with the network");
    if (!json_is_number(task) || !(number >= 0) || number > TELL_TASK_MAX || floor(number) < number)
        return wrong("'task' is no whole number");
    *out = json_is_integer(task) ? (uint64_t)json_integer_value(task) : (uint64_t)number;
    switch (visit_task(&t->v->visit, *out)) {
    case VISIT_PENDING:
        return SIBYL_OK;
    case VISIT_TOLD:
        return wrong("task %" PRIu64 " was told before", *out);
    case VISIT_UNKNOWN:
        break;
    }
    return count ? wrong("task %" PRIu64 " was never asked for", *out)
                 : wrong("task %" PRIu64 " was never asked for: none was", *out);
}

/* The keys that a line has, for the message of one without the value. */
static void list_keys(const json_t *o, char *out, size_t bytes)
{
    const char *key;
    json_t *item;
    size_t at = 0;
    *out = '\0';
    json_object_foreach((json_t *)(uintptr_t)o, key, item)
    {
        if (strcmp(key, "task") == 0 || at >= bytes) continue;
        int written = snprintf(out + at, bytes - at, "%s'%.40s'", at ? ", " : "", key);
        at += written > 0 ? (size_t)written : 0;
    }
    if (!*out) snprintf(out, bytes, "nothing");
    text_make_printable(out);
}

static enum status take_value(const struct telling *t, const json_t *o, Sibyl__Measurement *m)
{
    const char *name = t->v->run.config.values->evaluator.value;
    const json_t *value = json_object_get(o, name);
    char keys[300];
    if (!value) {
        list_keys(o, keys, sizeof(keys));
        return wrong("no '%s', which is searched for (evaluator.value); it has %s", name, keys);
    }
    const char *word = json_string_value(value);
    if (word && *word == ANSWER_NUMBER_MARK) return wrong("'%s' is not finite", name);
    if (word) return wrong("'%s' is a text, and no number", name);
    if (!json_is_number(value)) return wrong("'%s' is no number", name);
    m->value = json_number_value(value);
    return isfinite(m->value) ? SIBYL_OK : wrong("'%s' is not finite", name);
}

/* "failed": a reason, or true; anything but false gives the network back. */
static enum status take_failure(const json_t *o, Sibyl__Measurement *m, char *error, size_t bytes)
{
    const json_t *failed = json_object_get(o, "failed");
    if (!failed || json_is_false(failed) || json_is_null(failed)) return SIBYL_OK;
    if (!json_is_true(failed) && !json_is_string(failed))
        return wrong("'failed' is neither a reason nor true");
    snprintf(error, bytes, "%s", json_is_string(failed) ? json_string_value(failed) : "");
    if (!*error) snprintf(error, bytes, "told to have failed");
    text_make_printable(error);
    m->failed = true;
    m->value = (double)NAN;
    m->error = error;
    return SIBYL_OK;
}

static void take_seconds(json_t *o, Sibyl__Measurement *m)
{
    const json_t *seconds = json_object_get(o, "seconds");
    if (json_is_number(seconds) && json_number_value(seconds) > 0)
        m->seconds = json_number_value(seconds);
}

/* Other objectives and values with limits must be there; predicted ones are added. */
static enum status check_side_values(const struct telling *t, const Sibyl__Measurement *m,
                                     struct evaluation *e)
{
    const struct history *h = &t->v->visit.ledger.history;
    e->failed = m->failed;
    evaluation_check(e, h->objectives);
    if (e->failed && !m->failed) return wrong("%.300s (objectives, limits)", e->error);
    if (!t->v->forecast) return SIBYL_OK;
    return forecast_add(t->v->forecast, &h->entries[m->task].candidate, e);
}

/* All other values of the line, as those that a program prints. */
static enum status tell_with_side_values(struct telling *t, const struct answer *a,
                                         Sibyl__Measurement *m)
{
    char *names[EVALUATION_EXTRAS_MAX], *texts[EVALUATION_EXTRAS_MAX];
    struct evaluation *e = calloc(1, sizeof(*e));
    bool any_text = false;
    if (!e) return err_memory("what is told");
    static const char *const own[] = {"task", "failed", "seconds"};
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) json_object_del(a->result, own[i]);
    answer_read_side_values(a, t->v->run.config.values->evaluator.value, e);
    enum status st = check_side_values(t, m, e);
    if (st) {
        free(e);
        return st;
    }
    for (uint32_t i = 0; i < e->extras; i++) {
        names[i] = e->extra_names[i];
        texts[i] = e->extra_texts[i];
        any_text = any_text || *texts[i];
    }
    m->n_extra_names = m->n_extra_values = e->extras;
    m->n_extra_texts = any_text ? e->extras : 0;
    m->extra_names = names;
    m->extra_values = e->extra_values;
    m->extra_texts = texts;
    st = visit_tell(&t->v->visit, m);
    free(e);
    /* What cannot be written is no fault of the line. */
    return st == SIBYL_E_FORMAT ? SIBYL_E_IO : st;
}

static enum status take_object(struct telling *t, const struct answer *a)
{
    char error[EVALUATION_ERROR_BYTES] = "";
    Sibyl__Measurement m = SIBYL__MEASUREMENT__INIT;
    enum status st = take_task(t, a->result, &m.task);
    if (!st) st = take_failure(a->result, &m, error, sizeof(error));
    if (!st && !m.failed) st = take_value(t, a->result, &m);
    if (st) return st;
    take_seconds(a->result, &m);
    return tell_with_side_values(t, a, &m);
}

static enum status take_line(struct telling *t, const char *text)
{
    struct answer a;
    enum status st;
    answer_init(&a);
    a.objectives = t->v->visit.ledger.history.objectives;
    answer_take(&a, text, strlen(text));
    answer_finish(&a);
    if (a.result)
        st = take_object(t, &a);
    else if (a.lost)
        st = err_memory("what is told");
    else
        st = wrong("cut short, or no JSON object: %.*s", TELL_SHOWN, text);
    answer_release(&a);
    return st;
}

/* ---- all of them ---- */

/* Every good line counts; the others are told of. */
static enum status take_lines(struct telling *t)
{
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < t->count && !st; i++) {
        st = take_line(t, t->lines[i].text);
        if (!st) t->told++;
        if (st != SIBYL_E_FORMAT) continue;
        st = SIBYL_OK;
        if (t->refused++ < TELL_WARNINGS_MAX)
            log_warn(&t->v->run.log, "line %zu: %s", t->lines[i].number, err_message());
    }
    return st;
}

static enum status tell(struct telling *t)
{
    const struct history *h = &t->v->visit.ledger.history;
    enum status st = take_lines(t);
    /* What was taken before is told on the disk, whatever came then. */
    if (t->told || !st) {
        char message[STATUS_MESSAGE_BYTES];
        snprintf(message, sizeof(message), "%s", err_message());
        enum status ended = visiting_end(t->v, t->told > 0);
        if (st) (void)err_set(st, "%s", message);
        if (!st) st = ended;
    }
    if (st) return st;
    uint64_t *tasks = NULL;
    size_t pending = 0;
    st = visit_pending(&t->v->visit, &tasks, &pending);
    free(tasks);
    if (st) return st;
    log_root(&t->v->run.log, "told %zu; %zu evaluations, %zu pending%s", t->told, h->measured,
             pending, t->v->visit.over ? "; the search is at its end" : "");
    if (!t->refused) return SIBYL_OK;
    return err_set(SIBYL_E_FORMAT, "%zu of %zu lines were not taken; the others count", t->refused,
                   t->count);
}

enum status job_tell(struct team *t, const struct options *o)
{
    struct visiting v = {0};
    struct telling telling = {.v = &v};
    enum status st = options_operands(o, 1, 2, "JOB.yaml [FILE]");
    const char *path = o->operand_count > 1 ? o->operands[1] : "/dev/stdin";
    if (!st && !o->dry_run) st = read_lines(&telling, path);
    if (!st) st = visiting_open(&v, t, o);
    if (!st && !o->dry_run) st = tell(&telling);
    visiting_close(&v);
    release_lines(&telling);
    return st;
}
