-- Who had to call more than once on one day?
--
-- Parameters, in the order of the question marks:
--   from   first day, for example '2026-11-01'
--   to     last day
--   pbx    id of a PBX, or '*' for all (default '*')
--   times  calls on one day from which a caller is listed (default 2)
-- Columns:
--   day         local day of the PBX
--   caller      number of the caller in E.164; otherwise as the PBX wrote it
--   name        name of the caller, if a call shows it
--   calls       inbound calls on the day
--   missed      inbound calls that nobody answered
--   first_call  start of the first call, in the local time of its PBX
--   last_call   start of the last call, in the local time of its PBX
SELECT
  dt AS day,
  caller_number AS caller,
  max(caller_name) AS name,
  count(*) AS calls,
  count(*) FILTER (WHERE missed) AS missed,
  min_by(started, started_utc) AS first_call,
  max_by(started, started_utc) AS last_call
FROM calls
WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction = 'inbound' AND caller_number IS NOT NULL
GROUP BY dt, caller_number
HAVING count(*) >= ?
ORDER BY dt, count(*) DESC, caller_number
