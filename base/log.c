#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

static void print_line(FILE *stream, const char *format, va_list args)
{
    char line[2048];
    vsnprintf(line, sizeof(line), format, args);
    text_make_printable(line);
    fprintf(stream, "%s\n", line); /* one call, so that lines of several ranks do not mix */
    fflush(stream);
}

void log_root(const struct log *log, const char *format, ...)
{
    if (log->rank != 0 || log->level < LOG_NORMAL) return;
    va_list args;
    va_start(args, format);
    print_line(stdout, format, args);
    va_end(args);
}

void log_detail(const struct log *log, const char *format, ...)
{
    if (log->rank != 0 || log->level < LOG_VERBOSE) return;
    va_list args;
    va_start(args, format);
    if (log->began_s > 0) printf("%9.3f s  ", clock_s() - log->began_s);
    print_line(stdout, format, args);
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
        fprintf(stderr, "sibyl: warning: %s\n", text);
    else
        fprintf(stderr, "sibyl: rank %d: warning: %s\n", log->rank, text);
}
