-- Who calls most often?
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
--   top   number of callers (default 20)
-- Columns:
--   caller     number of the caller in E.164; otherwise as the PBX wrote it
--   name       name of the caller, if a call shows it
--   calls      inbound calls
--   missed     inbound calls that nobody answered
--   last_call  start of the last call, in the local time of its PBX
WITH callers AS (
  SELECT
    caller_number AS caller,
    max(caller_name) AS name,
    count(*) AS calls,
    count(*) FILTER (WHERE missed) AS missed,
    max_by(started, started_utc) AS last_call,
    row_number() OVER (ORDER BY count(*) DESC, caller_number) AS place
  FROM calls
  WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction = 'inbound' AND caller_number IS NOT NULL
  GROUP BY caller_number
)
SELECT caller, name, calls, missed, last_call
FROM callers
WHERE place <= ?
ORDER BY place
