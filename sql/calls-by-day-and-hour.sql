-- How many calls were there in each hour of each day?
-- 2001-01-01 was a Monday.
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
-- Columns:
--   day      local day of the PBX
--   weekday  1 for Monday to 7 for Sunday
--   hour     local hour in which the call started, 0 to 23
--   calls    all calls
--   inbound  calls from outside
--   missed   inbound calls that nobody answered
SELECT
  dt AS day,
  date_diff('day', DATE '2001-01-01', CAST(dt AS date)) % 7 + 1 AS weekday,
  extract(HOUR FROM started) AS hour,
  count(*) AS calls,
  count(*) FILTER (WHERE direction = 'inbound') AS inbound,
  count(*) FILTER (WHERE missed) AS missed
FROM calls
WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx)
GROUP BY dt, extract(HOUR FROM started)
ORDER BY dt, extract(HOUR FROM started)
