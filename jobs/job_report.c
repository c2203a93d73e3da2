#include "jobs/jobs.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "jobs/reporting/report_data.h"
#include "jobs/reporting/report_page.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        if (!plain) fputc('\'', f);
        for (const char *p = word; *p; p++) fputs(*p == '\'' ? "'\\''" : (char[]){*p, 0}, f);
        if (!plain) fputc('\'', f);
    }
    if (fclose(f) == 0) return text;
    free(text);
    return NULL;
}

static void print_path(const char *path)
{
    text_print(stdout, path);
    putchar('\n');
}

static enum status report(const struct options *o)
{
    size_t count = (size_t)o->operand_count, read = 0;
    const char *folder = o->out ? o->out : o->operands[0];
    struct report_folder *folders = calloc(count, sizeof(*folders));
    char *page = file_join(folder, "report.html"), *database = file_join(folder, "run.db");
    char *command = command_of(o);
    enum status st = folders && page && database && command ? SIBYL_OK : err_memory("a report");
    const struct log log = {.level = o->level, .began_s = clock_s()};
    while (!st && read < count) {
        st = report_folder_read(&folders[read], o->operands[read]);
        if (!st) log_detail(&log, "read %s", o->operands[read]);
        if (!st) read++;
    }
    if (st || o->dry_run) goto done;
    st = file_make_folder(folder);
    const struct report_page all = {.folders = folders, .count = count, .command = command};
    if (!st) st = report_page_write(page, &all);
    if (!st) log_detail(&log, "wrote %s", page);
    if (!st) st = report_database(database, folders, count);
    if (!st) log_detail(&log, "wrote %s", database);
    if (!st && o->level != LOG_QUIET) {
        print_path(page);
        print_path(database);
    }
done:
    for (size_t i = 0; folders && i < read; i++) report_folder_release(&folders[i]);
    free(folders);
    free(page);
    free(database);
    free(command);
    return st;
}

enum status job_report(struct team *t, const struct options *o)
{
    enum status st = options_operands(o, 1, 1000, "DIR...");
    if (st) return st;
    return team_agree(t, team_rank(t) == 0 ? report(o) : SIBYL_OK);
}
