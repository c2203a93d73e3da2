#include "jobs/jobs.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "jobs/reporting/report_data.h"
#include "jobs/reporting/report_open.h"
#include "jobs/reporting/report_page.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The command line that makes the page again, as a shell takes it. NULL: no memory. */
static char *command_of(const struct options *o)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return NULL;
    fputs("sibyl report", f);
    for (int i = 0; i < o->operand_count + (o->out != NULL); i++) {
        const char *word = i < o->operand_count ? o->operands[i] : o->out;
        bool plain =
            *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789_-+=./:,@%")];
        fputs(i == o->operand_count ? " --out " : " ", f);
        if (plain)
            fputs(word, f);
        else
            text_print_word(f, word);
    }
    if (fclose(f) == 0) return text;
    free(text);
    return NULL;
}

#define WATCH_S 2      /* between two looks at runs that are at work, at the least */
#define WATCH_SHARE 20 /* and so many times what a look took */
#define PATIENCE 50    /* looks at files that are just being written, before one is a failure */

struct report {
    const struct options *options;
    char *page, *database, *command; /* owned */
    struct report_folder *folders;   /* (read) owned */
    size_t read;
    bool at_work; /* one of the runs is */
};

static void forget(struct report *r)
{
    for (size_t i = 0; i < r->read; i++) report_folder_release(&r->folders[i]);
    r->read = 0;
}

static enum status look(struct report *r, const struct log *log)
{
    const struct options *o = r->options;
    enum status st = SIBYL_OK;
    forget(r);
    r->at_work = false;
    while (!st && r->read < (size_t)o->operand_count) {
        struct report_folder *f = &r->folders[r->read];
        st = report_folder_read(f, o->operands[r->read]);
        if (st) break;
        r->at_work = r->at_work || f->holder.held;
        r->read++;
        log_detail(log, "read %s", f->path);
    }
    return st;
}

static enum status write_page(const struct report *r, const struct log *log)
{
    const struct report_page page = {.folders = r->folders,
                                     .count = r->read,
                                     .command = r->command,
                                     .renewed = r->options->watch && r->at_work};
    enum status st = report_page_write(r->page, &page);
    if (!st) log_detail(log, "wrote %s", r->page);
    return st;
}

/* Renews the page as long as a run is at work. Files that a run is writing may not fit together for
 * a moment: then the page stays as it is until the next look. */
static enum status watch(struct report *r, const struct log *log)
{
    enum status st = SIBYL_OK;
    double took_s = 0;
    for (int bad = 0; r->at_work && bad < PATIENCE;) {
        struct timespec pause = {(time_t)fmax(WATCH_S, WATCH_SHARE * took_s), 0};
        nanosleep(&pause, NULL);
        double began_s = clock_s();
        st = look(r, log);
        if (!st) st = write_page(r, log);
        took_s = clock_s() - began_s;
        bad = st ? bad + 1 : 0;
        if (st) r->at_work = true;
    }
    return st;
}

static void tell(const char *path)
{
    text_print(stdout, path);
    putchar('\n');
}

static enum status make(struct report *r, const char *folder)
{
    const struct options *o = r->options;
    const struct log log = {.level = o->level, .began_s = clock_s()};
    enum status st = look(r, &log);
    if (st || o->dry_run) return st;
    st = file_make_folder(folder);
    if (!st) st = write_page(r, &log);
    if (!st && o->level != LOG_QUIET) {
        tell(r->page);
        fflush(stdout);
    }
    if (!st && o->open) st = report_open(r->page);
    if (!st && o->watch) st = watch(r, &log);
    if (!st) st = report_database(r->database, r->folders, r->read);
    if (!st) log_detail(&log, "wrote %s", r->database);
    if (!st && o->level != LOG_QUIET) tell(r->database);
    return st;
}

static enum status report(const struct options *o)
{
    const char *folder = o->out ? o->out : o->operands[0];
    struct report r = {.options = o,
                       .page = file_join(folder, "report.html"),
                       .database = file_join(folder, "run.db"),
                       .command = command_of(o),
                       .folders = calloc((size_t)o->operand_count, sizeof(*r.folders))};
    bool whole = r.page && r.database && r.command && r.folders;
    enum status st = whole ? make(&r, folder) : err_memory("a report");
    forget(&r);
    free(r.folders);
    free(r.page);
    free(r.database);
    free(r.command);
    return st;
}

enum status job_report(struct team *t, const struct options *o)
{
    enum status st = options_operands(o, 1, 1000, "DIR...");
    if (st) return st;
    return team_agree(t, team_rank(t) == 0 ? report(o) : SIBYL_OK);
}
