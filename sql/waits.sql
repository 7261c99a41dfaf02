-- How long did callers wait?
-- A wait is the time from the start of the call to the answer. Without an answer, it is the time to voicemail or to the end.
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
-- Columns:
--   queue            first queue of the call; '(no queue)' for calls without one
--   calls            inbound calls
--   median_seconds   half of the callers waited no longer than this
--   p90_seconds      nine of ten callers waited no longer than this
--   longest_seconds  longest wait
WITH waits AS (
  SELECT
    coalesce(queue, '(no queue)') AS queue,
    wait_seconds,
    row_number() OVER (PARTITION BY queue ORDER BY wait_seconds) AS place,
    count(*) OVER (PARTITION BY queue) AS calls
  FROM calls
  WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction = 'inbound' AND wait_seconds IS NOT NULL
)
SELECT
  queue,
  max(calls) AS calls,
  min(wait_seconds) FILTER (WHERE place * 2 >= calls) AS median_seconds,
  min(wait_seconds) FILTER (WHERE place * 10 >= calls * 9) AS p90_seconds,
  max(wait_seconds) AS longest_seconds
FROM waits
GROUP BY queue
ORDER BY queue
