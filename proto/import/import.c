#include "proto/import/import.h"

#include "base/csv.h"

#include <string.h>

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
    *out = (struct import_label){.name = text, .column = equals + 1, .scale = scale};
    return SIBYL_OK;
}
