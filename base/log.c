#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What takes a live line away before another line is written in its place. */
#define ERASE "\r\033[K"

/* A launcher gives its ranks a terminal of its own, wherever their output goes in the end. */
static bool is_launched(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_RANK") || getenv("PMI_RANK");
}

static bool is_terminal(FILE *stream)
{
    const char *kind = getenv("TERM");
    if (is_launched()) return false;
    return isatty(fileno(stream)) && kind && *kind && strcmp(kind, "dumb") != 0;
}

static const char *erase(FILE *stream)
{
    return is_terminal(stream) ? ERASE : "";
}

/* `before`: what takes a live line away, where nothing of this line is there yet. */
static void print_line(const char *before, const char *format, va_list args)
{
    char line[2048];
    vsnprintf(line, sizeof(line), format, args);
    text_make_printable(line);
    printf("%s%s\n", before, line); /* one call, so that lines of several ranks do not mix */
    fflush(stdout);
}

bool log_is_live(const struct log *log)
{
    return log->rank == 0 && log->level >= LOG_NORMAL && is_terminal(stdout);
}

void log_live(const struct log *log, const char *text)
{
    char line[512];
    struct winsize window;
    size_t columns = 80;
    if (!log_is_live(log)) return;
    if (ioctl(fileno(stdout), TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
        columns = window.ws_col;
    if (columns > sizeof(line)) columns = sizeof(line);
    snprintf(line, columns, "%s", text); /* a line that wraps could not be taken away */
    text_make_printable(line);
    printf(ERASE "%s", line);
    fflush(stdout);
}

void log_root(const struct log *log, const char *format, ...)
{
    if (log->rank != 0 || log->level < LOG_NORMAL) return;
    va_list args;
    va_start(args, format);
    print_line(erase(stdout), format, args);
    va_end(args);
}

void log_detail(const struct log *log, const char *format, ...)
{
    if (log->rank != 0 || log->level < LOG_VERBOSE) return;
    va_list args;
    va_start(args, format);
    bool timed = log->began_s > 0;
    if (timed) printf("%s%9.3f s  ", erase(stdout), clock_s() - log->began_s);
    print_line(timed ? "" : erase(stdout), format, args);
    va_end(args);
}

void log_warn(const struct log *log, const char *format, ...)
{
    char text[1900];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    text_make_printable(text);
    if (log->rank == 0)
        fprintf(stderr, "%ssibyl: warning: %s\n", erase(stderr), text);
    else
        fprintf(stderr, "sibyl: rank %d: warning: %s\n", log->rank, text);
}
