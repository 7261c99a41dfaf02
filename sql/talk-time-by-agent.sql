-- How long did each agent talk with people outside?
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
-- Columns:
--   pbx           PBX of the agent
--   agent         extension
--   name          newest name of the agent, if a call has one
--   inbound       calls from outside that the agent answered first
--   outbound      calls of the agent to outside that were answered
--   talk_seconds  talk time of both; the time after a transfer counts for the first agent
WITH talks AS (
  SELECT
    pbx,
    CASE WHEN direction = 'inbound' THEN answered_by ELSE caller END AS agent,
    CASE WHEN direction = 'inbound' THEN answered_by_name ELSE caller_name END AS name,
    direction,
    talk_seconds,
    dt
  FROM calls
  WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction IN ('inbound', 'outbound') AND outcome = 'answered'
)
SELECT
  pbx,
  agent,
  max_by(name, concat(dt, name)) FILTER (WHERE name IS NOT NULL) AS name,
  count(*) FILTER (WHERE direction = 'inbound') AS inbound,
  count(*) FILTER (WHERE direction = 'outbound') AS outbound,
  sum(talk_seconds) AS talk_seconds
FROM talks
WHERE agent IS NOT NULL
GROUP BY pbx, agent
ORDER BY sum(talk_seconds) DESC, pbx, agent
