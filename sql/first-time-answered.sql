-- Which share of the callers was answered on the first call of the day?
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
-- Columns:
--   day             local day of the PBX
--   callers         different callers from outside; a caller of several PBXs counts once
--   answered_first  callers whose first call of the day was answered by a person
--   share           answered_first / callers, from 0 to 1
WITH firsts AS (
  SELECT
    dt AS day,
    outcome,
    row_number() OVER (PARTITION BY dt, caller_number ORDER BY started_utc, pbx, call_id) AS place
  FROM calls
  WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction = 'inbound' AND caller_number IS NOT NULL
)
SELECT
  day,
  count(*) AS callers,
  count(*) FILTER (WHERE outcome = 'answered') AS answered_first,
  CAST(count(*) FILTER (WHERE outcome = 'answered') AS double) / count(*) AS share
FROM firsts
WHERE place = 1
GROUP BY day
ORDER BY day
