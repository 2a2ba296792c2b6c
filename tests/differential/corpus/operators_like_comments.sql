-- differential: output
CREATE FUNCTION minus(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1 - $2';
CREATE OPERATOR @-@ (LEFTARG = int, RIGHTARG = int, FUNCTION = minus);
SELECT 5 @-@ 3, 1 - -1, 2 * -3, '{"a":1}'::jsonb -> 'a', '{"a":{"b":2}}'::jsonb #>> '{a,b}';
SELECT 6 */* comment */ 7;
SELECT '[1]'::jsonb @> '[1]', '{"a":1}'::jsonb ? 'a', 1 <> 2, 1 != 2;
