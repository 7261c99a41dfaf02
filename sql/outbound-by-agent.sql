-- How many calls did each agent make to outside?
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
-- Columns:
--   pbx           PBX of the agent
--   agent         extension
--   name          newest name of the agent, if a call has one
--   calls         calls to outside
--   answered      calls that were answered
--   talk_seconds  talk time
--   share         answered / calls, from 0 to 1
SELECT
  pbx,
  caller AS agent,
  max_by(caller_name, concat(dt, caller_name)) FILTER (WHERE caller_name IS NOT NULL) AS name,
  count(*) AS calls,
  count(*) FILTER (WHERE outcome = 'answered') AS answered,
  sum(talk_seconds) AS talk_seconds,
  CAST(count(*) FILTER (WHERE outcome = 'answered') AS double) / count(*) AS share
FROM calls
WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction = 'outbound'
GROUP BY pbx, caller
ORDER BY count(*) DESC, pbx, caller
