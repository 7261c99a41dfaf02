-- Which share of the queues' calls was answered in time?
--
-- Parameters, in the order of the question marks:
--   within  seconds in which a call must be answered (default 20)
--   under   seconds; abandoned calls with a shorter wait are not counted (default 5)
--   from    first day, for example '2026-11-01'
--   to      last day
--   pbx     id of a PBX, or '*' for all (default '*')
-- Columns:
--   queue            first queue of the call
--   offered          inbound calls to the queue, without the short abandoned ones; a call without a known wait is not short
--   in_time          calls that a person answered in time
--   abandoned        calls that the caller ended while waiting, without the short ones
--   service_level    in_time / offered, from 0 to 1; null without calls
--   short_abandoned  abandoned calls that are not counted
WITH queued AS (
  SELECT
    queue,
    coalesce(outcome = 'answered' AND wait_seconds <= ?, false) AS in_time,
    outcome = 'abandoned' AS abandoned,
    coalesce(outcome = 'abandoned' AND wait_seconds < ?, false) AS short
  FROM calls
  WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction = 'inbound' AND queue IS NOT NULL
)
SELECT
  queue,
  count(*) FILTER (WHERE NOT short) AS offered,
  count(*) FILTER (WHERE in_time) AS in_time,
  count(*) FILTER (WHERE abandoned AND NOT short) AS abandoned,
  CAST(count(*) FILTER (WHERE in_time) AS double) / nullif(count(*) FILTER (WHERE NOT short), 0) AS service_level,
  count(*) FILTER (WHERE short) AS short_abandoned
FROM queued
GROUP BY queue
ORDER BY queue
