#include "base/clock.h"
#include "base/file.h"
#include "base/process/child.h"
#include "base/text.h"
#include "search/evaluators/command_program.h"
#include "search/evaluators/evaluator.h"
#include "search/evaluators/request.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct command {
    struct command_program program;
    char **arguments;   /* NULL-terminated, owned with its words */
    char **environment; /* NULL-terminated; the words belong to the process */
    char *folder;       /* NULL: the present one */
    char *value;
    double timeout_s, sign;
};

static void command_free(struct command *c)
{
    if (!c) return;
    for (size_t i = 0; c->arguments && c->arguments[i]; i++) free(c->arguments[i]);
    free(c->arguments);
    free(c->environment);
    command_program_release(&c->program);
    free(c->folder);
    free(c->value);
    free(c);
}

static void command_release(struct evaluator *e)
{
    command_free(e->detail);
}

static void command_fail(struct evaluation *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void command_fail(struct evaluation *out, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(out->error, sizeof(out->error), format, list);
    va_end(list);
    text_make_printable(out->error);
    out->failed = true;
    out->value = NAN;
    out->extras = 0;
}

/* The last line of `text` that is not empty, cut out of it. NULL if there is none. */
static char *command_last_line(char *text)
{
    size_t end = strlen(text);
    while (end > 0 && strchr(" \t\r\n", text[end - 1])) end--;
    if (end == 0) return NULL;
    text[end] = '\0';
    char *line = strrchr(text, '\n');
    return line ? line + 1 : text;
}

static void command_take_extras(const struct command *c, json_t *answer, struct evaluation *out)
{
    const char *key;
    json_t *item;
    json_object_foreach(answer, key, item)
    {
        if (out->extras == EVALUATION_EXTRAS_MAX) return;
        if (!json_is_number(item) || strcmp(key, c->value) == 0) continue;
        if (strlen(key) >= EVALUATION_NAME_BYTES || key[0] == '\0') continue;
        snprintf(out->extra_names[out->extras], EVALUATION_NAME_BYTES, "%s", key);
        out->extra_values[out->extras++] = json_number_value(item);
    }
}

static void command_take_answer(const struct command *c, struct child_result *r,
                                struct evaluation *out)
{
    json_error_t error;
    char *line = NULL;
    if (r->output && memchr(r->output, '\0', r->output_bytes)) {
        command_fail(out, "its answer is not text");
        return;
    }
    if (r->output) line = command_last_line(r->output);
    if (!line) {
        command_fail(out, "it ended well but printed no answer");
        return;
    }
    json_t *answer = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    json_t *value = json_object_get(answer, c->value);
    if (!json_is_object(answer))
        command_fail(out, "its last line is no JSON object: %.100s", line);
    else if (!json_is_number(value))
        command_fail(out, "its answer has no number '%s': %.100s", c->value, line);
    else if (!isfinite(json_number_value(value)))
        command_fail(out, "its '%s' is not finite", c->value);
    else {
        out->value = c->sign * json_number_value(value);
        command_take_extras(c, answer, out);
    }
    json_decref(answer);
}

static bool asks_to_stop(int number)
{
    return number == SIGTERM || number == SIGINT;
}

static void command_take(const struct command *c, struct child_result *r, struct evaluation *out)
{
    char *said = command_last_line(r->tail);
    const char *colon = said ? ": " : "";
    if (!said) said = r->tail;
    out->seconds = r->seconds;
    switch (r->end) {
    case CHILD_TIMED_OUT:
        command_fail(out, "took longer than %g s and was killed%s%.300s", c->timeout_s, colon,
                     said);
        break;
    case CHILD_FLOODED:
        command_fail(out, "printed more than %u bytes and was killed", CHILD_OUTPUT_MAX);
        break;
    case CHILD_SIGNALLED:
        command_fail(out, "killed by signal %d%s%.300s", r->code, colon, said);
        out->killed = asks_to_stop(r->code);
        break;
    case CHILD_NOT_STARTED:
        command_fail(out, "could not be started: %s", strerror(r->code));
        break;
    case CHILD_GIVEN_UP:
        break; /* command_evaluate() has seen to it */
    case CHILD_EXITED:
        if (r->code != 0)
            command_fail(out, "exit status %d%s%.300s", r->code, colon, said);
        else
            command_take_answer(c, r, out);
        out->killed = asks_to_stop(r->code - 128); /* so shells tell the end of their own child */
        break;
    }
}

/* True if it was given up meanwhile. */
static bool command_pause(const struct evaluation_task *task, double seconds)
{
    const struct timespec turn = {0, 20000000};
    for (double end = clock_s() + seconds; clock_s() < end;) {
        if (task->given_up && task->given_up(task->context)) return true;
        (void)nanosleep(&turn, NULL);
    }
    return false;
}

/* The machine had no room for another process, which says nothing of the program. */
static bool no_room(int cause)
{
    return cause == EAGAIN || cause == ENOMEM || cause == EMFILE || cause == ENFILE;
}

/* A program that was there in the beginning and cannot be started now may be so again soon: file
 * systems of clusters have such moments, and so have machines that are full of processes. Where one
 * stays full this evaluation has failed; an error here would end the evaluations of all ranks. */
static enum status command_start(const struct command *c, const struct evaluation_task *task,
                                 const struct child_task *child, struct child_result *r)
{
    static const double pauses_s[] = {0.5, 1, 2};
    for (size_t tries = 0;; tries++) {
        enum status st = child_run(child, r);
        if (st || r->end != CHILD_NOT_STARTED) return st;
        int cause = r->code;
        if (tries == sizeof(pauses_s) / sizeof(*pauses_s)) {
            if (no_room(cause)) return SIBYL_OK;
            child_result_release(r);
            return err_set(SIBYL_E_IO, "cannot start the evaluating program %s: %s",
                           c->program.path, strerror(cause));
        }
        child_result_release(r);
        if (command_pause(task, pauses_s[tries]))
            return err_set(SIBYL_E_STOPPED, "the evaluation was given up");
    }
}

static enum status command_evaluate(struct evaluator *e, const struct space *s,
                                    const struct candidate *candidate,
                                    const struct evaluation_task *task, struct evaluation *out)
{
    const struct command *c = e->detail;
    char *question = NULL;
    struct child_result r;
    enum status st = request_line(s, candidate, task->number, task->seed, &question);
    if (st) return st;
    struct child_task child = {.program = c->program.path,
                               .arguments = c->arguments,
                               .environment = c->environment,
                               .folder = c->folder,
                               .input = question,
                               .input_bytes = strlen(question),
                               .timeout_s = c->timeout_s,
                               .given_up = task->given_up,
                               .context = task->context};
    st = command_start(c, task, &child, &r);
    free(question);
    if (st) return st;
    *out = (struct evaluation){.value = NAN};
    if (r.end == CHILD_GIVEN_UP)
        st = err_set(SIBYL_E_STOPPED, "the evaluation was given up");
    else
        command_take(c, &r, out);
    child_result_release(&r);
    return st;
}

/* A child that uses MPI itself must not take itself for one of our ranks. */
static bool command_hides(const char *variable)
{
    static const char *const prefixes[] = {"OMPI_", "PMIX_", "PMI_", "PRTE_", "ORTE_", "OPAL_"};
    if (strncmp(variable, "OMPI_ALLOW_RUN_AS_ROOT", 22) == 0) return false;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0) return true;
    }
    return false;
}

