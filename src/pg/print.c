#define _GNU_SOURCE /* fopencookie */

#include "print.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include "postgres_fe.h"

#include "fe_utils/print.h"
#include "mb/pg_wchar.h"
#pragma GCC diagnostic pop

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct output {
    pgprimer_write write;
    void* passthrough;
    bool refused;
};

/* print.c looks for cancel_pressed between rows, but never for an error of its stream. */
static ssize_t take(void* cookie, const char* bytes, size_t size) {
    struct output* output = cookie;
    if (!output->refused && !output->write(output->passthrough, bytes, size)) {
        output->refused = true;
        cancel_pressed = true;
    }
    return output->refused ? 0 : (ssize_t)size;
}

/* A stream of our own is no terminal and not stdout: print.c starts no pager for it. */
static FILE* open_output(struct output* output) {
    static char buffer[64 * 1024];
    const cookie_io_functions_t functions = {.write = take};
    FILE* stream = fopencookie(output, "w", functions);
    if (stream != NULL) setvbuf(stream, buffer, _IOFBF, sizeof buffer);
    return stream;
}

static bool close_output(FILE* stream, const struct output* output) {
    const bool closed = fclose(stream) == 0;
    cancel_pressed = false;
    return closed && !output->refused;
}

/* What print.c does not know it would exit for. */
static enum printFormat format_of(int format) {
    static const enum printFormat formats[] = {PRINT_ALIGNED,         PRINT_ASCIIDOC, PRINT_CSV,       PRINT_HTML,   PRINT_LATEX,
                                               PRINT_LATEX_LONGTABLE, PRINT_TROFF_MS, PRINT_UNALIGNED, PRINT_WRAPPED};
    return format >= 0 && (size_t)format < lengthof(formats) ? formats[format] : PRINT_ALIGNED;
}

static unicode_linestyle unicode_style(bool is_double) { return is_double ? UNICODE_LINESTYLE_DOUBLE : UNICODE_LINESTYLE_SINGLE; }

static void set_options(printTableOpt* to, const struct pgprimer_print_options* from) {
    static const printTextFormat* const line_styles[] = {&pg_asciiformat, &pg_asciiformat_old, &pg_utf8format};
    static bool locale_is_set = false;
    const int encoding = pg_char_to_encoding(from->encoding);
    to->format = format_of(from->format);
    to->expanded = (unsigned short)from->expanded;
    to->border = (unsigned short)from->border;
    to->tuples_only = from->tuples_only;
    to->start_table = from->begins;
    to->stop_table = from->ends;
    to->prior_records = from->before;
    to->default_footer = from->footer;
    to->line_style = line_styles[from->line_style];
    to->fieldSep.separator = from->field_separator;
    to->fieldSep.separator_zero = from->field_separator_zero;
    to->recordSep.separator = from->record_separator;
    to->recordSep.separator_zero = from->record_separator_zero;
    to->csvFieldSep[0] = from->csv_separator;
    to->numericLocale = from->numeric_locale;
    to->tableAttr = from->table_attributes;
    to->encoding = encoding < 0 ? PG_UTF8 : encoding;
    to->columns = from->columns;
    to->unicode_border_linestyle = unicode_style(from->double_border);
    to->unicode_column_linestyle = unicode_style(from->double_column);
    to->unicode_header_linestyle = unicode_style(from->double_header);
    refresh_utf8format(to);
    if (from->numeric_locale && !locale_is_set) {
        setDecimalLocale();
        locale_is_set = true;
    }
}

/* It multiplies them as int, and exits where that is too much. */
static bool countable(int columns, int rows) { return columns <= 0 || rows < INT_MAX / columns; }

bool pgprimer_print_result(const void* result, const struct pgprimer_print_options* options, pgprimer_write write, void* passthrough) {
    struct output output = {write, passthrough, false};
    printQueryOpt query = {0};
    FILE* stream = NULL;
    if (!countable(PQnfields(result), PQntuples(result))) return false;
    stream = open_output(&output);
    if (stream == NULL) return false;
    set_options(&query.topt, options);
    query.nullPrint = options->null;
    query.title = unconstify(char*, options->title);
    printQuery(result, &query, stream, false, NULL);
    return close_output(stream, &output);
}

bool pgprimer_print_table(int columns, int rows, char* const* headers, const char* alignments, char* const* cells, char* const* footers,
                          const struct pgprimer_print_options* options, pgprimer_write write, void* passthrough) {
    struct output output = {write, passthrough, false};
    printTableOpt topt = {0};
    printTableContent content;
    FILE* stream = NULL;
    if (!countable(columns, rows)) return false;
    stream = open_output(&output);
    if (stream == NULL) return false;
    set_options(&topt, options);
    printTableInit(&content, &topt, options->title, columns, rows);
    for (int i = 0; i < columns; ++i) printTableAddHeader(&content, headers[i], false, alignments[i]);
    for (int i = 0; i < columns * rows; ++i) printTableAddCell(&content, cells[i], false, false);
    for (; *footers != NULL; ++footers) printTableAddFooter(&content, *footers);
    printTable(&content, stream, false, NULL);
    printTableCleanup(&content);
    return close_output(stream, &output);
}

char pgprimer_print_alignment(unsigned type) { return column_type_alignment(type); }
