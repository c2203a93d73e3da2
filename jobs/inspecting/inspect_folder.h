/* `inspect DIR`: how a run stands, in some lines. Local; changes nothing, and may be called while
 * the run is at work, and after it was killed. */
#ifndef JOBS_INSPECTING_INSPECT_FOLDER_H
#define JOBS_INSPECTING_INSPECT_FOLDER_H

#include "base/status.h"

/* Prints on stdout. SIBYL_E_IO: the folder holds no run of train, score or search. */
enum status inspect_folder(const char *folder);

#endif
