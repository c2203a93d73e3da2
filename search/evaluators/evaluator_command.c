#include "base/clock.h"
#include "base/process/child.h"
#include "base/text.h"
#include "search/evaluators/answer_line.h"
#include "search/evaluators/command_answer.h"
#include "search/evaluators/command_log.h"
#include "search/evaluators/command_place.h"
#include "search/evaluators/command_program.h"
#include "search/evaluators/evaluator.h"
#include "search/evaluators/request.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MAX_S 600.0
#define LOOK_NS 20000000 /* between looks at whether it was given up */

struct command {
    struct command_program program;
    struct command_place place;
    char **arguments; /* NULL-terminated, owned with its words */
    char *folder;     /* NULL: the present one */
    char *value;
    double timeout_s, grace_s, pause_s, sign;
    uint32_t retries;
    uint64_t data_bytes_max, log_bytes;
    const struct log *log;
    const struct objectives *objectives; /* NULL: none */
    bool warned;                         /* that logs cannot be kept */
};

/* One evaluation. */
struct call {
    struct command *command;
    const struct evaluation_task *task;
    char *question;
    char *from, *checkpoint; /* folders of checkpoints; NULL: none */
    bool ending;             /* it is ended for its results so far */
    double reached;          /* the last step that it told of */
    enum status heard;       /* what became of the last result */
    struct answer answer;
    struct command_log log;
};

static void command_free(struct command *c)
{
    if (!c) return;
    for (size_t i = 0; c->arguments && c->arguments[i]; i++) free(c->arguments[i]);
    free(c->arguments);
    command_program_release(&c->program);
    command_place_release(&c->place);
    free(c->folder);
    free(c->value);
    free(c);
}

static void command_release(struct evaluator *e)
{
    command_free(e->detail);
}

/* ---- how an attempt has ended ---- */

/* The last line on stderr that is not empty, as a terminal shows it, cut out of the tail. NULL if
 * there is none. */
static char *command_last_line(struct child_result *r)
{
    char *text = r->tail;
    for (size_t i = 0; i < r->tail_bytes; i++)
        if (!text[i]) text[i] = '?';
    for (size_t end = r->tail_bytes; end > 0;) {
        while (end > 0 && strchr(" \t\r\n", text[end - 1])) end--;
        text[end] = '\0';
        char *line = strrchr(text, '\n');
        line = line ? line + 1 : text;
        char *shown = strrchr(line, '\r'); /* behind a progress bar */
        shown = shown ? shown + 1 : line;
        (void)answer_line_plain(shown);
        if (shown[strspn(shown, " \t")]) return shown;
        end = line > text ? (size_t)(line - text) - 1 : 0;
    }
    return NULL;
}

static bool asks_to_stop(int number)
{
    return number == SIGTERM || number == SIGINT;
}

static enum status command_take_exit(const struct call *call, int code, const char *said,
                                     struct evaluation *out)
{
    const struct command *c = call->command;
    const char *colon = *said ? ": " : "";
    if (code == 0) return answer_read(&call->answer, c->value, c->sign, out);
    if (code == EX_CONFIG)
        return err_set(SIBYL_E_IO,
                       "the evaluating program asks to stop the search (exit status 78)%s%.300s",
                       colon, said);
    evaluation_fail(out, "exit status %d%s%.300s", code, colon, said);
    out->temporary = code == EX_TEMPFAIL;
    out->killed = asks_to_stop(code - 128); /* so shells tell the end of their own child */
    return SIBYL_OK;
}

static enum status command_take(const struct call *call, struct child_result *r,
                                struct evaluation *out)
{
    const struct command *c = call->command;
    char *line = command_last_line(r);
    const char *said = line ? line : "", *colon = line ? ": " : "";
    enum status st = call->heard;
    if (st) return st;
    if (call->ending && r->end != CHILD_NOT_STARTED) {
        st = answer_read(&call->answer, c->value, c->sign, out);
        out->early = !out->failed;
        return st;
    }
    switch (r->end) {
    case CHILD_TIMED_OUT:
        evaluation_fail(out, "took longer than %g s and was killed%s%.300s", c->timeout_s, colon,
                        said);
        break;
    case CHILD_SIGNALLED:
        evaluation_fail(out, "killed by signal %d%s%.300s", r->code, colon, said);
        out->killed = asks_to_stop(r->code);
        break;
    case CHILD_NOT_STARTED:
        evaluation_fail(out, "could not be started: %s", strerror(r->code));
        out->temporary = true;
        break;
    case CHILD_LOST:
        evaluation_fail(out, "the process that keeps the program was killed%s%.300s", colon, said);
        out->temporary = true;
        break;
    case CHILD_GIVEN_UP:
        return err_set(SIBYL_E_STOPPED, "the evaluation was given up");
    case CHILD_EXITED:
        st = command_take_exit(call, r->code, said, out);
        break;
    }
    if (out->failed && out->extras == 0) answer_read_side_values(&call->answer, c->value, out);
    return st;
}

