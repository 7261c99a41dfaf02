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
--   fax        inbound calls that were a fax
--   other      calls that are not inbound, outbound or internal: transit, or no direction is known
SELECT
  dt AS day,
  count(*) AS calls,
  count(*) FILTER (WHERE direction = 'inbound') AS inbound,
  count(*) FILTER (WHERE direction = 'outbound') AS outbound,
  count(*) FILTER (WHERE direction = 'internal') AS internal,
  count(*) FILTER (WHERE direction = 'inbound' AND outcome = 'answered') AS answered,
  count(*) FILTER (WHERE missed) AS missed,
  count(*) FILTER (WHERE direction = 'inbound' AND outcome = 'voicemail') AS voicemail,
  count(*) FILTER (WHERE direction = 'inbound' AND outcome = 'fax') AS fax,
  count(*) FILTER (WHERE direction IS NULL OR direction NOT IN ('inbound', 'outbound', 'internal')) AS other
FROM calls
WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx)
GROUP BY dt
ORDER BY dt
