#include "jobs/reporting/report_page.h"

#include "base/file.h"
#include "jobs/reporting/report_curve.h"
#include "jobs/reporting/report_files.h"
#include "jobs/reporting/report_json.h"
#include "jobs/reporting/report_networks.h"
#include "jobs/reporting/report_scores.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROWS_ALONE 20000      /* evaluations of one search that are told one by one */
#define SCORES_TOGETHER 15000 /* and predictions */
#define ROWS_TOGETHER 3000    /* of several, all together */

/* How much of each folder is told one by one. */
struct room {
    size_t evaluations, scores;
};

/* ---- what runs have left ---- */

/* As result.json says, or the job, or else the last best value. */
static bool is_minimised(const struct report_folder *f)
{
    const char *goal = json_string_value(json_object_get(f->result, "goal"));
    if (goal) return !strcmp(goal, "min");
    for (size_t i = 0; i < f->values.count; i++)
        if (!strcmp(f->values.list[i].path, "evaluator.minimise"))
            return !strcmp(f->values.list[i].value, "true");
    const struct report_table *t = &f->curve;
    int best = report_table_column(t, "best_value");
    const char *before = "";
    for (size_t r = 1; best >= 0 && r < t->rows; r++) {
        const char *cell = report_table_cell(t, r, best);
        if (*before && strcmp(cell, before)) return strtod(cell, NULL) < strtod(before, NULL);
        before = cell;
    }
    return false;
}

static void print_values(FILE *f, const struct job_values *v)
{
    fputs(",\n\"job\":{", f);
    for (size_t i = 0; i < v->count; i++) {
        if (i) fputc(',', f);
        report_json_key(f, v->list[i].path);
        report_json_text(f, v->list[i].value);
    }
    fputc('}', f);
}

/* From the root on; a folder's own words where that is not known. The caller's to free(). */
static char *absolute(const char *path)
{
    char folder[4096];
    if (*path == '/' || !getcwd(folder, sizeof(folder))) return strdup(path);
    return file_join(folder, path);
}

/* Who, where and when. */
static void print_place(FILE *f, const struct report_folder *folder)
{
    char *where = absolute(folder->path);
    fputs("{\"path\":", f);
    report_json_text(f, folder->path);
    fputs(",\"where\":", f);
    report_json_text(f, where ? where : folder->path);
    fprintf(f, ",\"began\":%" PRId64 ",\"ended\":%" PRId64 ",\"held\":%s,\"host\":",
            (int64_t)folder->began, (int64_t)folder->ended, folder->holder.held ? "true" : "false");
    report_json_text(f, folder->holder.host);
    fputs(",\n\"result\":", f);
    report_json_value(f, folder->result);
    print_values(f, &folder->values);
    free(where);
}

static enum status print_history(FILE *f, const struct report_folder *folder, size_t most)
{
    bool minimise = is_minimised(folder);
    bool *keep = calloc(folder->curve.rows + 1, sizeof(*keep));
    enum status st = keep ? report_curve_select(&folder->curve, minimise, most, keep)
                          : err_memory("evaluations");
    fprintf(f, ",\n\"minimise\":%s,\"curve\":", minimise ? "true" : "false");
    if (!st) st = report_curve(f, &folder->curve);
    fputs(",\n\"history\":", f);
    if (!st) st = report_json_table(f, &folder->curve, keep, NULL);
    free(keep);
    return st;
}

/* The searches of an experiment: how each went, in the order of the rows of experiment.csv. One
 * whose folder is gone is null. */
static enum status print_searches(FILE *f, const struct report_folder *folder)
{
    const struct report_table *t = &folder->experiment;
    int column = report_table_column(t, "folder");
    enum status st = SIBYL_OK;
    if (column < 0) return SIBYL_OK;
    fprintf(f, ",\n\"minimise\":%s,\"searches\":[", is_minimised(folder) ? "true" : "false");
    for (size_t r = 1; !st && r < t->rows; r++) {
        struct report_table history = {0};
        char *path = file_join(folder->path, report_table_cell(t, r, column));
        if (r > 1) fputs(",\n", f);
        st = path ? report_table_read_in(&history, path, "history.csv") : err_memory("a path");
        if (!st && history.rows)
            st = report_curve(f, &history);
        else if (!st)
            fputs("null", f);
        report_table_release(&history);
        free(path);
    }
    fputc(']', f);
    return st;
}

static enum status print_tables(FILE *f, const struct report_folder *folder)
{
    const struct {
        const char *key;
        const struct report_table *table;
    } tables[] = {{"top", &folder->top},
                  {"front", &folder->front},
                  {"volumes", &folder->volumes},
                  {"summary", &folder->summary},
                  {"experiment", &folder->experiment},
                  {"reliability", &folder->reliability}};
    enum status st = SIBYL_OK;
    for (size_t i = 0; !st && i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (tables[i].table->rows < 2) continue;
        fputs(",\n", f);
        report_json_key(f, tables[i].key);
        st = report_json_table(f, tables[i].table, NULL, NULL);
    }
    return st;
}

