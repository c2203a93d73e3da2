/* Manual pages, made of the tables of verbs, flags and keys. */
#include "jobs/jobs.h"

#include "jobs/config/config_help.h"
#include "jobs/config/roff.h"
#include "proto/import/import.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define JOB_FILES "job-files"

static void head(const char *name, int section, const char *says, FILE *out)
{
    char capitals[64];
    size_t n = 0;
    for (; name[n] && n + 1 < sizeof(capitals); n++)
        capitals[n] = (char)toupper((unsigned char)name[n]);
    capitals[n] = '\0';
    fputs(".TH \"", out);
    roff_text(out, capitals);
    fprintf(out, "\" %d \"\" \"sibyl " SIBYL_VERSION "\" \"Sibyl\"\n.SH NAME\n", section);
    roff_text(out, name);
    fputs(" \\- ", out);
    roff_text(out, says);
    fputc('\n', out);
}

static void title(const char *text, FILE *out)
{
    fprintf(out, ".SH %s\n", text);
}

/* `bold` and `italic` (which may be NULL) as a tag, and what it means. */
static void paragraph(const char *bold, const char *italic, const char *text, FILE *out)
{
    fputs(".TP\n\\fB", out);
    roff_text(out, bold);
    fputs("\\fR", out);
    if (italic && *italic) {
        fputs(" \\fI", out);
        roff_text(out, italic);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    roff_text(out, text);
    fputc('\n', out);
}

static void flags_of(const char *verb, FILE *out)
{
    size_t at = 0;
    for (const struct flag *f; (f = options_next_flag(verb, &at));) {
        char name[64];
        if (f->letter)
            snprintf(name, sizeof(name), "-%c, --%s", f->letter, f->name);
        else
            snprintf(name, sizeof(name), "--%s", f->name);
        paragraph(name, f->value, f->help, out);
    }
}

static void exit_status(FILE *out)
{
    title("EXIT STATUS", out);
    paragraph("0", NULL, "It is done.", out);
    paragraph("1", NULL, "It failed; a line on standard error says what, where and what to do.",
              out);
    paragraph("2", NULL, "The command line or the job file is wrong; nothing was started.", out);
    paragraph("3", NULL, "It was stopped after a checkpoint: run it again to go on.", out);
}

static void see_also(const char *pages, FILE *out)
{
    title("SEE ALSO", out);
    roff_text(out, pages);
    fputc('\n', out);
}

static void verb_page(const struct verb *v, FILE *out)
{
    char name[64];
    size_t formats;
    const struct importer *all = importers(&formats);
    snprintf(name, sizeof(name), "sibyl-%s", v->name);
    head(name, 1, v->summary, out);
    title("SYNOPSIS", out);
    fprintf(out, ".B sibyl %s\n\\fI", v->name);
    roff_text(out, v->operands);
    fputs("\\fR [flags]\n", out);
    title("DESCRIPTION", out);
    roff_text(out, v->kind == VERB_LOCAL ? "It runs in one process, and needs no MPI.\n"
                                         : "It runs alone, under mpirun, and under srun "
                                           "--mpi=pmix.\n");
    title("OPTIONS", out);
    flags_of(v->name, out);
    if (v->run == job_import) {
        title("FORMATS", out);
        for (size_t i = 0; i < formats; i++) paragraph(all[i].name, NULL, all[i].summary, out);
    }
    exit_status(out);
    title("EXAMPLE", out);
    fputs(".nf\nsibyl ", out);
    roff_text(out, v->example);
    fputs("\n.fi\n", out);
    see_also("sibyl(1), sibyl-job-files(5)", out);
}

static void first_page(FILE *out)
{
    char name[64], pages[512] = "";
    size_t count;
    const struct verb *all = verbs_all(&count);
    head("sibyl", 1, "neural architecture search with few trainings", out);
    title("SYNOPSIS", out);
    fputs(".B sibyl\n\\fIVERB\\fR [\\fIJOB.yaml\\fR] [flags]\n", out);
    title("DESCRIPTION", out);
    roff_text(out,
              "Sibyl evolves networks, trains predictors of what they are worth, and has those "
              "that are worth it trained. The same job file runs alone, under mpirun, and "
              "under Slurm.\n");
    title("VERBS", out);
    for (size_t i = 0; i < count; i++) {
        paragraph(all[i].name, all[i].operands, all[i].summary, out);
        snprintf(name, sizeof(name), "sibyl-%s(1), ", all[i].name);
        strncat(pages, name, sizeof(pages) - strlen(pages) - 1);
    }
    paragraph("help", "[VERB | KEY]", "say what a verb does, or a key of a job file", out);
    title("OPTIONS OF EVERY VERB", out);
    flags_of(NULL, out);
    exit_status(out);
    strncat(pages, "sibyl-job-files(5)", sizeof(pages) - strlen(pages) - 1);
    see_also(pages, out);
}

static enum status job_files_page(FILE *out)
{
    head("sibyl-job-files", 5, "keys of Sibyl's job files", out);
    title("DESCRIPTION", out);
    roff_text(out, "A job file is one YAML document: a mapping of the keys below. What it leaves "
                   "out has its default. --set KEY.PATH=VALUE on the command line takes a value "
                   "for a key over that of the file. Relative paths are seen from the job file's "
                   "folder. What may change may differ between runs of one job in one folder.\n");
    title("KEYS", out);
    enum status st = config_help_man(out);
    if (!st) see_also("sibyl(1), sibyl-train(1), sibyl-score(1), sibyl-search(1)", out);
    return st;
}

enum status man_print(const char *page, FILE *out)
{
    const struct verb *v = NULL;
    if (page && !strcmp(page, JOB_FILES)) return job_files_page(out);
    enum status st = page ? verb_find(page, &v) : SIBYL_OK;
    if (st) return err_prefix(st, "help man");
    if (v)
        verb_page(v, out);
    else
        first_page(out);
    return SIBYL_OK;
}
