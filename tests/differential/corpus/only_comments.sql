-- nothing
/* nothing /* at */ all */
--