static enum status print_folder(FILE *f, const struct report_folder *folder,
                                const struct room *room)
{
    static const char *const losses[] = {"member", "epoch", "loss", NULL};
    enum status st = SIBYL_OK;
    print_place(f, folder);
    if (folder->curve.rows && !strcmp(folder->curve_name, "evaluations"))
        st = print_history(f, folder, room->evaluations);
    else if (folder->curve.rows > 1) {
        fputs(",\n\"metrics\":", f);
        st = report_json_table(f, &folder->curve, NULL, losses);
    }
    if (!st) st = print_searches(f, folder);
    if (!st) st = print_tables(f, folder);
    const char *verb = json_string_value(json_object_get(folder->result, "verb"));
    bool score = verb && !strcmp(verb, "score");
    if (!st && (score || (verb && !strcmp(verb, "train")))) {
        fputs(",\n\"scores\":", f);
        st = report_scores(f, folder->path, score ? "scores.csv" : "predictions.csv", room->scores);
    }
    fputc('}', f);
    return st;
}

static enum status print_data(FILE *f, const struct report_page *page)
{
    char host[256] = "";
    size_t searches = 0;
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < page->count; i++)
        searches += !strcmp(page->folders[i].curve_name, "evaluations");
    size_t others = page->count > searches ? page->count - searches : 1;
    const struct room room = {.evaluations = searches > 1 ? ROWS_TOGETHER / searches : ROWS_ALONE,
                              .scores = SCORES_TOGETHER / others};
    (void)gethostname(host, sizeof(host) - 1);
    fprintf(f, "{\"version\":\"%s\",\"made\":%" PRId64 ",\"renewed\":%s,\"host\":", SIBYL_VERSION,
            (int64_t)time(NULL), page->renewed ? "true" : "false");
    report_json_text(f, host);
    fputs(",\"command\":", f);
    report_json_text(f, page->command);
    fputs(",\n\"runs\":[", f);
    for (size_t i = 0; !st && i < page->count; i++) {
        if (i) fputs(",\n", f);
        st = print_folder(f, &page->folders[i], &room);
    }
    fputs("],\n\"networks\":", f);
    if (!st) st = report_networks(f, page->folders, page->count);
    fputc('}', f);
    return st;
}

/* ---- the page around it ---- */

static const struct report_file *file_of(const char *name)
{
    const struct report_file *file = report_files;
    while (file->name && strcmp(file->name, name) != 0) file++;
    return file->name ? file : NULL;
}

/* All embedded files that end so, one behind the other. The caller's to free(); NULL: no memory. */
static char *files_of(const char *ending)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return NULL;
    for (const struct report_file *file = report_files; file->name; file++) {
        size_t length = strlen(file->name), end = strlen(ending);
        if (length < end || strcmp(file->name + length - end, ending) != 0) continue;
        fwrite(file->begin, 1, (size_t)(file->end - file->begin), f);
        fputc('\n', f);
    }
    if (fclose(f) == 0) return text;
    free(text);
    return NULL;
}

/* What a Content-Security-Policy calls a script or a style sheet by: base64 of its SHA-256. */
static void print_code(FILE *f, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char hex[SHA256_TEXT_BYTES];
    unsigned char bytes[33] = {0};
    digest_sha256_text(text, strlen(text), "", 0, hex);
    for (int i = 0; i < 32; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
        bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    fputs("'sha256-", f);
    for (int i = 0; i < 33; i += 3) {
        unsigned three = (unsigned)bytes[i] << 16 | (unsigned)bytes[i + 1] << 8 | bytes[i + 2];
        for (int k = 18; k >= 0; k -= 6)
            fputc(i == 30 && !k ? '=' : digits[three >> k & 63],
                  f); /* 32 bytes: the last is none */
    }
    fputc('\'', f);
}

/* page.html with each {{WORD}} replaced. */
static enum status print_page(FILE *f, const struct report_page *page)
{
    const struct report_file *html = file_of("page.html");
    SIBYL_BUG_IF(!html);
    char *style = files_of(".css"), *script = files_of(".js");
    enum status st = style && script ? SIBYL_OK : err_memory("the page");
    const char *at = html->begin, *mark;
    while (!st && (mark = strstr(at, "{{")) != NULL) {
        const char *end = strstr(mark, "}}");
        SIBYL_BUG_IF(!end);
        fwrite(at, 1, (size_t)(mark - at), f);
        if (!strncmp(mark, "{{STYLE}}", 9))
            fputs(style, f);
        else if (!strncmp(mark, "{{SCRIPT}}", 10))
            fputs(script, f);
        else if (!strncmp(mark, "{{STYLE_CODE}}", 14))
            print_code(f, style);
        else if (!strncmp(mark, "{{SCRIPT_CODE}}", 15))
            print_code(f, script);
        else if (!strncmp(mark, "{{LICENCE}}", 11))
            fputs(file_of("LICENSE")->begin, f);
        else
            st = print_data(f, page);
        at = end + 2;
    }
    if (!st) fputs(at, f);
    free(style);
    free(script);
    return st;
}

enum status report_page_write(const char *path, const struct report_page *page)
{
    struct file_writer w = {0};
    enum status st = file_write_begin(&w, path);
    if (!st) st = print_page(w.stream, page);
    if (!st) st = file_write_commit(&w);
    file_write_abandon(&w);
    return st;
}