/* ---- an attempt ---- */

static void call_said(void *context, int stream, const char *data, size_t bytes)
{
    struct call *call = context;
    if (stream == 1) answer_take(&call->answer, data, bytes);
    command_log_put(&call->log, data, bytes);
}

/* Whether this result ends the evaluation. */
static bool call_found(void *context, const struct answer *a)
{
    struct call *call = context;
    const struct command *c = call->command;
    const struct evaluation_task *task = call->task;
    const struct objectives *o = c->objectives;
    const uint32_t k = o && o->count > 1 ? o->count : 1;
    double step, value, values[OBJECTIVES_MAX] = {0};
    if (!answer_number(a, "step", &step)) return false;
    call->reached = step;
    if (!answer_number(a, c->value, &value)) return false;
    values[k > 1 ? o->main : 0] = c->sign * value;
    for (uint32_t i = 0; k > 1 && i < k; i++) {
        if (i == o->main || o->predicted[i]) continue;
        if (!answer_number(a, o->names[i], &value)) return false;
        values[i] = objectives_upward(o, i, value);
    }
    if (task->hears && !call->heard)
        call->heard = task->hears(task->hears_context, step, values, &call->ending);
    return call->ending;
}

static bool call_given_up(void *context)
{
    const struct call *call = context;
    const struct evaluation_task *task = call->task;
    if (call->ending || call->heard) return true;
    return task->given_up && task->given_up(task->context);
}

/* True if it was given up meanwhile. */
static bool call_pause(struct call *call, double seconds)
{
    const struct timespec turn = {0, LOOK_NS};
    for (double end = clock_s() + seconds; clock_s() < end;) {
        if (call_given_up(call)) return true;
        (void)nanosleep(&turn, NULL);
    }
    return false;
}

/* The machine had no room for another process, which says nothing of the program. */
static bool no_room(int cause)
{
    return cause == EAGAIN || cause == ENOMEM || cause == EMFILE || cause == ENFILE ||
           cause == ENOSPC || cause == EDQUOT;
}

static enum status call_start(struct call *call, struct child_result *r)
{
    const struct command *c = call->command;
    const struct evaluation_task *task = call->task;
    struct command_environment environment = {0};
    char *scratch = NULL;
    enum status st = command_place_scratch(&c->place, &scratch);
    int cause = errno;
    if (st && no_room(cause)) {
        *r = (struct child_result){.end = CHILD_NOT_STARTED, .code = cause};
        return SIBYL_OK;
    }
    const struct command_variables variables = {task->number, task->seed >> 11, task->budget,
                                                scratch, call->checkpoint};
    if (!st) st = command_environment_make(&environment, &c->place, &variables);
    if (st && scratch) (void)rmdir(scratch);
    if (!st) {
        struct child_task child = {.program = c->program.path,
                                   .arguments = c->arguments,
                                   .environment = environment.words,
                                   .folder = c->folder,
                                   .input = call->question,
                                   .input_bytes = strlen(call->question),
                                   .timeout_s = c->timeout_s,
                                   .grace_s = c->grace_s,
                                   .data_bytes_max = c->data_bytes_max,
                                   .scratch = scratch,
                                   .mark = environment.mark,
                                   .given_up = call_given_up,
                                   .said = call_said,
                                   .context = call};
        answer_release(&call->answer);
        answer_init(&call->answer);
        call->answer.objectives = c->objectives;
        call->answer.found = call_found;
        call->answer.context = call;
        st = child_run(&child, r);
        answer_finish(&call->answer);
    }
    command_environment_release(&environment);
    free(scratch);
    return st;
}

/* A program that was there in the beginning and cannot be started now may be so again soon: file
 * systems of clusters have such moments, and so have machines that are full of processes. Where one
 * stays full this evaluation has failed, for now; a program that stays away ends the search. */
static enum status call_start_surely(struct call *call, struct child_result *r)
{
    static const double pauses_s[] = {0.5, 1, 2};
    const char *path = call->command->program.path;
    for (size_t tries = 0;; tries++) {
        enum status st = call_start(call, r);
        if (st || r->end != CHILD_NOT_STARTED) return st;
        if (tries == sizeof(pauses_s) / sizeof(*pauses_s)) {
            if (no_room(r->code)) return SIBYL_OK;
            return err_set(SIBYL_E_IO, "cannot start the evaluating program %s: %s", path,
                           strerror(r->code));
        }
        command_log_note(&call->log, "could not be started: %s", strerror(r->code));
        if (call_pause(call, pauses_s[tries]))
            return err_set(SIBYL_E_STOPPED, "the evaluation was given up");
    }
}

