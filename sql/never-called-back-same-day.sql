-- Which missed callers were not called back on the same day?
-- A caller was called back if anybody called the number, or if the caller called again and a person answered.
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
-- Columns:
--   caller       number of the caller in E.164; otherwise as the PBX wrote it
--   name         name of the caller, if a call shows it
--   queue        queue of the last such call, or null
--   missed       missed calls after which nobody called back
--   last_missed  local start of the last such call
WITH asked AS (
  SELECT *
  FROM calls
  WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx)
), missed_calls AS (
  SELECT pbx, call_id, dt, caller_number, caller_name, queue, started, started_utc
  FROM asked
  WHERE missed AND caller_number IS NOT NULL
), contacts AS (
  SELECT pbx, dt, called_number AS number, started_utc
  FROM asked
  WHERE direction = 'outbound'
  UNION ALL
  SELECT pbx, dt, caller_number AS number, started_utc
  FROM asked
  WHERE direction = 'inbound' AND outcome = 'answered'
), open_calls AS (
  SELECT
    missed_calls.*,
    row_number() OVER (PARTITION BY caller_number ORDER BY missed_calls.started_utc DESC, call_id) AS newest
  FROM missed_calls
  LEFT JOIN contacts
    ON contacts.pbx = missed_calls.pbx
    AND contacts.number = missed_calls.caller_number
    AND contacts.started_utc > missed_calls.started_utc
    AND contacts.dt = missed_calls.dt
  WHERE contacts.number IS NULL
)
SELECT
  caller_number AS caller,
  max(caller_name) AS name,
  max(queue) FILTER (WHERE newest = 1) AS queue,
  count(*) AS missed,
  max(started) AS last_missed
FROM open_calls
GROUP BY caller_number
ORDER BY max(started), caller_number
