\restrict fromPart
CREATE TABLE in_restricted (n int);