/* Until the program has come to an end that is not temporary, or there are no retries left. */
static enum status call_attempt(struct call *call, struct evaluation *out)
{
    const struct command *c = call->command;
    double pause_s = c->pause_s, seconds = 0;
    for (uint32_t attempt = 1;; attempt++) {
        struct child_result r = {.end = CHILD_NOT_STARTED};
        enum status st = call_start_surely(call, &r);
        seconds += r.seconds;
        *out = (struct evaluation){.value = NAN, .attempts = attempt};
        if (!st) st = command_take(call, &r, out);
        out->seconds = seconds;
        out->reached = call->reached;
        out->afresh = !call->from;
        command_log_note(&call->log, "%s after %.3f s",
                         st            ? err_message()
                         : out->failed ? out->error
                         : out->early  ? "ended for its results so far"
                                       : "done",
                         r.seconds);
        if (st || !out->temporary || attempt > c->retries || r.end == CHILD_NOT_STARTED) return st;
        command_log_note(&call->log, "tried again after %g s", pause_s);
        if (call_pause(call, pause_s))
            return err_set(SIBYL_E_STOPPED, "the evaluation was given up");
        pause_s = fmin(2 * pause_s, PAUSE_MAX_S);
    }
}

static void call_open_log(struct call *call)
{
    struct command *c = call->command;
    if (!c->place.run || c->log_bytes == 0 ||
        command_log_open(&call->log, c->place.run, call->task->number, c->log_bytes))
        return;
    if (c->log && !c->warned)
        log_warn(c->log,
                 "what evaluations print cannot be kept in %s/evaluations: %s; the search goes on "
                 "without",
                 c->place.run, strerror(errno));
    c->warned = true;
}

/* Where it finds the checkpoint of the budget before, and where it leaves its own. */
static enum status call_checkpoints(struct call *call)
{
    const struct evaluation_task *task = call->task;
    const char *run = call->command->place.run;
    enum status st = SIBYL_OK;
    if (task->levels < 2 || !task->continues || !run) return SIBYL_OK;
    if (task->after) st = command_place_checkpoint(run, task->after - 1, &call->from);
    if (!st && call->from && !command_place_has_checkpoint(call->from)) {
        free(call->from);
        call->from = NULL;
    }
    if (st || task->level + 1 == task->levels) return st;
    st = command_place_checkpoint(run, task->number, &call->checkpoint);
    return st ? st : command_place_begin_checkpoint(call->checkpoint);
}

static enum status command_evaluate(struct evaluator *e, const struct space *s,
                                    const struct candidate *candidate,
                                    const struct evaluation_task *task, struct evaluation *out)
{
    struct call call = {.command = e->detail, .task = task};
    enum status st = call_checkpoints(&call);
    const struct request q = {.task = task->number,
                              .seed = task->seed,
                              .budget = task->budget,
                              .from = call.from,
                              .after = call.from ? task->after : 0,
                              .many = task->levels > 1};
    if (!st) st = request_line(s, candidate, &q, &call.question);
    if (!st) {
        answer_init(&call.answer);
        call_open_log(&call);
        st = call_attempt(&call, out);
        command_log_close(&call.log);
        answer_release(&call.answer);
    }
    free(call.question);
    free(call.from);
    free(call.checkpoint);
    return st;
}

/* ---- opening ---- */

static enum status command_copy(struct command *c, const struct evaluator_command_options *o)
{
    c->arguments = calloc((size_t)o->words + 1, sizeof(*c->arguments));
    c->value = strdup(o->value);
    if (o->folder) c->folder = strdup(o->folder);
    if (!c->arguments || !c->value || (o->folder && !c->folder))
        return err_memory("the evaluating command");
    for (uint32_t i = 0; i < o->words; i++) {
        c->arguments[i] = strdup(o->command[i]);
        if (!c->arguments[i]) return err_memory("the evaluating command");
    }
    c->timeout_s = o->timeout_s;
    c->grace_s = o->grace_s;
    c->pause_s = o->pause_s;
    c->retries = o->retries;
    c->data_bytes_max = (uint64_t)(o->memory_gb * 1e9);
    c->log_bytes = o->log_bytes;
    c->log = o->log;
    c->objectives = o->objectives;
    c->sign = o->minimise ? -1.0 : 1.0;
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
    struct evaluator e = {.detail = c, .evaluate = command_evaluate, .release = command_release};
    enum status st = command_copy(c, o);
    if (!st) st = command_program_find(&c->program, o->command, o->words, o->folder);
    if (!st) st = command_program_identity(&c->program, o->command, o->words, o->folder, &e.files);
    if (!st) st = command_place_open(&c->place, o);
    if (st)
        command_free(c);
    else
        *out = e;
    return st;
}
