-- differential: output
\setenv PGAPPNAME set_by_script
\setenv PGOPTIONS '-c work_mem=7MB'
\c -
SHOW application_name;
SHOW work_mem;
