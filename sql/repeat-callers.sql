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
--   first_call  local start of the first call
--   last_call   local start of the last call
SELECT
  dt AS day,
  caller_number AS caller,
  max(caller_name) AS name,
  count(*) AS calls,
  count(*) FILTER (WHERE missed) AS missed,
  min(started) AS first_call,
  max(started) AS last_call
FROM calls
WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction = 'inbound' AND caller_number IS NOT NULL
GROUP BY dt, caller_number
HAVING count(*) >= ?
ORDER BY dt, count(*) DESC, caller_number
