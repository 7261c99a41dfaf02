-- Which share of the calls from outside ended in voicemail?
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
-- Columns:
--   queue      first queue of the call; '(no queue)' for calls without one
--   inbound    calls from outside
--   voicemail  calls that ended in voicemail
--   share      voicemail / inbound, from 0 to 1
SELECT
  coalesce(queue, '(no queue)') AS queue,
  count(*) AS inbound,
  count(*) FILTER (WHERE outcome = 'voicemail') AS voicemail,
  CAST(count(*) FILTER (WHERE outcome = 'voicemail') AS double) / count(*) AS share
FROM calls
WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction = 'inbound'
GROUP BY coalesce(queue, '(no queue)')
ORDER BY 1
