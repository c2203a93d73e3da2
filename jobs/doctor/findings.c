#include "jobs/doctor/findings.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_BYTES 2048

static const char *const words[FINDINGS] = {"ok", "none", "warn", "FAIL"};

void finding_say(struct findings *f, enum finding kind, const char *subject, const char *todo,
                 const char *format, ...)
{
    char line[LINE_BYTES], shown[LINE_BYTES];
    va_list arguments;
    f->counts[kind]++;
    if (!f->speaks || (f->quiet && kind < FINDING_WARN)) return;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    printf("%-5s %-11s %s\n", words[kind], subject, text_printable(shown, sizeof(shown), line));
    if (todo) printf("%18s-> %s\n", "", text_printable(shown, sizeof(shown), todo));
    fflush(stdout);
}
