-- differential: both
CREATE TABLE a (n int);
DO $x$ BEGIN;
CREATE TABLE b (n int);
