\endif
CREATE TABLE after_endif (n int);
