#include "proto/import/import.h"

#include "base/csv.h"
#include "base/input.h"
#include "base/names.h"

#include <string.h>
#include <sys/stat.h>

#define HEAD_BYTES 65536 /* of a file, to see its format by */

static const struct importer table[] = {
    {"nasbench201-csv",
     "CSV with a header line and a column arch of NAS-Bench-201 strings; other columns are labels.",
     import_nasbench201_csv_detect, import_nasbench201_csv},
    {"graph-jsonl",
     "JSON lines: objects with \"ops\" and \"edges\", and \"attributes\" where nodes have any; "
     "other fields are labels.",
     import_graph_jsonl_detect, import_graph_jsonl},
    {"csv",
     "CSV of any space, with --space SPACE and --architecture COLUMN[,COLUMN..]: the space's text, "
     "or a value for each gene.",
     import_csv_detect, import_csv},
};
enum { IMPORTERS = sizeof(table) / sizeof(table[0]) };

const struct importer *importers(size_t *out_count)
{
    *out_count = IMPORTERS;
    return table;
}

static void list_names(char *out, size_t bytes)
{
    const char *names[IMPORTERS];
    for (size_t i = 0; i < IMPORTERS; i++) names[i] = table[i].name;
    names_list(out, bytes, names, IMPORTERS);
}

enum status importer_find(const struct importer **out, const char *name)
{
    char list[512];
    for (size_t i = 0; i < IMPORTERS; i++)
        if (!strcmp(table[i].name, name)) {
            *out = &table[i];
            return SIBYL_OK;
        }
    list_names(list, sizeof(list));
    return err_set(SIBYL_E_USAGE, "unknown format %s; want one of: %s", name, list);
}

/* The first bytes of a file, expanded, and a zero byte behind them. */
static enum status read_head(const char *path, char head[HEAD_BYTES + 1], size_t *out_bytes)
{
    struct input *in = NULL;
    size_t got = 1, bytes = 0;
    enum status st = input_open(&in, path);
    while (!st && got && bytes < HEAD_BYTES) {
        st = input_read(in, head + bytes, HEAD_BYTES - bytes, &got);
        if (!st) bytes += got;
    }
    input_close(in);
    head[bytes] = '\0';
    *out_bytes = bytes;
    return st;
}

enum status importer_detect(const struct importer **out, const char *path)
{
    char head[HEAD_BYTES + 1], list[512];
    size_t bytes = 0;
    struct stat info;
    list_names(list, sizeof(list));
    if (!stat(path, &info) && !S_ISREG(info.st_mode))
        return err_set(SIBYL_E_USAGE, "%s is no regular file: name its format, one of: %s", path,
                       list);
    enum status st = read_head(path, head, &bytes);
    if (st) return st;
    for (size_t i = 0; i < IMPORTERS; i++)
        if (table[i].detect(head, bytes)) {
            *out = &table[i];
            return SIBYL_OK;
        }
    return err_set(SIBYL_E_FORMAT, "%s is of no format that is known; name one of: %s", path, list);
}

/* Without the blanks around it. */
static char *label_part(char *text)
{
    while (*text == ' ' || *text == '\t') text++;
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) length--;
    text[length] = '\0';
    return text;
}

enum status import_label_parse(struct import_label *out, char *text)
{
    const char *form = "want NAME=COLUMN or NAME=COLUMN:SCALE";
    double scale = 1;
    char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return err_set(SIBYL_E_USAGE, "label '%s': %s", text, form);
    char *colon = strrchr(equals + 1, ':');
    if (colon == equals + 1)
        return err_set(SIBYL_E_USAGE, "label '%s': the column is missing; %s", text, form);
    if (colon && (!csv_number(colon + 1, &scale) || scale == 0))
        return err_set(SIBYL_E_USAGE, "label '%s': the scale '%s' is not a number other than 0; %s",
                       text, colon + 1, form);
    *equals = '\0';
    if (colon) *colon = '\0';
    *out = (struct import_label){label_part(text), label_part(equals + 1), scale};
    if (!*out->name || !*out->column)
        return err_set(SIBYL_E_USAGE, "label: a name or a column of blanks; %s", form);
    return SIBYL_OK;
}
