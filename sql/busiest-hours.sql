-- Which hours had the most calls?
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
--   top   number of hours (default 10)
-- Columns:
--   day     local day of the PBX
--   hour    local hour in which the calls started, 0 to 23
--   calls   all calls
--   missed  inbound calls that nobody answered
WITH hours AS (
  SELECT
    dt AS day,
    extract(HOUR FROM started) AS hour,
    count(*) AS calls,
    count(*) FILTER (WHERE missed) AS missed,
    row_number() OVER (ORDER BY count(*) DESC, dt, extract(HOUR FROM started)) AS place
  FROM calls
  WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx)
  GROUP BY dt, extract(HOUR FROM started)
)
SELECT day, hour, calls, missed
FROM hours
WHERE place <= ?
ORDER BY place
