-- How many calls were there on each day, and how many were missed?
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
-- Columns:
--   day        local day of the PBX
--   calls      all calls
--   inbound    calls from outside
--   outbound   calls to outside
--   internal   calls between extensions
--   answered   inbound calls that a person answered
--   missed     inbound calls that nobody answered: abandoned, not answered, busy or failed
--   voicemail  inbound calls that ended in voicemail
SELECT
  dt AS day,
  count(*) AS calls,
  count(*) FILTER (WHERE direction = 'inbound') AS inbound,
  count(*) FILTER (WHERE direction = 'outbound') AS outbound,
  count(*) FILTER (WHERE direction = 'internal') AS internal,
  count(*) FILTER (WHERE direction = 'inbound' AND outcome = 'answered') AS answered,
  count(*) FILTER (WHERE missed) AS missed,
  count(*) FILTER (WHERE direction = 'inbound' AND outcome = 'voicemail') AS voicemail
FROM calls
WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx)
GROUP BY dt
ORDER BY dt
