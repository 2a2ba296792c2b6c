/* psql's printing of results (libpgfeutils) behind a few functions: PostgreSQL's headers redefine printf and alike, so they stay in print.c. */
#ifndef PGPRIMER_PG_PRINT_H
#define PGPRIMER_PG_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Enumerations are numbers here, in the order of print.hpp's. Strings may be NULL where psql's may. */
struct pgprimer_print_options {
    int format;
    int border;
    int expanded;
    bool tuples_only;
    bool footer;
    bool numeric_locale;
    char* null;
    const char* title;
    char* field_separator;
    char* record_separator;
    char csv_separator;
    char* table_attributes;
    bool field_separator_zero;
    bool record_separator_zero;
    int line_style;
    bool double_border;
    bool double_column;
    bool double_header;
    int columns;
    const char* encoding;
    bool begins;
    bool ends;
    unsigned long before;
};

/* Takes a piece of the output; false: no more is wanted. Must not throw. */
typedef bool (*pgprimer_write)(void* passthrough, const char* bytes, size_t size);

/* Of a PGresult, or NULL. False where `write` gave false, or where there are more cells than print.c counts. */
bool pgprimer_print_result(const void* result, const struct pgprimer_print_options* options, pgprimer_write write, void* passthrough);

/* `cells` are columns * rows, row after row; bytes that are no text in the encoding are taken out of them in place. `footers` ends with NULL. */
bool pgprimer_print_table(int columns, int rows, char* const* headers, const char* alignments, char* const* cells, char* const* footers,
                          const struct pgprimer_print_options* options, pgprimer_write write, void* passthrough);

/* 'r' or 'l'. */
char pgprimer_print_alignment(unsigned type);

#ifdef __cplusplus
}
#endif

#endif
