#include "base/status.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char message[STATUS_MESSAGE_BYTES];
static void (*bug_hook)(void);

enum status err_set(enum status st, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    text_make_printable(message);
    return st;
}

enum status err_prefix(enum status st, const char *format, ...)
{
    char old[STATUS_MESSAGE_BYTES];
    memcpy(old, message, sizeof(old));
    va_list args;
    va_start(args, format);
    int length = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (length < 0 || (size_t)length + 3 >= sizeof(message)) return st;
    size_t at = (size_t)length, room = sizeof(message) - at - 3, kept = strlen(old);
    if (kept > room) kept = room;
    memcpy(message + at, ": ", 2);
    memcpy(message + at + 2, old, kept);
    message[at + 2 + kept] = '\0';
    text_make_printable(message);
    return st;
}

enum status err_memory(const char *what)
{
    return err_set(SIBYL_E_MEM, "out of memory for %s", what);
}

const char *err_message(void)
{
    return message;
}

int status_exit_code(enum status st)
{
    if (st == SIBYL_OK) return 0;
    if (st == SIBYL_E_USAGE) return 2;
    if (st == SIBYL_E_STOPPED) return 3;
    return 1;
}

void bug(const char *file, int line, const char *condition)
{
    fprintf(stderr, "sibyl: bug at %s:%d: %s\n", file, line, condition);
    if (bug_hook) bug_hook();
    abort();
}

void bug_set_hook(void (*hook)(void))
{
    bug_hook = hook;
}