static enum status command_copy(struct command *c, const struct evaluator_command_options *o)
{
    size_t variables = 0, kept = 0;
    while (environ[variables]) variables++;
    c->environment = calloc(variables + 1, sizeof(*c->environment));
    c->arguments = calloc((size_t)o->words + 1, sizeof(*c->arguments));
    c->value = strdup(o->value);
    if (o->folder) c->folder = strdup(o->folder);
    if (!c->environment || !c->arguments || !c->value || (o->folder && !c->folder))
        return err_memory("the evaluating command");
    for (size_t i = 0; i < variables; i++) {
        if (!command_hides(environ[i])) c->environment[kept++] = environ[i];
    }
    for (uint32_t i = 0; i < o->words; i++) {
        c->arguments[i] = strdup(o->command[i]);
        if (!c->arguments[i]) return err_memory("the evaluating command");
    }
    return SIBYL_OK;
}

enum status evaluator_command(struct evaluator *out, const struct evaluator_command_options *o)
{
    struct stat info;
    if (o->words == 0 || o->command[0][0] == '\0')
        return err_set(SIBYL_E_USAGE, "evaluator.command: want a program and its arguments");
    if (!o->value || o->value[0] == '\0')
        return err_set(SIBYL_E_USAGE, "evaluator.value: want the key of the value to search for");
    if (o->folder && (stat(o->folder, &info) != 0 || !S_ISDIR(info.st_mode)))
        return err_set(SIBYL_E_USAGE, "evaluator.folder: there is no folder %s", o->folder);
    struct command *c = calloc(1, sizeof(*c));
    if (!c) return err_memory("the evaluating command");
    c->timeout_s = o->timeout_s;
    c->sign = o->minimise ? -1.0 : 1.0;
    struct evaluator e = {.detail = c, .evaluate = command_evaluate, .release = command_release};
    enum status st = command_copy(c, o);
    if (!st) st = command_program_find(&c->program, o->command, o->words, o->folder);
    if (!st) st = command_program_identity(&c->program, o->command, o->words, o->folder, &e.files);
    if (st)
        command_free(c);
    else
        *out = e;
    return st;
}
