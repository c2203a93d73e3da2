/* The files of the report page that are part of the program: those of jobs/reporting/page/ and of
 * third_party/uplot/, put there by cmake/SibylEmbed.cmake. Constant. */
#ifndef JOBS_REPORTING_REPORT_FILES_H
#define JOBS_REPORTING_REPORT_FILES_H

struct report_file {
    const char *name;        /* without folder; NULL: behind the last one */
    const char *begin, *end; /* its bytes; a zero byte stands at `end` */
};

extern const struct report_file report_files[];

#endif
