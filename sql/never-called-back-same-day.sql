-- Which missed callers were not called back on the same day?
-- A caller was called back if anybody called the number, or if the caller called again and a person answered, on any PBX.
-- The day of each call is that of its PBX.
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
--   last_missed  start of the last such call, in the local time of its PBX
WITH events AS (
  SELECT
    pbx,
    dt,
    call_id,
    CASE WHEN direction = 'outbound' THEN called_number ELSE caller_number END AS number,
    caller_name,
    queue,
    started,
    started_utc,
    missed
  FROM calls
  WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx)
    AND (missed OR direction = 'outbound' OR (direction = 'inbound' AND outcome = 'answered'))
), followed AS (
  SELECT
    *,
    min(CASE WHEN NOT missed THEN started_utc END) OVER (
      PARTITION BY dt, number
      ORDER BY started_utc, missed, pbx, call_id
      ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
    ) AS next_contact
  FROM events
  WHERE number IS NOT NULL
), open_calls AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY number ORDER BY started_utc DESC, pbx, call_id) AS newest
  FROM followed
  WHERE missed AND next_contact IS NULL
)
SELECT
  number AS caller,
  max(caller_name) AS name,
  max(queue) FILTER (WHERE newest = 1) AS queue,
  count(*) AS missed,
  max(started) FILTER (WHERE newest = 1) AS last_missed
FROM open_calls
GROUP BY number
ORDER BY max(started_utc), number
