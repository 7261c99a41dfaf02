-- How many calls did each queue miss in each hour of the day?
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
-- Columns:
--   queue    first queue of the call; '(no queue)' for calls without one
--   hour     local hour in which the call started, 0 to 23
--   inbound  calls from outside
--   missed   inbound calls that nobody answered
SELECT
  coalesce(queue, '(no queue)') AS queue,
  extract(HOUR FROM started) AS hour,
  count(*) AS inbound,
  count(*) FILTER (WHERE missed) AS missed
FROM calls
WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction = 'inbound'
GROUP BY coalesce(queue, '(no queue)'), extract(HOUR FROM started)
ORDER BY 1, 2
