#include "library/api.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Static_assert(SIBYL_MESSAGE_BYTES == STATUS_MESSAGE_BYTES, "a message must fit");

static enum sibyl_code code_of(enum status st)
{
    switch (st) {
    case SIBYL_OK:
        return SIBYL_CODE_OK;
    case SIBYL_E_MEM:
        return SIBYL_CODE_MEMORY;
    case SIBYL_E_FORMAT:
        return SIBYL_CODE_FORMAT;
    case SIBYL_E_USAGE:
        return SIBYL_CODE_ARGUMENT;
    case SIBYL_E_RANGE:
        return SIBYL_CODE_RANGE;
    case SIBYL_E_IO:
    case SIBYL_E_STOPPED:
        break;
    }
    return SIBYL_CODE_IO;
}

enum sibyl_code api_end(struct sibyl_status *out, enum status st)
{
    enum sibyl_code code = code_of(st);
    if (!out) return code;
    out->code = code;
    snprintf(out->message, sizeof(out->message), "%s", st ? err_message() : "");
    return code;
}

enum sibyl_code api_refuse(struct sibyl_status *out, enum sibyl_code code, const char *format, ...)
{
    va_list args;
    if (!out) return code;
    out->code = code;
    va_start(args, format);
    vsnprintf(out->message, sizeof(out->message), format, args);
    va_end(args);
    text_make_printable(out->message);
    return code;
}

enum sibyl_code api_null(struct sibyl_status *out, const char *what)
{
    return api_refuse(out, SIBYL_CODE_ARGUMENT, "%s must not be NULL", what);
}

const char *sibyl_version(void)
{
    return SIBYL_VERSION;
}
